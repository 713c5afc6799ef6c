import { CoalescedRefresh } from '../../coalesced-refresh'
import type { DokumentLocation } from '../../espo/espo-schemas'
import type { EspoService } from '../../espo/espo-service'
import type { Dokument } from '../../model/model'
import { pathKey } from '../../model/paths'

/** What became of the documents of an Akte since they were listed: `refresh` learns what was made or renamed. */
export class DokumenteView {
  private readonly listed: Map<string, string>
  private readonly located = new Map<string, DokumentLocation>()
  /** EspoCRM's own time of the latest change that is known; it has whole seconds, so that second is read again. */
  private newest: string | null = null
  private readonly coalesced = new CoalescedRefresh(async () => {
    const changed = await this.espo.listChangedSince(this.akteId, this.newest)
    for (const dokument of changed) {
      if (this.listed.get(dokument.id) !== dokument.path) this.located.set(pathKey(dokument.path), dokument)
    }
    this.note(changed)
  })

  constructor(
    private readonly espo: Pick<EspoService, 'listChangedSince'>,
    private readonly akteId: string,
    dokumente: Dokument[],
  ) {
    this.listed = new Map(dokumente.map(({ id, path }) => [id, path]))
    this.note(dokumente)
  }

  /** A document that has got this path, in whatever spelling, since the listing. */
  newDokumentAt(path: string): DokumentLocation | null {
    return this.located.get(pathKey(path)) ?? null
  }

  /** True for a document that the Akte had when it was listed. */
  has(id: string): boolean {
    return this.listed.has(id)
  }

  /** True where the listing had another document at this path. */
  hadOtherAt(path: string, id: string): boolean {
    const key = pathKey(path)
    return [...this.listed].some(([other, its]) => other !== id && pathKey(its) === key)
  }

  /** Looks again. The answer is younger than the call; callers that come meanwhile share the next one. */
  refresh(): Promise<void> {
    return this.coalesced.refresh()
  }

  private note(dokumente: Pick<Dokument, 'modifiedAt'>[]): void {
    for (const { modifiedAt } of dokumente) {
      if (modifiedAt !== null && (this.newest === null || modifiedAt > this.newest)) this.newest = modifiedAt
    }
  }
}
