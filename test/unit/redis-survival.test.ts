import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/motia-process'

/** What a server process of its own prints, and how it ends, when this happens in it. */
function inServer(happens: string) {
  const script = `
    import { createClient } from 'redis'
    import { surviveRedisLoss } from './services/motia/redis-survival.ts'
    const print = console.error
    const undo = surviveRedisLoss(createClient())
    setTimeout(() => console.log('still there'), 1500)
    ${happens}`
  const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
  return { status, output: stdout + stderr }
}

describe('a server that survives its Redis', () => {
  it.each([
    [
      'a client without an error listener',
      'createClient({ socket: { port: 1, reconnectStrategy: false } }).connect().catch(() => {})',
    ],
    ['a write that nobody waits for', "createClient({ socket: { port: 1 } }).set('log', 'line')"],
    [
      'an error of a connection',
      "Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))",
    ],
  ])('goes on after %s', (_, happens) => {
    const { status, output } = inServer(`${happens}; setTimeout(() => process.exit(0), 1600)`)
    expect(output).toContain('still there')
    expect(output).toContain('⚠️  Redis: ')
    expect(status).toBe(0)
  })

  it('ends, as Node does, after an error that has nothing to do with Redis', () => {
    const { status, output } = inServer("Promise.reject(new TypeError('a bug'))")
    expect(output).toContain('TypeError: a bug')
    expect(output).not.toContain('still there')
    expect(status).toBe(1)
  })

  it('ends again at a lost Redis once it was undone', () => {
    const { status, output } = inServer(`undo()
      if (console.error !== print) console.log('the console is still replaced')
      Promise.reject(Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }))`)
    expect(output).not.toMatch(/still there|still replaced|⚠️ {2}Redis/)
    expect(status).toBe(1)
  })

  it("prints one line where Motia's adapters would print a stack for every attempt", () => {
    const { output } = inServer(`
      const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
      for (let at = 0; at < 50; at += 1) console.error('[BullMQ] Queue error for advoware.document.sync:', refused)
      console.error('[BullMQ] Moved failed job to DLQ')`)
    expect(output.match(/ECONNREFUSED/g)).toHaveLength(1)
    expect(output).not.toMatch(/^\s+at /m)
    expect(output).toContain('[BullMQ] Moved failed job to DLQ')
  })
})
