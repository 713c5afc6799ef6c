import type { EspoService } from '../espo/espo-service'
import type { Dokument } from './model'
import { pathKey } from './paths'
import { Refresher } from './refresher'

/** The documents of an Akte as they were listed; `refresh` learns what was made or renamed in EspoCRM since. */
export class DokumenteView {
  private readonly byId = new Map<string, Dokument>()
  private readonly byKey = new Map<string, Dokument>()
  /** EspoCRM's own time of the latest change that is known; it has whole seconds, so that second is read again. */
  private newest: string | null = null
  private readonly refresher = new Refresher(async () => {
    this.add(await this.espo.listChangedSince(this.akteId, this.newest))
  })

  constructor(
    private readonly espo: Pick<EspoService, 'listChangedSince'>,
    private readonly akteId: string,
    dokumente: Dokument[],
  ) {
    this.add(dokumente)
  }

  /** A document that has this path as far as is known, in whatever spelling. */
  find(path: string): Dokument | null {
    return this.byKey.get(pathKey(path)) ?? null
  }

  /** Looks again. The answer is younger than the call; callers that come meanwhile share the next one. */
  refresh(): Promise<void> {
    return this.refresher.refresh()
  }

  private add(dokumente: Dokument[]): void {
    for (const dokument of dokumente) {
      const before = this.byId.get(dokument.id)
      if (before && this.find(before.path) === before) this.byKey.delete(pathKey(before.path))
      this.byId.set(dokument.id, dokument)
      this.byKey.set(pathKey(dokument.path), dokument)
      const { modifiedAt } = dokument
      if (modifiedAt !== null && (this.newest === null || modifiedAt > this.newest)) this.newest = modifiedAt
    }
  }
}
