import { schedule } from 'node-cron'
import { expect, it, onTestFinished } from 'vitest'
import { ScheduleWatch } from '../../services/motia/schedule-watch'

const SECOND = 1000

function openWatch() {
  let started = 0
  const task = schedule('0 0 1 1 *', () => {})
  task.start = () => {
    started += 1
  }
  onTestFinished(() => task.stop())
  const time = { wall: 1_800_000_000_000, steady: 0 }
  const lines: string[] = []
  const clock = { now: () => new Date(time.wall), monotonic: () => time.steady, later: () => () => {} }
  const watch = new ScheduleWatch(clock, (line) => lines.push(line))
  const pass = (ms: number, stepMs = 0) => {
    time.steady += ms
    time.wall += ms + stepMs
    watch.look()
  }
  return { watch, pass, lines, restarts: () => started }
}

it.each([
  ['back', -3600 * SECOND, 'set back by 3600 s'],
  ['forward', 3600 * SECOND, 'set forward by 3600 s'],
])('starts the schedule again when the clock is set %s', (_what, stepMs, words) => {
  const { watch, pass, lines, restarts } = openWatch()
  watch.noteTick()
  pass(SECOND)
  expect(restarts()).toBe(0)
  pass(SECOND, stepMs)
  expect(restarts()).toBe(1)
  expect(lines).toEqual([expect.stringContaining(words)])
  pass(SECOND)
  expect(restarts()).toBe(1)
})

it('leaves it alone while NTP slews the clock, and while the machine is only slow', () => {
  const { watch, pass, restarts } = openWatch()
  for (let second = 0; second < 100; second++) {
    if (second % 10 === 0) watch.noteTick()
    pass(SECOND, 0.5)
  }
  pass(15 * SECOND)
  expect(restarts()).toBe(0)
})

it('starts it again when it is silent for whatever reason, every half a minute', () => {
  const { watch, pass, restarts, lines } = openWatch()
  pass(90 * SECOND)
  expect(restarts()).toBe(0) // Motia has not started it yet
  watch.noteTick()
  for (let second = 0; second < 65; second++) pass(SECOND)
  expect(restarts()).toBe(2)
  expect(lines[0]).toContain('has not begun a tick for 31 s')
  watch.noteTick()
  expect(watch.tickAgoMs()).toBe(0)
})
