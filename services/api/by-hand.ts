import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import type { Administrator } from '../model/administrator'

/** What a person asks for by hand, as the audit log calls it; `audit show` has it in words. */
export type HandAction =
  | 'ASK_SYNC'
  | 'ASK_FORCE'
  | 'ASK_RETRY'
  | 'ASK_RESTORE'
  | 'ASK_IMPORT'
  | 'PAUSE'
  | 'RESUME'
  | 'REMOVE'

/** The whole office, in place of an Aktennummer. */
export const OFFICE = ''

/** Whoever changes something by hand: each change stands in the audit log with the name. */
export class ByHand {
  constructor(
    private readonly audit: Pick<Systems['audit'], 'append'>,
    private readonly clock: Pick<Clock, 'now' | 'token'>,
    readonly who: Administrator,
  ) {}

  /**
   * Records a change before it is made: one line for each Akte, or one for the office. `why`: what more is to be said.
   * @throws RetryLaterError when the log cannot be written: then nothing is to be changed
   */
  async record(action: HandAction, aktennummern: readonly string[], why?: string): Promise<void> {
    const [time, run] = [this.clock.now().toISOString(), this.clock.token()]
    const reason = why ? `${this.who.name}: ${why}` : this.who.name
    const nothing = { path: '', document: null, side: null, hashBefore: null, hashAfter: null }
    await Promise.all(
      aktennummern.map((aktennummer) =>
        this.audit.append({ time, run, aktennummer, action, reason, ...nothing }),
      ),
    )
  }
}
