import type { Systems } from '../../app/systems'
import { DeferError } from '../../model/file-errors'

/**
 * Proves that what an answer lacks is really not there, by asking somebody who could say otherwise. Each proof is asked
 * for only where something is about to follow from the absence, so that an unchanged Akte costs nothing more.
 */
export class Absence {
  private allDocuments: Promise<ReadonlySet<string>> | undefined

  /** `listed`: ids of the documents that EspoCRM's list of this Akte has. */
  constructor(
    private readonly systems: Pick<Systems, 'espo' | 'watcher'>,
    private readonly aktennummer: string,
    private readonly akteId: string,
    private readonly listed: string[],
  ) {}

  /**
   * No document of the Akte is hidden from the list; resolves to the ids of those that were seen to be gone by that. Asked
   * once per run. @throws UnprovenError where one may be hidden
   */
  ofMoreDocuments(): Promise<ReadonlySet<string>> {
    this.allDocuments ??= this.systems.espo.assertNoneHidden(this.akteId, this.listed)
    return this.allDocuments
  }

  /** There is no file at any of these paths, whatever the listing says. @throws DeferError where there is one */
  async ofFile(paths: Iterable<string>): Promise<void> {
    for (const path of paths)
      if (await this.systems.watcher.hasFile(this.aktennummer, path))
        throw new DeferError('not listed, but there')
  }
}
