import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { transform } from 'esbuild'
import express from 'express'
import { expect, it, onTestFinished } from 'vitest'
import { root } from '../../scripts/motia-process'
import { serveTraceStates, showTraceStates } from '../../services/motia/trace-page'

const installed = readFileSync(
  join(root, 'node_modules/@motiadev/plugin-observability/dist/index.js'),
  'utf8',
)
/** As Vite bundles it: other indentation, `var` for `const`. */
const bundled = async () =>
  (await transform(installed, { loader: 'js', format: 'esm', target: 'es2020' })).code

const META = { id: 'tick', name: 'Poller', startTime: 100 }
const STATE = {
  status: 'completed',
  endTime: 900,
  lastActivity: 900,
  metadata: { completedSteps: 2, activeSteps: 0, totalSteps: 2 },
}

/** What the list of the tab makes of these records, with these traces loaded: the module's own code, run. */
function groups(module: string, metas: object[], loaded: Record<string, object[]> = {}): object[] {
  const derive = /(?:const|var) deriveTraceGroup = [\s\S]*?\n\};/.exec(module)?.[0]
  const list = /getTraceGroups: (\(\) => \{[\s\S]*?\n {0,2}\t?\})\n\}\)\);/.exec(module)?.[1]
  const state = { traceGroupMetas: metas, tracesByGroupId: loaded }
  return new Function('get', `${derive}; return (${list})()`)(() => state)
}

it('the installed tab, as it is and as Vite bundles it, shows the state of the record', async () => {
  for (const text of [installed, await bundled()]) {
    expect(
      groups(text, [{ ...META, ...STATE }]),
      'Motia alone; else it is not needed any more',
    ).toMatchObject([{ status: 'running', metadata: { totalSteps: 0 } }])
    const module = showTraceStates(text)
    expect(module, 'Another text: see what the upgrade changed').not.toBe(text)
    await transform(module, { loader: 'js' }) // it is JavaScript
    expect(groups(module, [{ ...META, ...STATE }])).toEqual([{ ...META, ...STATE }])
    const stale = { tick: [{ status: 'running', startTime: 100, events: [] }] }
    expect(groups(module, [{ ...META, ...STATE }], stale)).toEqual([{ ...META, ...STATE }])
  }
})

it('a record without a state is shown as before', () => {
  const module = showTraceStates(installed)
  expect(groups(module, [META])).toMatchObject([{ ...META, status: 'running', lastActivity: 100 }])
  const loaded = { tick: [{ status: 'completed', startTime: 100, endTime: 300, events: [] }] }
  expect(groups(module, [META], loaded)).toMatchObject([{ ...META, status: 'completed', endTime: 300 }])
})

it('a text that is not the expected one stays as it is', () => {
  const once = installed.replace(
    'status: "running",\n\t\t\t\tlastActivity',
    'status: "unknown",\n\t\t\t\tlastActivity',
  )
  for (const text of ['', 'export {}', once, installed.replace('(meta, traces) =>', '(meta, all) =>')]) {
    expect(text).not.toBe(installed)
    expect(showTraceStates(text)).toBe(text)
  }
})

it('only the module of that tab is changed, and browsers keep none by the name that Vite gave it', async () => {
  const app = express()
  serveTraceStates(app)
  app.use((_request, response) => {
    response.setHeader('Content-Type', 'text/javascript')
    response.setHeader('Cache-Control', 'max-age=31536000,immutable')
    response.setHeader('Etag', 'W/"vite"')
    response.end(installed)
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const deps = '/@fs/srv/node_modules/@motiadev/workbench/node_modules/.vite/deps'
  const ask = (path: string, headers = {}) => fetch(`${url}${path}`, { headers })

  for (const path of [
    `${deps}/@motiadev_plugin-observability.js?v=1`,
    '/@fs/srv/node_modules/@motiadev/plugin-observability/dist/index.js',
  ]) {
    const answer = await ask(path)
    expect(answer.headers.get('cache-control')).toBe('no-cache')
    expect(answer.headers.get('content-type')).toContain('text/javascript')
    expect(await answer.text()).toBe(showTraceStates(installed))
    const revalidate = { 'if-none-match': answer.headers.get('etag'), 'cache-control': 'max-age=0' }
    const again = await ask(path, revalidate)
    expect(again.status).toBe(304)
  }
  for (const path of [`${deps}/@motiadev_plugin-logs.js?v=1`, '/src/main.tsx']) {
    const answer = await ask(path)
    expect(answer.headers.get('cache-control')).toBe('max-age=31536000,immutable')
    expect(await answer.text()).toBe(installed)
  }
})
