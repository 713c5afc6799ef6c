import { existsSync } from 'node:fs'
import { join, relative } from 'node:path'
import { buildSync } from 'esbuild'

/** Steps that run all day, each time in a process of its own. */
const OFTEN_RUN = ['cron-poller.step', 'sync-event.step', 'sweep.step', 'alerts.step']

/** Packages written for CommonJS expect `require`. */
const REQUIRE =
  "import { createRequire as makeRequire } from 'node:module'\nconst require = makeRequire(import.meta.url)"

/**
 * An often-run step together with everything it imports, packages included, as one file: a new process then reads one
 * file instead of about six hundred and needs a third of the processor time (`npm run bench -- start`). Null for all other
 * compiled files.
 *
 * `compiled` has the same path below `folder` as its source has below `root`.
 */
export function bundleStep(compiled: string, folder: string, root: string): string | null {
  if (!OFTEN_RUN.some((name) => compiled.endsWith(`${name}.js`))) return null
  const source = join(root, relative(folder, compiled)).replace(/\.js$/, '.ts')
  return existsSync(source) ? bundled(source) : null
}

/** A program together with everything it imports, as one file. @throws where it does not compile */
export function bundled(source: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [source],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    banner: { js: REQUIRE },
    logLevel: 'error',
  })
  return outputFiles[0]?.text ?? ''
}
