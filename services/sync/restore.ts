import type { Runtime } from '../app/runtime'
import type { Systems } from '../app/systems'
import type { Archive } from '../content/archive'
import type { Content } from '../content/spool'
import { InvalidInputError, NotFoundError } from '../errors'
import type { Side } from '../model/model'
import { assertInsideFolder, espoTitle, pathKey, pathProblem, pathProblemText } from '../model/paths'
import type { Reason } from '../model/reasons'
import { withAkteLock } from './akte-lock'
import { ChangeRecord } from './execute/change-record'
import { AkteObserver, type AkteView } from './observe/akte-observer'
import { ObservedFile } from './observe/observed-file'

/** Which archived version goes where. */
export interface RestoreRequest {
  aktennummer: string
  /** Blake3 of the version. */
  hash: string
  to: Side
  /** One of the paths under which the Akte lost this version; the latest one unless told. */
  path?: string
}

/** What a restoration did. */
export interface Restored {
  path: string
  to: Side
  /** What lay there before: now in the archive, nothing, or the very same content (then nothing was written). */
  replaced: 'archived' | 'nothing' | 'same'
  bytes: number
  /** False: no sync carries the version to the other side, because the Akte is not synced or the file left the History. */
  isSynced: boolean
}

/**
 * Brings an archived version back to one side as an ordinary new version: under the Akte's lock, after another look at
 * the target, with whatever it replaces in the archive first. The base is left alone, so the sync that follows sees a
 * change on that side and carries it to the other one.
 * @throws NotFoundError when the Akte lost no such version or it is damaged; LockBusyError while the Akte is synced;
 * DeferError while the file is in use; InvalidInputError; the errors of the systems
 */
export async function restoreVersion(runtime: Runtime, request: RestoreRequest): Promise<Restored> {
  const { aktennummer, hash, to } = request
  const path = await pathOf(runtime.systems.archive, request)
  const content = await runtime.systems.archive.fetch(hash)
  return withAkteLock(runtime, aktennummer, async (systems, run) => {
    const akte = await systems.espo.findAkte(aktennummer)
    if (akte === null) throw new InvalidInputError(`EspoCRM knows no Akte ${aktennummer}`)
    const spool = await systems.openSpool()
    try {
      const observer = new AkteObserver({ logger: runtime.logger }, systems, runtime.config.sync)
      const view = await observer.observe(aktennummer, akte.id, spool)
      const restoration = new Restoration(runtime, systems, run, view, path, content)
      const replaced = to === 'Windows' ? await restoration.toWindows() : await restoration.toEspo(akte.id)
      runtime.logger.info(`♻️ ${path} of Akte ${aktennummer} is back in ${to}: ${replaced}`)
      const bytes = replaced === 'same' ? 0 : content.size
      return { path, to, replaced, bytes, isSynced: akte.isSynced && restoration.isCarriedOver(to) }
    } finally {
      await spool.close()
    }
  })
}

/** The path that the version goes back to. */
async function pathOf(archive: Pick<Archive, 'records'>, request: RestoreRequest): Promise<string> {
  const { aktennummer, hash, path } = request
  const records = (await archive.records(hash)).filter((record) => record.aktennummer === aktennummer)
  const wanted = records.filter((record) => path === undefined || pathKey(record.path) === pathKey(path))
  const record = wanted[wanted.length - 1]
  if (record === undefined) {
    throw new NotFoundError(
      `The archive has no version ${hash} of ${path ?? 'any file'} in Akte ${aktennummer}`,
    )
  }
  assertInsideFolder(record.path)
  return record.path
}

class Restoration {
  private readonly file: ObservedFile
  private readonly changes: ChangeRecord

  constructor(
    { clock }: Pick<Runtime, 'clock'>,
    private readonly systems: Systems,
    runId: string,
    private readonly view: AkteView,
    private readonly path: string,
    private readonly content: Content,
  ) {
    const key = pathKey(path)
    const pair = view.pairs.find((one) => one.key === key) ?? { key, path, document: null, windows: null }
    this.file = new ObservedFile(view, pair)
    this.changes = new ChangeRecord({ aktennummer: view.aktennummer, runId, systems, clock }, this.file)
  }

  /** What is in Windows alone and not in the History is none of the sync's; a document that was there and left, neither. */
  isCarriedOver(to: Side): boolean {
    const { document } = this.file.seen
    const isNewInEspo = document === null ? to === 'EspoCRM' : document.syncHash === null
    return this.view.matches.has(this.file.pair.key) || isNewInEspo
  }

  async toWindows(): Promise<Restored['replaced']> {
    const { file, content, systems, view } = this
    const { document, windows } = file.seen
    if (windows === null) this.assertNewName()
    const before = windows === null ? null : await file.readWindows()
    if (before?.hash === content.hash) return 'same'
    if (before !== null) await this.archive('Windows', before)
    await file.assertWindowsUnmoved()
    await systems.watcher.uploadFile(view.aktennummer, windows?.path ?? this.path, content)
    await this.audit('Windows', document?.id ?? null, before?.hash ?? null)
    return before === null ? 'nothing' : 'archived'
  }

  /** A file that is not there any more gets a name that Windows can have. */
  private assertNewName(): void {
    const problem = pathProblem(this.path)
    if (problem !== null) throw new InvalidInputError(pathProblemText(problem, 'en'))
  }

  async toEspo(akteId: string): Promise<Restored['replaced']> {
    const { file, content, path, systems } = this
    const { espo } = systems
    const { document } = file.seen
    const before = document?.attachmentId == null ? null : await file.readEspo()
    if (before?.hash === content.hash) return 'same'
    if (before !== null) await this.archive('EspoCRM', before)
    if (document === null) await this.view.absence.ofMoreDocuments()
    const attachmentId = await espo.attachments.upload(content, path, await file.openSpool())
    let id = document?.id
    if (document !== null) {
      await espo.replaceFile(document, attachmentId, { fileStatus: 'changed', syncStatus: 'unclean' })
    } else {
      await file.assertNoDocument().catch(async (error: unknown) => {
        await espo.attachments.delete(attachmentId)
        throw error
      })
      const dateipfad = path.replaceAll('/', '\\')
      id = await espo.createDokument(akteId, { name: espoTitle(path), dateipfad, attachmentId })
    }
    await this.audit('EspoCRM', id ?? null, before?.hash ?? null)
    return before === null ? 'nothing' : 'archived'
  }

  private archive(side: Side, before: Content): Promise<void> {
    return this.changes.archive(side, before, motive('replaced by a restored version'))
  }

  private audit(side: Side, document: string | null, hashBefore: string | null): Promise<void> {
    const change = { side, document, hashBefore, hashAfter: this.content.hash }
    return this.changes.audit(change, motive('restored from the archive'))
  }
}

const motive = (reason: Reason) => ({ action: 'RESTORE', reason })
