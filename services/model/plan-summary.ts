/** What a sync of some Akten would do. */
export interface PlanSummary {
  /** Akten that could be planned. */
  akten: number
  files: Record<
    | 'created'
    | 'updated'
    | 'uploaded'
    | 'deleted'
    | 'conflicts'
    | 'flagged'
    | 'deferred'
    | 'failed'
    | 'bytes',
    number
  >
  /** Akten that a safety stop would keep back. */
  stopped: number
  /** Akten that could not be planned, and why. */
  failed: { aktennummer: string; reason: string }[]
}
