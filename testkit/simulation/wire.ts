import { CanceledError } from 'axios'
import type { Random } from '../random'
import type { VirtualTime } from './virtual-time'

/** Where a call comes from: a server of the product that may be dead, or stand still for a while. */
export interface Caller {
  readonly name: string
  readonly isAlive: boolean
  /** Works at once, after a standstill, or, for the dead, never. */
  whenRunning(work: () => void): void
}

type Watch = (call: number, moment: 'before' | 'after', label: string) => void

const LONGEST_WAY_MS = 20_000

/**
 * Everything that leaves a server of the product goes through here, one call after the other: a request, a Redis
 * command, a file for the archive. Takes time on the way there and on the way back; in between the effect happens,
 * sometimes also for a caller that died or hung up meanwhile.
 */
export class Wire {
  /** Calls so far. */
  calls = 0
  /** Told before a call and after its effect: the place where a crash is made. */
  watch: Watch = () => {}
  /** False: every call takes a millisecond each way. */
  isSlow = true

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
  ) {}

  carry<T>(from: Caller, label: string, effect: () => T, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      from.whenRunning(() => {
        const call = ++this.calls
        this.watch(call, 'before', label)
        if (!from.isAlive) return
        const arrivesAnyway = this.random.chance(0.5)
        const [there, back] = [this.way(), this.way()]
        let isCut = false
        const cut = () => {
          isCut = true
          from.whenRunning(() => reject(new CanceledError()))
        }
        signal?.addEventListener('abort', cut, { once: true })
        this.time.after(there, () => {
          if ((isCut || !from.isAlive) && !arrivesAnyway) return
          let end: () => void
          try {
            const result = effect()
            end = () => resolve(result)
          } catch (error) {
            end = () => reject(error)
          }
          this.watch(call, 'after', label)
          this.time.after(back, () => {
            signal?.removeEventListener('abort', cut)
            from.whenRunning(end)
          })
        })
      })
    })
  }

  private way(): number {
    if (!this.isSlow) return 1
    return 1 + this.random.skewed(this.random.chance(0.05) ? LONGEST_WAY_MS : 60)
  }
}
