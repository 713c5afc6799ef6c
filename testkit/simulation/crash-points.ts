import { disagreements } from './agreement'
import { AKTE, openEveryRow, restingState } from './every-row'
import { SimulatedOffice } from './office'
import { withVirtualTime } from './simulate'

const HOUR = 3_600_000
const RESTART_MS = 1000

/** The place of a crash: before the call is sent, or after its effect and before its answer. */
export interface CrashPoint {
  call: number
  moment: 'before' | 'after'
}

/** What became of the Akte with every row. */
export interface Rest {
  state: ReturnType<typeof restingState>
  problems: string[]
  /** Labels of the calls of a run without a crash, in order. */
  calls: string[]
  /** Milliseconds from the crash to the next time the Akte was claimed. */
  recoveryMs: number | null
}

/** Syncs the Akte with every row, stopped once at a crash point and started again; without one, undisturbed. */
export function syncEveryRow(settings: Record<string, string>, crash: CrashPoint | null): Promise<Rest> {
  return withVirtualTime(1, async (time, random) => {
    const options = { akten: [], instances: 1, settings, skewMs: 0, hashingMs: 0, tell: () => {} }
    const office = new SimulatedOffice(time, random, options)
    office.weather.isCalm = true
    office.wire.isSlow = false
    office.akten.push(AKTE)
    await openEveryRow(office)

    const before = office.wire.calls
    const calls: string[] = []
    let crashedAt: number | null = null
    let recoveryMs: number | null = null
    office.wire.watch = (call, moment, label) => {
      if (moment === 'before') calls.push(label)
      if (crashedAt !== null && label === 'CLAIM' && moment === 'after') recoveryMs ??= time.now - crashedAt
      const server = office.instances[0]
      if (!crash || crashedAt !== null || !server) return
      if (call !== before + crash.call || moment !== crash.moment) return
      crashedAt = time.now
      office.kill(server, RESTART_MS)
    }
    office.request(AKTE)
    if (!(await time.runUntil(() => office.isIdle, HOUR))) office.oracle.problem('the sync never ends')
    await time.runUntil(() => false, 60_000) // what the release of the lock and the like still have under way
    const problems = [...office.oracle.problems, ...disagreements(office)]
    return { state: restingState(office), problems, calls, recoveryMs }
  })
}
