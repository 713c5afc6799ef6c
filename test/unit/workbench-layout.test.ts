import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import express from 'express'
import { expect, it, onTestFinished } from 'vitest'
import { limitBodies } from '../../services/http/body-limit'
import { keepLayout } from '../../services/motia/workbench-layout'

const PARTS = {
  'cron.step.ts': { x: 430, y: 20 },
  'event.step.ts': { x: 860, y: 230 },
  'noop.step.ts': { x: 0, y: 20 },
}
const moved = (...steps: string[]) =>
  Object.fromEntries(
    Object.entries(PARTS).map(([step, { x, y }]) => [
      step,
      steps.includes(step) ? { x: x + 9, y } : { x, y },
    ]),
  )

/** What Motia's own route is given to save. */
async function save(layout: unknown, status = 200): Promise<unknown[]> {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-layout-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const file = join(folder, 'motia-workbench.json')
  await writeFile(file, JSON.stringify([{ id: 'the-flow', config: PARTS }]))
  const saved: unknown[] = []
  const app = express()
  limitBodies(app)
  keepLayout(app, file)
  app.post('/__motia/flows/:id/config', ({ body }, response) => {
    saved.push(body)
    response.json({})
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const answer = await fetch(`http://127.0.0.1:${port}/__motia/flows/the-flow/config`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(layout),
  })
  expect(answer.status).toBe(status)
  return saved
}

it.each([
  ['a part that a person moved', 'the-flow', moved('cron.step.ts')],
  ['a part that is new', 'the-flow', { ...PARTS, 'new.step.ts': { x: 1, y: 1 } }],
  ['a flow that has no layout yet', 'another-flow', moved('cron.step.ts', 'event.step.ts', 'noop.step.ts')],
])('saves %s', async (_, id, config) => {
  expect(await save({ id, config })).toEqual([{ id, config }])
})

it.each([
  ['all parts', ['cron.step.ts', 'event.step.ts', 'noop.step.ts']],
  ['most parts', ['cron.step.ts', 'event.step.ts']],
])('drops what the Workbench arranged by itself: %s elsewhere at once', async (_, steps) => {
  expect(await save({ id: 'the-flow', config: moved(...steps) })).toEqual([])
})

it.each([
  ['no layout', { id: 'the-flow' }],
  ['nothing', null],
])('refuses %s', async (_, body) => {
  expect(await save(body, 400)).toEqual([])
})
