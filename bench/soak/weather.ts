import type { Fault } from '../../sandbox/faults'
import type { Office } from '../../sandbox/office'
import type { Random } from '../../testkit/random'

type System = 'watcher' | 'advoware' | 'espo'

const FAULTS: [System, Fault, seconds: [number, number]][] = [
  ['watcher', { mode: 'down' }, [5, 40]],
  ['watcher', { mode: 'slow', ms: 800 }, [10, 60]],
  ['watcher', { mode: '500' }, [5, 20]],
  ['watcher', { mode: 'cut-off', times: 5 }, [30, 30]],
  ['watcher', { mode: 'hash-mismatch', times: 5 }, [30, 30]],
  ['watcher', { mode: 'timeout-after-effect', times: 3 }, [30, 30]],
  ['advoware', { mode: 'down' }, [5, 40]],
  ['advoware', { mode: 'slow', ms: 1500 }, [10, 60]],
  ['advoware', { mode: 'token-refused' }, [5, 20]],
  ['advoware', { mode: '503', retryAfter: 5 }, [5, 20]],
  ['advoware', { mode: 'timeout-after-effect', times: 3 }, [30, 30]],
  ['espo', { mode: 'down' }, [5, 40]],
  ['espo', { mode: 'slow', ms: 800 }, [10, 60]],
  ['espo', { mode: '503', retryAfter: 10 }, [5, 30]],
  ['espo', { mode: 'cut-off', times: 5 }, [30, 30]],
  ['espo', { mode: 'timeout-after-effect', times: 3 }, [30, 30]],
]

/** Faults that come and go in the three systems. */
export class Weather {
  constructor(
    private readonly office: Office,
    private readonly random: Random,
  ) {}

  /** The next fault; answers what it is and for how many milliseconds it stays. */
  change(): { what: string; ms: number } {
    this.clear()
    const [system, fault, [from, to]] = this.random.pick(FAULTS)
    this.office[system].faults.set({ ...fault })
    if (system === 'advoware' && fault.mode === 'token-refused') this.office.advoware.expireTokens()
    return { what: `${system} ${fault.mode}`, ms: this.random.int(from, to) * 1000 }
  }

  clear(): void {
    for (const system of ['watcher', 'advoware', 'espo'] as const) this.office[system].faults.clear()
  }
}
