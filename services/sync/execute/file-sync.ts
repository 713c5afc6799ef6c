import type { Logger } from 'pino'
import type { Systems } from '../../app/systems'
import type { Clock } from '../../clock'
import { type Content, isBlank } from '../../content/spool'
import {
  concernsRun,
  DamagedError,
  DecideAgainError,
  describeError,
  LookAgainError,
  NotFoundError,
  RetryLaterError,
} from '../../errors'
import type { DokumentChange } from '../../espo/espo-schemas'
import { espoTime, parseEspoTime } from '../../espo/espo-values'
import { retryDelayMs } from '../../http/http-client'
import type { ArchiveRecord } from '../../model/archive-record'
import { DeferError } from '../../model/file-errors'
import type { Dokument, HistoryEntry, Side, SyncAction } from '../../model/model'
import { espoTitle, fileName, pathKey } from '../../model/paths'
import { fullReasonText, type Reason } from '../../model/reasons'
import type { FileReport } from '../../model/report'
import { formerVersionsText } from '../../text/former-versions'
import { conflictNote, type LostVersion } from '../../text/notes'
import type { Pair } from '../decide/pairing'
import { mustHave, type Observation, ObservedFile, type Seen } from '../observe/observed-file'
import { type Change, ChangeRecord } from './change-record'
import {
  type Agreement,
  baseOf,
  changeOf,
  clearStatus,
  emptyStatus,
  leftStatus,
  pathOf,
  placeOfBase,
  STATUS_ATTRIBUTES,
  withoutSentences,
} from './dokument-change'
import { type ErrorOutcome, outcomeOfError } from './outcome-of-error'

const DECISIONS_IN_ALL = 3
/** Former versions that a document names. */
const VERSIONS_NAMED = 20
const METADATA_REFUSED: Reason = 'metadata refused by EspoCRM'

/** Everything one run shares between its files. */
export interface RunContext extends Observation {
  systems: Systems
  /** Names the run in report and audit log. */
  runId: string
  /** When a run of this Akte ended last, as EspoCRM keeps it; null: never, undefined: this EspoCRM does not keep it. */
  lastRun: string | null | undefined
  clock: Pick<Clock, 'now' | 'random' | 'later'>
  logger: Pick<Logger, 'warn'>
}

/** What was done to a path is done when the next sync finds it so. */
const OVER = (['de', 'en'] as const).map((language) =>
  fullReasonText('renamed in EspoCRM, Windows keeps its name', language),
)

/** That EspoCRM has lost a former version keeps the next one from nothing. */
function nullWhereLost(error: unknown): null {
  if (error instanceof NotFoundError) return null
  throw error
}

/** When the version of a side was saved; null where nobody can tell. */
function savedAtOf({
  side,
  windowsModified,
  espoContentTime,
}: Pick<ArchiveRecord, 'side' | 'windowsModified' | 'espoContentTime'>): Date | null {
  const time = side === 'Windows' ? Date.parse(windowsModified ?? '') : parseEspoTime(espoContentTime)
  return Number.isNaN(time) ? null : new Date(time)
}

/** What became of one file, the error behind a failure, and how long it waits. */
export interface FileResult {
  report: FileReport
  /** The document of the path in EspoCRM, as far as it is known; null: it has none. */
  document: string | null
  error?: Error
  /** Of a deferred file: milliseconds until its cause can be over, where that is known. */
  dueInMs?: number | undefined
}

/** Brings one path into agreement: has it decided, executes, records. Decides nothing itself. */
export class FileSync {
  private readonly file: ObservedFile
  private readonly changes: ChangeRecord
  private bytes = 0
  private archived: Side | undefined
  /** What people are told although all went well. */
  private notice: string | undefined
  private isMetadataRefused = false
  /** Of the document that was made for the path. */
  private createdId: string | undefined
  /** The version that loses the conflict under way. */
  private lost: (LostVersion & { author: string | null }) | undefined

  constructor(
    private readonly context: RunContext,
    pair: Pair,
    /** The History entry that names the path. */
    private entry: HistoryEntry | undefined,
  ) {
    this.file = new ObservedFile(context, pair)
    this.changes = new ChangeRecord(context, this.file)
  }

  /**
   * Never throws for what concerns this file alone; the report says it, and so does the document in EspoCRM.
   * @throws LockLostError, FixAccessError, UnprovenError: these concern the whole run
   */
  async sync(): Promise<FileResult> {
    try {
      const report = await this.decideAndExecute()
      return { report, document: this.documentId }
    } catch (error) {
      if (concernsRun(error)) throw error
      const intended = this.file.action?.reason ?? 'unchanged'
      const outcome = outcomeOfError(error, this.file.pair, intended, this.context.config.language)
      const report = await this.notDone(outcome)
      const document = this.documentId
      return outcome.outcome === 'failed'
        ? { report, document, error: error as Error }
        : { report, document, dueInMs: outcome.dueInMs }
    } finally {
      await this.file.close()
    }
  }

  private get documentId(): string | null {
    return this.createdId ?? this.file.seen.document?.id ?? null
  }

  private async decideAndExecute(): Promise<FileReport> {
    for (let round = 1; round <= DECISIONS_IN_ALL; round++) {
      this.notice = undefined
      try {
        const action = await this.file.decide(this.entry !== undefined)
        await this.file.assertFeasible(action)
        const isDone = await this.execute(action)
        await this.tellLoser()
        return this.report(isDone ? 'done' : 'skipped', action.reason)
      } catch (error) {
        if (error instanceof LookAgainError && round < DECISIONS_IN_ALL) await this.waitAfter(error, round)
        else if (!(error instanceof DecideAgainError)) throw error
        else this.lost = undefined // it was not replaced
        await this.file.lookAgain()
      }
    }
    throw new DeferError('keeps changing')
  }

  /** Backs off as before any repeated request. */
  private async waitAfter({ delayMs = 0 }: LookAgainError, round: number): Promise<void> {
    const { clock } = this.context
    const ms = Math.max(delayMs, retryDelayMs(round, clock.random))
    await new Promise<void>((resolve) => clock.later(ms, resolve))
  }

  /** False where the report has nothing to tell as done. */
  private async execute(action: SyncAction): Promise<boolean> {
    const { seen } = this.file
    switch (action.action) {
      case 'CREATE':
      case 'UPDATE_ESPO':
        await this.windowsToEspo(action, seen)
        return true
      case 'UPLOAD_WINDOWS':
        await this.espoToWindows(action, seen)
        return true
      case 'DELETE':
        return this.delete(action, seen)
      case 'SKIP':
        await this.skip(action, seen)
        return action.renamed === true
    }
  }

  private async windowsToEspo(action: SyncAction, seen: Seen): Promise<void> {
    const { file, context } = this
    const windows = mustHave(seen.windows, seen)
    const { attachments } = context.systems.espo
    await this.archive(action, 'EspoCRM')
    const content = await file.readWindows()
    if (seen.document?.attachmentId) await this.tellWorse(content, seen)
    if (action.comesBack) this.say(action.reason)
    const attachmentId = await attachments.upload(content, file.path, await file.openSpool())
    this.bytes += content.size
    await this.agree(seen, windows.path, { hash: content.hash, usn: windows.usn, attachmentId })
  }

  /** PUT the file, then the History entry, then the base: a crash at any point leaves what the next run repairs. */
  private async espoToWindows(action: SyncAction, seen: Seen): Promise<void> {
    const { file, context } = this
    const document = mustHave(seen.document, seen)
    const attachmentId = mustHave(document.attachmentId, seen)
    const path = seen.windows?.path ?? file.path
    const content = await file.readEspo()
    await this.archive(action, 'Windows')
    if (seen.windows !== null) await this.tellWorse(content, seen)
    await context.systems.espo.expectUnmoved(document) // what was given to another Akte must not come here
    await file.assertWindowsUnmoved() // last: a PUT has no precondition, and what it overwrites unseen is lost
    const uploading = context.systems.watcher.uploadFile(context.aktennummer, path, content)
    const stored = await uploading.catch(async (error: unknown) => {
      if (!(error instanceof LookAgainError)) throw error
      const usn = await this.usnAfterUpload(path, content.hash) // only the answer may have been lost
      if (usn === null) throw error
      return { usn }
    })
    this.bytes += content.size
    await this.audit({
      side: 'Windows',
      document: document.id,
      hashBefore: seen.windowsHash,
      hashAfter: content.hash,
    })
    if (seen.windows === null && document.syncHash !== null)
      await context.systems.restores.note(context.aktennummer, path)
    const usn = stored.usn ?? (await this.usnAfterUpload(path, content.hash))
    if (action.entersHistory) await this.enterIntoHistory(path, document)
    await this.agree(seen, path, { hash: content.hash, usn, attachmentId })
  }

  /** Tells people about a content that is worse than what it replaces. It is carried over all the same: they may mean it. */
  private async tellWorse(content: Content, { document, windows }: Seen): Promise<void> {
    const { file, context } = this
    const windowsTime = Date.parse(windows?.modified ?? '')
    const attachedAt = parseEspoTime(await file.espoContentTime().catch(nullWhereLost))
    const isFromWindows = file.action?.source === 'Windows'
    // A file that was only touched has a time that says nothing of its content.
    const isOriginal = windows?.usn === document?.syncUsn
    const worse = context.utils.worseContent({
      size: content.size,
      isBlank: await isBlank(content),
      savedAt: isFromWindows ? windowsTime : attachedAt,
      replacedSavedAt: isFromWindows ? attachedAt : isOriginal ? windowsTime : Number.NaN,
    })
    if (worse !== null) this.say(worse)
  }

  private async delete(action: SyncAction, seen: Seen): Promise<boolean> {
    const { akteId, systems } = this.context
    const { espo, paths } = systems
    const document = mustHave(seen.document, seen)
    if (!action.archive)
      return this.record(
        document,
        this.withPath(document, { fileStatus: 'deleted', syncStatus: 'synced', syncMessage: null }),
      )
    await this.archive(action, 'EspoCRM')
    await this.file.assertWindowsUnmoved()
    await espo.expectUnmoved(document)
    await paths.forget(akteId, [pathKey(this.file.path)]) // nobody in EspoCRM deletes it
    await espo.deleteDokument(document.id)
    const change = { side: 'EspoCRM', document: document.id, hashBefore: document.syncHash } as const
    await this.audit({ ...change, hashAfter: null })
    return true
  }

  private async skip(action: SyncAction, seen: Seen): Promise<void> {
    const { document } = seen
    if (document === null) return
    if (!action.recordBase) {
      await this.record(document, this.statusOf(action, document))
      return
    }
    const { path, usn } = mustHave(seen.windows, seen)
    if (action.entersHistory) await this.enterIntoHistory(path, document)
    const hash = seen.windowsHash ?? mustHave(document.syncHash, seen)
    await this.agree(seen, path, { hash, usn, attachmentId: mustHave(document.attachmentId, seen) })
  }

  private statusOf(action: SyncAction, document: Dokument): DokumentChange {
    if (action.left) return this.leave(action, document)
    if (action.isTold) return { syncMessage: fullReasonText(action.reason, this.context.config.language) }
    if (action.keepsStatus) return emptyStatus(document)
    return clearStatus(document, this.wasThereAfterRun(document) ? OVER : [])
  }

  /** What the document says was there when a run ended: people could read it. A run that died tells nobody. */
  private wasThereAfterRun({ lastSync }: Dokument): boolean {
    const { lastRun } = this.context
    if (lastRun === undefined || lastSync === null) return true
    return lastRun !== null && lastSync <= lastRun
  }

  /** What is left alone says so, and that its sides differ as long as they do. */
  private leave({ left }: SyncAction, document: Dokument): DokumentChange {
    if (left === 'alike') return this.withPath(document, leftStatus(null))
    const place = this.withPath(document, {})
    this.notice = fullReasonText('left the History, the sides differ', this.context.config.language)
    return { ...place, ...leftStatus(this.notice) }
  }

  /** Both sides agree: writes the base, with a new attachment or on a new document where there is one. */
  private async agree(seen: Seen, path: string, agreement: Agreement): Promise<void> {
    const { document } = seen
    const agreed = baseOf(document, this.context.akteId, path, agreement)
    const base = this.withNotice({ ...agreed, ...(await this.formerVersions(document, path)) })
    let id = document?.id
    if (document === null) id = await this.create(path, agreement, base)
    else if (agreement.attachmentId === document.attachmentId) await this.record(document, base)
    else await this.replace(document, seen, agreement, base)
    const { akteId, systems } = this.context
    await systems.paths.note(akteId, new Map([[pathKey(path), id ?? '']]))
  }

  /**
   * What the archive has of the document, for its page: always from the archive's own index, so that what a crash kept
   * from being said is said with the next base. That it cannot be said is not worth failing the file for.
   */
  private async formerVersions(document: Dokument | null, path: string): Promise<DokumentChange> {
    const { aktennummer, systems, dokumente, config, logger } = this.context
    const { archive, espo } = systems
    if (!espo.keepsFormerVersions) return {}
    const place = { aktennummer, path, document: document?.id ?? null }
    const asked = new Map<string, Promise<boolean>>()
    const isGone = async (id: string) => {
      if (dokumente.has(id)) return false
      const asking = asked.get(id) ?? espo.isGone(id)
      asked.set(id, asking)
      return asking
    }
    try {
      const query = { ...place, isGone, most: VERSIONS_NAMED, archiveDays: config.archiveDays }
      const { versions, older } = await archive.formerVersions(query)
      const named = versions.map((version) => ({ ...version, savedAt: savedAtOf(version) }))
      return { syncFassungen: formerVersionsText({ aktennummer, path, versions: named, older }, config) }
    } catch (error) {
      logger.warn(`⚠️ The former versions of ${path} cannot be listed: ${describeError(error)}`)
      return {}
    }
  }

  /** Whatever becomes of a document that was renamed in EspoCRM: it has the path of its file. */
  private withPath(document: Dokument, change: DokumentChange): DokumentChange {
    if (this.file.pair.movedIn !== 'EspoCRM') return change
    return this.withNotice({ ...change, ...pathOf(document, this.file.path) })
  }

  /** A person whose renaming is taken back is told so. */
  private withNotice(base: DokumentChange): DokumentChange {
    if (this.file.pair.movedIn === 'EspoCRM' && base.dateipfad !== undefined)
      this.say('renamed in EspoCRM, Windows keeps its name')
    return this.notice === undefined ? base : { ...base, syncMessage: this.notice }
  }

  /** Something that people are told although all went well. */
  private say(reason: Reason): void {
    const text = fullReasonText(reason, this.context.config.language)
    this.notice = this.notice === undefined ? text : `${this.notice} ${text}`
  }

  /** Resolves to the id of the new document. */
  private async create(
    path: string,
    { attachmentId, hash }: Agreement,
    base: DokumentChange,
  ): Promise<string> {
    const { file, context, entry } = this
    const { espo } = context.systems
    await file.assertNoDocument().catch(async (error: unknown) => {
      await espo.attachments.delete(attachmentId)
      throw error
    })
    const dokument = {
      name: espoTitle(path),
      attachmentId,
      ...base,
      ...context.utils.shouldSyncMetadata(null, entry),
      lastSync: espoTime(context.clock.now()),
    }
    const creating = espo.createDokument(context.akteId, dokument, this.onMetadataRefused)
    const id = await creating.catch(async (error: unknown) => {
      if (!(error instanceof RetryLaterError)) throw error
      await context.dokumente.refresh() // only the answer may have been lost
      const made = context.dokumente.newDokumentAt(path)
      if (made?.attachmentId !== attachmentId) throw error
      return made.id
    })
    this.createdId = id
    await this.audit({ side: 'EspoCRM', document: id, hashBefore: null, hashAfter: hash })
    if (this.isMetadataRefused) await this.tellMetadataRefused(id)
    return id
  }

  private async replace(
    document: Dokument,
    { facts }: Seen,
    { attachmentId, hash }: Agreement,
    base: DokumentChange,
  ): Promise<void> {
    const { id, syncHash } = document
    const { espo } = this.context.systems
    const change = this.changeOf(document, base)
    await espo.replaceFile(document, attachmentId, change, this.onMetadataRefused)
    await this.audit({
      side: 'EspoCRM',
      document: id,
      hashBefore: facts.espoHash ?? syncHash,
      hashAfter: hash,
    })
    if (this.isMetadataRefused) await this.tellMetadataRefused(id)
  }

  /**
   * Writes what differs, metadata included, in one write; false when nothing does. Without a version number it is
   * written whatever the document has become.
   */
  private async record(
    document: Dokument,
    change: DokumentChange,
    version = document.versionNumber,
  ): Promise<boolean> {
    const differing = this.changeOf(document, change)
    const keys = Object.keys(differing)
    if (keys.length === 0) return false
    await this.context.systems.espo.updateDokument(document.id, differing, version, this.onMetadataRefused)
    if (differing.fileStatus === 'deleted' || !keys.every((key) => STATUS_ATTRIBUTES.includes(key))) {
      const { id, syncHash } = document
      const hashAfter = differing.syncHash ?? syncHash
      await this.audit({ side: 'EspoCRM', document: id, hashBefore: syncHash, hashAfter })
    }
    if (this.isMetadataRefused && differing.syncMessage == null) await this.tellMetadataRefused(document.id)
    return true
  }

  private changeOf(document: Dokument, change: DokumentChange): DokumentChange {
    const { akteId, utils, clock, config, systems } = this.context
    const metadata = utils.shouldSyncMetadata(document, this.entry)
    const refused = fullReasonText(METADATA_REFUSED, config.language)
    const isTriedAgain = Object.keys(systems.espo.kept(metadata)).length > 0
    const { syncMessage = document.syncMessage } = change
    const isOver = isTriedAgain && syncMessage === document.syncMessage
    const settled = isOver ? { syncMessage: withoutSentences(syncMessage, [refused]) } : {}
    const wanted = systems.espo.kept({ ...change, ...settled, ...metadata })
    const place = systems.espo.kept(placeOfBase(document, akteId, this.file.path))
    return changeOf(document, wanted, place, clock.now())
  }

  private readonly onMetadataRefused = () => {
    this.isMetadataRefused = true
  }

  /** The content has arrived, what Advoware says of it has not: the document says so, and so does the report. */
  private async tellMetadataRefused(id: string): Promise<void> {
    this.say(METADATA_REFUSED)
    await this.context.systems.espo.updateDokument(id, { syncMessage: this.notice ?? null })
  }

  /** Null when somebody saved over the upload already: then the next run sees a changed file. */
  private async usnAfterUpload(path: string, hash: string): Promise<number | null> {
    const { windows } = this.context
    await windows.refresh()
    const listed = windows.find(path)
    return listed?.blake3Hash === hash ? listed.usn : null
  }

  private async enterIntoHistory(path: string, document: Dokument): Promise<void> {
    const { aktennummer, systems } = this.context
    const name = document.name || fileName(path)
    this.entry = await systems.history.createHistoryEntry(aktennummer, { path, name })
    await this.audit({ side: 'Advoware', document: document.id, hashBefore: null, hashAfter: null })
  }

  /** Keeps the version of `side` before it is replaced, where nobody else has it or all are kept. */
  private async archive(action: SyncAction, side: Side): Promise<void> {
    const { file, context } = this
    const { document, windows } = file.seen
    const isPresent = side === 'Windows' ? windows !== null : document?.attachmentId != null
    if (!isPresent || (action.archive !== side && context.config.archive !== 'all')) return
    const content = await (side === 'Windows' ? file.readWindows() : this.readFormer(action))
    if (content === null) return
    await this.changes.archive(side, content, action)
    this.archived = side
    if (action.conflict !== undefined && action.archive === side) this.lost = await this.lostVersion(side)
  }

  /** `author`: who made it, as far as EspoCRM knows; Windows does not say who saved a file. */
  private async lostVersion(side: Side): Promise<LostVersion & { author: string | null }> {
    const { file } = this
    const times = {
      windowsModified: file.seen.windows?.modified ?? null,
      espoContentTime: await file.espoContentTime(),
    }
    const winner = side === 'Windows' ? 'EspoCRM' : 'Windows'
    const author = side === 'EspoCRM' ? await file.espoAuthor() : null
    return {
      ...{ side, author },
      savedAt: savedAtOf({ side, ...times }),
      replacedBy: savedAtOf({ side: winner, ...times }),
    }
  }

  /** A note for whoever follows the document, once the conflict is resolved on both sides; the only one the sync writes. */
  private async tellLoser(): Promise<void> {
    const { lost, context, file } = this
    const { document } = file.seen
    if (lost === undefined || document === null) return
    const { espo } = context.systems
    this.lost = undefined
    const mention = lost.author === null ? null : await espo.mentionOf(lost.author)
    const telling = { ...context.config, mention, isOnPage: espo.keepsFormerVersions }
    await espo.postNote(document.id, conflictNote(lost, telling))
  }

  /**
   * EspoCRM's version before it is replaced. One that both sides had agreed on and that EspoCRM has lost is no reason to
   * keep the next one from arriving: null, and people are told.
   */
  private async readFormer(action: SyncAction): Promise<Content | null> {
    try {
      return await this.file.readEspo()
    } catch (error) {
      const isLost = error instanceof NotFoundError || error instanceof DamagedError
      if (!isLost || action.archive === 'EspoCRM') throw error
      this.say('former version lost in EspoCRM')
      return null
    }
  }

  private audit(change: Change): Promise<void> {
    const { action = 'SKIP', reason = 'unchanged' } = this.file.action ?? {}
    return this.changes.audit(change, { action, reason })
  }

  /** Says on the document why nothing was done; that it cannot be said is not worth failing the run for. */
  private async notDone({ outcome, reason, message, detail }: ErrorOutcome): Promise<FileReport> {
    const { document } = this.file.seen
    const fileStatus = { flagged: 'conflict', deferred: 'deferred', failed: 'failed' }[outcome]
    const syncStatus = outcome === 'failed' ? 'failed' : 'unclean'
    let unsaid: string | undefined
    try {
      if (document) {
        const openBy = reason === 'open in another program' ? await this.file.openByText() : null
        const syncMessage = openBy ?? message
        await this.record(document, { fileStatus, syncStatus, syncMessage }, null)
      }
    } catch (error) {
      if (concernsRun(error)) throw error
      unsaid = describeError(error)
    }
    const details = [detail, unsaid].filter(Boolean).join('; ')
    return { ...this.report(outcome, reason), message, ...(details ? { detail: details } : {}) }
  }

  private report(outcome: FileReport['outcome'], reason: Reason): FileReport {
    const { archived, bytes, file, notice } = this
    const { action, conflict, isQuiet, reason: decided } = file.action ?? {}
    return {
      ...{ path: file.path, reason, outcome, bytes },
      action: outcome === 'flagged' ? 'SKIP' : (action ?? 'SKIP'),
      ...(archived ? { archived } : {}),
      ...(conflict && reason === decided ? { conflict } : {}),
      ...(isQuiet ? { isQuiet } : {}),
      ...(notice ? { message: notice } : {}),
    }
  }
}
