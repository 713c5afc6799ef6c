import type { Clock } from '../clock'

/** How far a run is. */
export interface RunProgress {
  phase: 'fetching' | 'syncing' | 'finishing'
  filesDone: number
  /** 0 until the files are known. */
  filesTotal: number
  /** Bytes that arrived from either side so far, also those of files under way. */
  bytes: number
}

/** What people see of a running Akte. Times are ISO 8601; `remainingMs` is an estimate, null before there is one. */
export interface Progress extends RunProgress {
  aktennummer: string
  startedAt: string
  updatedAt: string
  remainingMs: number | null
}

/** Where progress is shown; `null` when the run is over. */
export type ShowProgress = (aktennummer: string, progress: Progress | null) => Promise<unknown>

const SHOW_EVERY_MS = 2000

/** Passes on how far a run is: every new phase at once, otherwise every two seconds. Showing never stops a sync. */
export class ProgressReporter {
  private readonly started: Date
  private lastPhase: RunProgress['phase'] | undefined
  private lastMs = 0
  private showing: Promise<unknown> = Promise.resolve()

  constructor(
    private readonly aktennummer: string,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly show: ShowProgress,
  ) {
    this.started = clock.now()
  }

  readonly report = (run: RunProgress): void => {
    const now = this.clock.now()
    if (run.phase === this.lastPhase && now.getTime() - this.lastMs < SHOW_EVERY_MS) return
    this.lastPhase = run.phase
    this.lastMs = now.getTime()
    const elapsed = now.getTime() - this.started.getTime()
    const remainingMs =
      run.filesDone === 0 ? null : Math.round((elapsed / run.filesDone) * (run.filesTotal - run.filesDone))
    const { aktennummer } = this
    this.pass({
      aktennummer,
      ...run,
      startedAt: this.started.toISOString(),
      updatedAt: now.toISOString(),
      remainingMs,
    })
  }

  /** Waits until everything is shown, then takes it away. */
  async end(): Promise<void> {
    this.pass(null)
    await this.showing
  }

  private pass(progress: Progress | null): void {
    this.showing = this.showing.then(() => this.show(this.aktennummer, progress)).catch(() => {})
  }
}
