import childProcess from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getStepConfig } from '@motiadev/core'
import { expect, it, onTestFinished } from 'vitest'
import { readConfigsTogether } from '../../services/motia/step-configs'

/** A project of Motia; its steps tell by which process they were read. */
async function openProject() {
  const folder = await mkdtemp(join(tmpdir(), 'document-sync-configs-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'package.json'), '{"type":"module"}')
  const write = (name: string, config: string) => writeFile(join(folder, `${name}.step.ts`), config)
  const read = async (name: string) =>
    (await getStepConfig(join(folder, `${name}.step.ts`), folder)) as unknown as { name: string; pid: number }
  const step = (name: string) => write(name, `export const config = { name: '${name}', pid: process.pid }`)
  return { write, read, step }
}

it('one process reads the configuration of all steps, and a step that has changed is read anew', async () => {
  const { step, read, write } = await openProject()
  for (const name of ['a', 'b', 'c']) await step(name)
  const each = [await read('a'), await read('b')]
  expect(new Set(each.map(({ pid }) => pid)).size).toBe(2) // Motia as it is; when this fails the patch can go

  const { spawn } = childProcess
  const undo = readConfigsTogether()
  onTestFinished(undo)
  const together = [await read('a'), ...(await Promise.all([read('b'), read('c')]))]
  expect(together.map(({ name }) => name)).toEqual(['a', 'b', 'c'])
  expect(new Set(together.map(({ pid }) => pid)).size).toBe(1)

  await write('b', "export const config = { name: 'b, changed', pid: process.pid }")
  const [b, c] = [await read('b'), await read('c')]
  expect([b.name, c.name]).toEqual(['b, changed', 'c'])
  expect(b.pid).not.toBe(together[0]?.pid)
  undo()
  expect(childProcess.spawn).toBe(spawn)
})

it('a step without a configuration, or that throws, fails as with Motia alone, and the next one is read', async () => {
  const { step, read, write } = await openProject()
  await write('none', 'export const handler = 1')
  await write('throws', "throw new Error('while it is loaded')")
  await step('a')
  const failure = (name: string) => read(name).catch((error: unknown) => error)
  const alone = [await failure('none'), await failure('throws')]
  onTestFinished(readConfigsTogether())
  expect([await failure('none'), await failure('throws')]).toEqual(alone)
  expect(await read('a')).toMatchObject({ name: 'a' })
})
