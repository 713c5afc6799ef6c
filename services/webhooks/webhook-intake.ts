import type { Redis } from 'ioredis'
import type { Config } from '../config'
import { EspoLookups } from '../espo/espo-lookups'
import { StoredBases } from '../espo/stored-bases'
import { isAktennummer } from '../model/aktennummer'
import type { ServiceContext } from '../model/service-context'
import { announce } from '../queue/announce'
import { DokumentIndex } from '../redis/dokument-index'
import { akteIdsConcerned } from './webhook-events'

/** EspoCRM waits 10 s for the answer; the start of the step takes its share of them. */
const LOOKUPS_MS = 5000

/** Turns events of EspoCRM into Akten that wait for a sync. */
export class WebhookIntake {
  private readonly index: DokumentIndex

  constructor(
    private readonly context: ServiceContext,
    private readonly config: Pick<Config, 'espo' | 'sync'>,
    private readonly redis: Redis,
  ) {
    this.index = new DokumentIndex(redis)
  }

  /**
   * Puts the Akten that these records concern into pending; resolves to their Aktennummern. Two requests to EspoCRM
   * for up to a hundred events, and a third one where a record is not found: whether it is gone or only hidden. Either
   * everything is pending or it throws, and EspoCRM sends the events again.
   * @throws RetryLaterError also when EspoCRM does not answer in time, UnprovenError, FixAccessError, an error of Redis
   */
  async take(ids: string[]): Promise<string[]> {
    const { espo, sync } = this.config
    const bases = new StoredBases(this.redis, sync.baseDir)
    const lookups = new EspoLookups(this.context, espo, bases, AbortSignal.timeout(LOOKUPS_MS))
    const remembered = await this.index.akteIdsOf(ids) // first: without Redis the rest is in vain
    const dokumente = await lookups.dokumente(ids)
    const akteIds = akteIdsConcerned(ids, dokumente, remembered)
    const changed = dokumente.filter(({ isChanged }) => isChanged).map(({ id }) => id)
    const akten = [...(await lookups.akten(akteIds)), ...(await lookups.aktenOf(changed))]
    const synced = akten.filter(({ isSynced, aktennummer }) => isSynced && isAktennummer(aktennummer))
    const aktennummern = [...new Set(synced.map(({ aktennummer }) => aktennummer))]
    await announce(this.redis, 'webhook', aktennummern)
    const present = new Set(dokumente.map(({ id }) => id))
    const gone = [...remembered.keys()].filter((id) => !present.has(id))
    if (gone.length > 0 || akten.length < akteIds.length) await lookups.assertReadsAll()
    await this.index.forget(gone)
    return aktennummern
  }
}
