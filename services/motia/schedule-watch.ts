import { getTasks } from 'node-cron'
import type { Clock } from '../clock'

const LOOK_EVERY_MS = 1_000
/** NTP slews by half a millisecond per second; whatever moves the clock further has set it. */
const STEP_MS = 2_000
/** The poller's schedule is every ten seconds. */
const SILENCE_MS = 30_000

/**
 * Keeps Motia's schedule going. node-cron compares the clock with the moment of its last tick: a clock that is set back
 * (by hand, NTP after a bad boot, a restored VM) stops its ticks for the length of the step. Monotonic time against the
 * clock shows the step, and a schedule that is silent for whatever reason is started again as well.
 */
export class ScheduleWatch {
  private lastTick: number | null = null
  private lastRestart: number
  private offset: number

  constructor(
    private readonly clock: Pick<Clock, 'now' | 'monotonic' | 'later'>,
    private readonly warn: (line: string) => void,
  ) {
    this.offset = this.offsetNow()
    this.lastRestart = clock.monotonic()
  }

  /** The schedule began a tick. */
  noteTick(): void {
    this.lastTick = this.clock.monotonic()
  }

  /** How long ago the schedule began a tick, ms; null: not yet. */
  tickAgoMs(): number | null {
    return this.lastTick === null ? null : this.clock.monotonic() - this.lastTick
  }

  /** Looks every second, for as long as the process lives. */
  keepLooking(): void {
    this.clock.later(LOOK_EVERY_MS, () => {
      this.look()
      this.keepLooking()
    })
  }

  /** One look: restarts the schedule after a step of the clock, or when it was silent for too long. */
  look(): void {
    const offset = this.offsetNow()
    const stepMs = offset - this.offset
    this.offset = offset
    const seconds = Math.round(Math.abs(stepMs) / 1000)
    if (Math.abs(stepMs) > STEP_MS)
      this.restart(`The clock was set ${stepMs < 0 ? 'back' : 'forward'} by ${seconds} s`)
    else if (this.silentMs() > SILENCE_MS)
      this.restart(`The schedule has not begun a tick for ${Math.round(this.silentMs() / 1000)} s`)
  }

  private offsetNow(): number {
    return this.clock.now().getTime() - this.clock.monotonic()
  }

  private silentMs(): number {
    if (this.lastTick === null) return 0 // Motia is still starting
    return this.clock.monotonic() - Math.max(this.lastTick, this.lastRestart)
  }

  private restart(why: string): void {
    this.lastRestart = this.clock.monotonic()
    const tasks = [...getTasks().values()]
    for (const task of tasks) task.start()
    this.warn(`⚠️  ${why}: the schedule was started again (${tasks.length} task(s))`)
  }
}
