import type { Systems } from '../../app/systems'
import type { Config } from '../../config'
import type { Content, Spool } from '../../content/spool'
import { CutOffError, DamagedError, DecideAgainError, RetryLaterError } from '../../errors'
import { DeferError, FlagError } from '../../model/file-errors'
import {
  type Dokument,
  type MergeFacts,
  type NeedsFact,
  type SyncAction,
  type WindowsFile,
  windowsHashOf,
} from '../../model/model'
import { LARGEST_OWNER_FILE, ownerIn } from '../../model/owner-file'
import { pathKey, pathProblem, pathProblemText, toSlashes } from '../../model/paths'
import { openByText, openSinceText } from '../../model/reasons'
import type { Pair } from '../decide/pairing'
import type { SyncUtils } from '../decide/sync-utils'
import type { Absence } from './absence'
import type { DokumenteView } from './dokumente-view'
import type { WindowsView } from './windows-view'

const DOWNLOADS_IN_ALL = 3

type Attachment = Awaited<ReturnType<Systems['espo']['attachments']['get']>>

/** What is needed to look at the files of one Akte; enough for a decision, nothing that writes to a document. */
export interface Observation {
  aktennummer: string
  /** The Akte's record in EspoCRM. */
  akteId: string
  config: Config['sync']
  systems: Pick<Systems, 'watcher' | 'espo' | 'restores' | 'paths'>
  utils: SyncUtils
  windows: WindowsView
  dokumente: DokumenteView
  absence: Absence
  spool: Spool
}

/** Windows' names are not always Unicode; nothing can send such a name. */
const hasHalfCharacter = (path: string) => /\p{Cs}/u.test(path)

/** True for a document that was given to another Akte, or taken out of this one. */
const isElsewhere = ({ akteId }: Dokument, here: string) => akteId !== here

/**
 * Two looks at one file show the same version. The USN alone does not tell: some volumes have none, or one that stands
 * still. `hash`: what the first look's content proved to have, where its listing did not say.
 */
function isSameVersion(
  now: WindowsFile | null,
  before: WindowsFile | null,
  hash: string | undefined = undefined,
): boolean {
  if (now === null || before === null) return now === before
  const known = before.blake3Hash ?? hash ?? now.blake3Hash
  const isSameContent = now.blake3Hash === null || now.blake3Hash === known
  return (
    now.usn === before.usn && now.size === before.size && now.modified === before.modified && isSameContent
  )
}

/** One path as both sides showed it last. A value: looking again makes a new one. */
export interface Seen {
  readonly path: string
  readonly document: Dokument | null
  readonly windows: WindowsFile | null
  /** What had to be read so far. */
  readonly facts: MergeFacts
  /** Blake3 of the Windows content, null while nobody knows it. */
  readonly windowsHash: string | null
}

/** The one thing that a decision promises to be there; its absence is a programming error. */
export function mustHave<T>(value: T | null | undefined, { path }: Pick<Seen, 'path'>): T {
  if (value == null) throw new Error(`The decision for ${path} does not fit its facts`)
  return value
}

/**
 * One path on both sides: reads, verifies and asks for the decision, and writes nothing. A fact that was read is not
 * read again until `lookAgain`.
 */
export class ObservedFile {
  private document: Dokument | null
  private windows: WindowsFile | null
  private facts: MergeFacts
  /** The document was deleted in EspoCRM during the run. */
  private wasDeletedMeanwhile = false
  private lastAction: SyncAction | undefined
  private espoContent: { attachmentId: string; content: Content } | undefined
  private attachment: Attachment | undefined
  private spool: Spool | undefined

  constructor(
    private readonly run: Observation,
    readonly pair: Pair,
  ) {
    this.document = pair.document
    this.windows = pair.windows
    this.facts = { ...pair.facts }
  }

  /** Below the Aktenordner, with `/`. */
  get path(): string {
    return this.pair.path
  }

  /** Both sides as they are known now. */
  get seen(): Seen {
    const { path, document, windows, facts } = this
    return { path, document, windows, facts: { ...facts }, windowsHash: windowsHashOf({ windows, ...facts }) }
  }

  /** What was decided last, even if it has to wait; undefined before anything was. */
  get action(): SyncAction | undefined {
    return this.lastAction
  }

  /**
   * What has to be done; a fact that the decision needs is read. `inHistory`: an entry of the History names the path.
   * @throws FlagError, DeferError, DecideAgainError, RetryLaterError, ContractError
   */
  async decide(inHistory: boolean): Promise<SyncAction> {
    const { problem, wait, movedIn, formerPath, isNeverSynced } = this.pair
    const wasDeleted = this.pair.wasDeleted || this.wasDeletedMeanwhile
    const misread = this.windows?.misread
    // What nobody filed is nobody's concern, whatever is wrong with its name or its entry in the listing.
    if (inHistory || this.document !== null) {
      if (misread) throw misread
      if (problem) throw new FlagError(problem.reason)
    }
    if (wait) throw wait
    for (;;) {
      const { document, windows, facts } = this
      const decision = this.run.utils.mergeThreeWay({
        ...{ document, windows, inHistory, movedIn, formerPath, isNeverSynced, wasDeleted },
        ...facts,
      })
      if ('needs' in decision) await this.read(decision.needs)
      else {
        this.lastAction = decision
        this.deferWhileInUse(decision)
        return decision
      }
    }
  }

  /**
   * What a person has to solve before a decision can be executed, as far as it can be told without moving a byte.
   * @throws FlagError
   */
  async assertFeasible({ action, flag, needsDownload, needsUpload, reason }: SyncAction): Promise<void> {
    const { path, run, windows } = this
    if (flag) throw new FlagError(reason)
    if (action !== 'SKIP' && hasHalfCharacter(path)) throw new FlagError('name refused by EspoCRM')
    if (needsDownload) await run.systems.espo.attachments.assertTakes(mustHave(windows, this).size)
    if (!needsUpload) return
    // What Windows had may have any name; that it has it again is asked of nobody.
    const problem = windows === null ? pathProblem(path) : null
    if (problem !== null)
      throw new FlagError('a name Windows cannot have', {
        detail: pathProblemText(problem, run.config.language),
      })
    const obstacle = run.windows.obstacleAt(windows?.path ?? path)
    if (obstacle !== null) throw new FlagError('path taken in Windows', { detail: obstacle })
  }

  /** A hash that EspoCRM computed itself proves right where it is the hash of the Windows content: nothing to read. */
  private provenHash(): string | null {
    const computed = this.document?.computedHash ?? null
    return computed === this.seen.windowsHash ? computed : null
  }

  private async read(fact: NeedsFact['needs']): Promise<void> {
    if (fact === 'windowsHash') {
      // What EspoCRM would not take is not read again and again only to tell whether it changed.
      await this.run.systems.espo.attachments.assertTakes(mustHave(this.windows, this).size)
      this.facts.windowsHash = (await this.readWindows()).hash
    } else if (fact === 'espoHash') this.facts.espoHash = this.provenHash() ?? (await this.readEspo()).hash
    else if (fact === 'isGoneFromWindows') await this.proveGone()
    else if (fact === 'hasAllDocuments') {
      await this.run.absence.ofMoreDocuments()
      this.facts.hasAllDocuments = true
    } else if (fact === 'restores') {
      this.facts.restores = await this.run.systems.restores.count(this.run.aktennummer, this.path)
    } else {
      const { modified } = mustHave(this.windows, this)
      this.facts.newerSide = this.run.utils.resolveConflict(modified, await this.espoContentTime())
    }
  }

  /**
   * The file that the listing lacks is really gone: where it lay at the last sync, as Windows spells that (a blank at the
   * end is not in EspoCRM's path), and where it would be restored.
   * @throws DeferError when it is there
   */
  async proveGone(): Promise<void> {
    const { formerPath } = this.pair
    const home = toSlashes(this.document?.syncPfad ?? this.path)
    const spellings = pathKey(home) === pathKey(this.path) ? [home, this.path] : [this.path]
    await this.run.absence.ofFile(formerPath === undefined ? new Set(spellings) : [formerPath])
    this.facts.isGoneFromWindows = true
  }

  /** While Word saves, the file is gone for a moment: what is open is not taken for deleted either. */
  private deferWhileInUse({ action, needsUpload, needsDownload }: SyncAction): void {
    if (needsUpload || action === 'DELETE') this.deferWhileOpen()
    if ((needsDownload || needsUpload) && this.windows) this.deferWhileFresh(this.windows)
  }

  /** Whoever has just saved a file may do so again; it waits exactly until `SYNC_QUIET_SECONDS` have passed. */
  private deferWhileFresh(file: WindowsFile): void {
    const { windows, config } = this.run
    const dueInMs = windows.freshForMs(file, config.quietSeconds)
    if (dueInMs > 0) throw new DeferError('just modified', { dueInMs })
  }

  /** Somebody writes it right now, so that the quiet time has not even begun. */
  private whileWritten(): DeferError {
    return new DeferError('changed while being read', { dueInMs: this.run.config.quietSeconds * 1000 })
  }

  private deferWhileOpen(): void {
    const { windows, config } = this.run
    const owner = windows.ownerFileOf(this.path)
    if (owner === null) return
    const detail = openSinceText(owner.modified, config.language, config.timeZone)
    throw new DeferError('open in another program', { detail })
  }

  /**
   * Who has it open and since when, in words for the document and for nothing else: the name of a person stands in no
   * report, log or metric. Null where no owner file says it, or the watcher does not hand that out.
   */
  async openByText(): Promise<string | null> {
    const { aktennummer, systems, windows, config } = this.run
    const owner = windows.ownerFileOf(this.path)
    if (owner === null || owner.size > LARGEST_OWNER_FILE) return null
    try {
      const content = await systems.watcher.downloadFile(aktennummer, owner, await this.openSpool())
      const who = ownerIn(owner.path, await content.read(0, content.size))
      return who && openByText(who, owner.modified, config.language, config.timeZone)
    } catch {
      return null // that it is open is known all the same
    }
  }

  /**
   * The Windows content, proven to be the listed one. A mismatch is listed again: moved on means decide again, still
   * moving means wait, unchanged means damaged, three times in all.
   */
  async readWindows(): Promise<Content> {
    const { run } = this
    const windows = mustHave(this.windows, this)
    this.deferWhileFresh(windows)
    for (let attempt = 1; ; attempt++) {
      const content = await this.downloadWindows(windows)
      if (!(content instanceof CutOffError) && content.hash === windows.blake3Hash) return content
      await run.windows.refresh()
      const listed = run.windows.find(windows.path)
      if (content instanceof CutOffError) {
        if (!isSameVersion(listed, windows)) {
          if (listed && listed.size === content.announced)
            throw new DecideAgainError(`${windows.path} changed before it was read`)
          throw this.whileWritten()
        }
        if (attempt === DOWNLOADS_IN_ALL) throw content
        continue
      }
      if (listed === null || !isSameVersion(listed, windows)) {
        if (listed && listed.size !== content.size) throw this.whileWritten()
        throw new DecideAgainError(`${windows.path} changed while it was read`)
      }
      const isAsListed = windows.blake3Hash === null && content.size === windows.size
      if (isAsListed && (listed.blake3Hash ?? content.hash) === content.hash) return content
      if (attempt < DOWNLOADS_IN_ALL) continue
      if (content.size !== windows.size) throw this.whileWritten()
      throw new RetryLaterError(
        `Windows file ${windows.path} arrives damaged (Blake3 differs from the listing)`,
        { system: 'Windows watcher' },
      )
    }
  }

  private async downloadWindows(windows: WindowsFile): Promise<Content | CutOffError> {
    const { aktennummer, systems } = this.run
    try {
      return await systems.watcher.downloadFile(aktennummer, windows, await this.openSpool())
    } catch (error) {
      if (error instanceof CutOffError) return error
      throw error
    }
  }

  /** When the current attachment was made, UTC; null without one, or where EspoCRM does not say. */
  async espoContentTime(): Promise<string | null> {
    const attachmentId = this.document?.attachmentId ?? null
    return attachmentId === null ? null : (await this.describeAttachment(attachmentId)).createdAt
  }

  /** Who uploaded the current attachment, by the id of that user in EspoCRM; null where EspoCRM does not say. */
  async espoAuthor(): Promise<string | null> {
    const attachmentId = this.document?.attachmentId ?? null
    return attachmentId === null ? null : (await this.describeAttachment(attachmentId)).createdById
  }

  private async describeAttachment(attachmentId: string) {
    if (this.attachment?.id !== attachmentId)
      this.attachment = await this.run.systems.espo.attachments.get(attachmentId)
    return this.attachment
  }

  /** The current attachment's content; each attachment is read once. */
  async readEspo(): Promise<Content> {
    const attachmentId = this.attachmentId()
    if (this.espoContent?.attachmentId !== attachmentId) {
      const { size } = await this.describeAttachment(attachmentId)
      this.espoContent = { attachmentId, content: await this.downloadEspo(attachmentId, size) }
    }
    return this.espoContent.content
  }

  /**
   * EspoCRM knows no hash: the size must fit, and a content that is not the one synced under this very attachment is
   * believed only when it arrives twice alike, because damage does not repeat itself.
   */
  private async downloadEspo(attachmentId: string, size: number | null): Promise<Content> {
    const { attachmentHash, syncAttachmentId, syncHash } = mustHave(this.document, this)
    const expected = syncAttachmentId === attachmentId ? syncHash : (attachmentHash ?? null)
    let before: string | undefined
    for (let attempt = 1; ; attempt++) {
      try {
        const { attachments } = this.run.systems.espo
        const content = await attachments.download(attachmentId, await this.openSpool(), size)
        if (size !== null && size !== content.size) {
          throw new CutOffError(`EspoCRM file ${this.path} has ${content.size} bytes instead of ${size}`, {
            system: 'EspoCRM',
          })
        }
        if (expected === null || content.hash === expected || content.hash === before) return content
        if (attempt === DOWNLOADS_IN_ALL) {
          throw new DamagedError(`EspoCRM file ${this.path} arrives damaged (Blake3 differs each time)`, {
            system: 'EspoCRM',
          })
        }
        before = content.hash
      } catch (error) {
        if (!(error instanceof CutOffError) || attempt === DOWNLOADS_IN_ALL) throw error
      }
    }
  }

  /**
   * Looks at the Windows side again, just before it is written; where no file is listed, none is there.
   * @throws DecideAgainError, DeferError
   */
  async assertWindowsUnmoved(): Promise<void> {
    const { windows } = this.run
    await windows.refresh()
    const now = windows.find(this.windows?.path ?? this.path)
    if (!isSameVersion(now, this.windows, this.facts.windowsHash))
      throw new DecideAgainError(`${this.path} changed in Windows meanwhile`)
    this.deferWhileOpen()
    if (now) this.deferWhileFresh(now)
    else await this.proveGone()
  }

  /** Looks for a document that was made for this path meanwhile. @throws DecideAgainError when there is one */
  async assertNoDocument(): Promise<void> {
    await this.run.dokumente.refresh()
    if (this.run.dokumente.newDokumentAt(this.path) !== null) {
      throw new DecideAgainError(`${this.path} got a document in EspoCRM meanwhile`)
    }
  }

  /**
   * Forgets what was read and takes both sides as they are now. A file that vanished during the run is not taken for
   * deleted: the next run asks the safety stops first, because the share may be gone.
   * @throws DeferError when the file vanished, or the document left this path
   */
  async lookAgain(): Promise<void> {
    await this.run.windows.refresh()
    const listed = this.run.windows.find(this.windows?.path ?? this.path)
    if (this.windows !== null && listed === null) throw new DeferError('vanished during the sync')
    const isNewVersion = !isSameVersion(listed, this.windows, this.facts.windowsHash)
    const isUntold = isNewVersion && listed?.usn === this.windows?.usn && listed?.blake3Hash === null
    this.windows = listed
    this.facts = {}
    if (isUntold) await this.read('windowsHash') // neither USN nor hash would tell that it changed
    const before = this.document ?? this.run.dokumente.newDokumentAt(this.path)
    if (before === null) return
    const fresh = await this.run.systems.espo
      .getDokument(before.id, this.run.akteId)
      .catch((error: unknown) => {
        if (error instanceof DecideAgainError) return null
        throw error
      })
    if (fresh === null) this.wasDeletedMeanwhile = true
    const isGone = fresh === null || isElsewhere(fresh, this.run.akteId)
    // A second document with its name may be the one that the file belongs to from now on.
    if (isGone && this.run.dokumente.hadOtherAt(this.path, before.id)) throw new DeferError('keeps changing')
    this.document = isGone ? null : this.asSeen(fresh)
    if (this.document !== null && this.document.path !== before.path) throw new DeferError('keeps changing')
  }

  /** @throws DeferError for one that was renamed to this path meanwhile: which file it belongs to, the next run sees */
  private asSeen(fresh: Dokument): Dokument {
    const { akteId, utils } = this.run
    const document = utils.asSeenIn(akteId, fresh)
    if (this.pair.hasForeignBase) return utils.withoutBase(document)
    const { syncPfad } = document
    const isNewHere = this.pair.document === null && syncPfad !== null
    if (isNewHere && pathKey(syncPfad) !== this.pair.key) throw new DeferError('keeps changing')
    return document
  }

  /** The attachment that the document has, as far as it is known. */
  attachmentId(): string {
    return mustHave(this.document?.attachmentId, this)
  }

  /** The temporary files of this path. */
  async openSpool(): Promise<Spool> {
    this.spool ??= await this.run.spool.child()
    return this.spool
  }

  /** Removes the temporary files. */
  async close(): Promise<void> {
    await this.spool?.close()
  }
}
