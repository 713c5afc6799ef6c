import { type Clock as FakeClock, install } from '@sinonjs/fake-timers'

const realSetImmediate = setImmediate

/** Time that passes only when everybody waits. Replaces `setTimeout`, `Date` and `performance` until it is given back. */
export class VirtualTime {
  private readonly clock: FakeClock

  constructor(start: Date) {
    this.clock = install({ now: start, toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] })
  }

  get now(): number {
    return this.clock.now
  }

  /** Work for later that belongs to the world, not to the product. */
  after(ms: number, work: () => void): void {
    setTimeout(work, ms)
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms))
  }

  /** Lets time pass until `isDone`; false when `limitMs` of it are over first, or nothing happens any more. */
  async runUntil(isDone: () => boolean, limitMs: number): Promise<boolean> {
    const end = this.now + limitMs
    for (;;) {
      await new Promise((resolve) => realSetImmediate(resolve)) // everything that can go on without time passing
      if (isDone()) return true
      if (this.now > end || this.clock.countTimers() === 0) return false
      this.clock.next()
    }
  }

  giveBack(): void {
    this.clock.uninstall()
  }
}
