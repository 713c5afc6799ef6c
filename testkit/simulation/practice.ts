import { AdvowareRecords, type HistoryEntry } from '../../sandbox/advoware-records'
import { inMemory } from '../../sandbox/files'
import type { Random } from '../random'
import { type Answer, answered, json, type Request } from './http'

/** Advoware, by the rules of the stand-in's own records. */
export class Practice {
  readonly records: AdvowareRecords
  /** Entries that the product made, under a path that nobody changed since. */
  private readonly byProduct = new Set<HistoryEntry>()
  private given = 0

  constructor(private readonly random: Random) {
    this.records = new AdvowareRecords(inMemory({ akten: {} }), () => `token-${++this.given}`)
    this.records.tokenAnswer = 'expires_in'
    this.records.entered = (entry) => this.byProduct.add(entry)
  }

  history(aktennummer: string): readonly HistoryEntry[] {
    return this.records.history(aktennummer)
  }

  isMadeByProduct(entry: HistoryEntry): boolean {
    return this.byProduct.has(entry)
  }

  /** Every entry of one file names another one from now on. */
  rename(aktennummer: string, from: string, to: string): void {
    for (const entry of this.history(aktennummer)) {
      if (entry.datei !== from) continue
      entry.datei = to
      this.byProduct.delete(entry)
    }
  }

  handle({ method, segments, headers, body }: Request): Answer {
    if (segments.at(-1) === 'Token') this.records.tokenLifetimeSeconds = this.random.pick([90, 3600])
    const { authorization } = headers
    return answered(() =>
      json(200, this.records.answer({ method, segments, authorization, body: body.toString() })),
    )
  }
}
