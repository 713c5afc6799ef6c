import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Express, Response } from 'express'
import type { Language } from '../model/reasons'
import { officeText } from '../text/office'

/** The page's files, ready to be sent; names carry a hash, so that a browser may keep them. */
interface Bundle {
  script: string
  styles: string
}

const CACHED = 'public, max-age=31536000, immutable'

/**
 * The page `/office`: the tab's components in a window of their own. It is bundled once, when the server starts, from
 * the same sources; nobody has to build anything.
 */
export function serveOffice(app: Express, language: Language, root: string = process.cwd()): void {
  const bundle = bundleOffice(root)
  bundle.catch(() => {}) // the route says it
  const withBundle = (response: Response, answer: (bundle: Bundle) => void) => {
    bundle.then(answer, (error: Error) => response.status(500).type('text').send(error.message))
  }
  app.get('/office', (_request, response) =>
    withBundle(response, (files) => {
      response.setHeader('Cache-Control', 'no-store')
      response.type('html').send(officeHtml(language, files))
    }),
  )
  const asset = (path: string, type: string, content: (bundle: Bundle) => string) =>
    app.get(path, (_request, response) =>
      withBundle(response, (files) => {
        response.setHeader('Cache-Control', CACHED)
        response.type(type).send(content(files))
      }),
    )
  asset('/office/:hash.js', 'application/javascript', ({ script }) => script)
  asset('/office/:hash.css', 'text/css', ({ styles }) => styles)
}

async function bundleOffice(root: string): Promise<Bundle> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'plugins/document-sync/office.tsx')],
    absWorkingDir: root,
    outdir: 'office',
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'silent',
  })
  const textOf = (end: string) => outputFiles.find(({ path }) => path.endsWith(end))?.text ?? ''
  return { script: textOf('.js'), styles: textOf('.css') }
}

const hashOf = (content: string) => createHash('sha256').update(content).digest('hex').slice(0, 16)

function officeHtml(language: Language, { script, styles }: Bundle): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${officeText(language).pageTitle}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/office/${hashOf(styles)}.css">
</head>
<body>
<div id="office"></div>
<script type="module" src="/office/${hashOf(script)}.js"></script>
</body>
</html>
`
}
