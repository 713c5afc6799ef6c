import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

/** What a process prints that has nothing else to do than this. */
function printed(script: string): string {
  const source = `import { systemClock } from './services/clock.ts'\n${script}`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', source]
  return spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' }).stdout.trim()
}

it('a wait keeps the process alive, so that a repetition that waits for its turn still happens', () => {
  expect(printed("await systemClock.wait(50); console.log('repeated')")).toBe('repeated')
})

it('a timer for later does not: a heartbeat never keeps a process from ending', () => {
  expect(printed("systemClock.later(50, () => console.log('beat'))")).toBe('')
})
