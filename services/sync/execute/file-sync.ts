import type { Systems } from '../../app/systems'
import type { AuditEntry } from '../../audit/audit-line'
import type { Clock } from '../../clock'
import type { Content } from '../../content/spool'
import {
  DecideAgainError,
  DeferError,
  describeError,
  FixAccessError,
  FlagError,
  LockLostError,
  LookAgainError,
  RetryLaterError,
} from '../../errors'
import type { DokumentChange } from '../../espo/espo-schemas'
import { espoTime } from '../../espo/espo-values'
import { retryDelayMs } from '../../http/http-client'
import type { HistoryEntry, SyncAction } from '../../model/model'
import { espoTitle, fileName } from '../../model/paths'
import { fullReasonText, type Reason } from '../../model/reasons'
import type { FileReport } from '../../model/report'
import { historyMetadata } from '../decide/history-metadata'
import type { Pair } from '../decide/pairing'
import { type Observation, ObservedFile } from '../observe/observed-file'
import { type Agreement, baseOf, changeOf, clearStatus, STATUS_ATTRIBUTES } from './dokument-change'
import { type ErrorOutcome, outcomeOfError } from './outcome-of-error'

const DECISIONS_IN_ALL = 3

/** Everything one run shares between its files. */
export interface RunContext extends Observation {
  systems: Systems
  /** Names the run in report and audit log. */
  runId: string
  akteId: string
  clock: Pick<Clock, 'now' | 'random' | 'later'>
}

/** Brings one path into agreement: has it decided, executes, records. Decides nothing itself. */
export class FileSync {
  private readonly file: ObservedFile
  private bytes = 0
  private archived: 'Windows' | 'EspoCRM' | undefined
  private notice: string | undefined

  constructor(
    private readonly run: RunContext,
    pair: Pair,
    entry: HistoryEntry | undefined,
  ) {
    this.file = new ObservedFile(run, pair, entry)
  }

  /**
   * Never throws for what concerns this file alone; the report says it, and so does the document in EspoCRM.
   * @throws LockLostError, FixAccessError: these concern the whole run
   */
  async sync(): Promise<FileReport> {
    try {
      return await this.decideAndExecute()
    } catch (error) {
      if (error instanceof LockLostError || error instanceof FixAccessError) throw error
      const intended = this.file.action?.reason ?? 'unchanged'
      return await this.notDone(outcomeOfError(error, this.file.pair, intended, this.run.config.language))
    } finally {
      await this.file.close()
    }
  }

  private async decideAndExecute(): Promise<FileReport> {
    for (let round = 1; round <= DECISIONS_IN_ALL; round++) {
      try {
        const action = await this.file.decide()
        if (action.flag) throw new FlagError(action.reason)
        const change = await this.execute(action)
        const isWritten = change !== null && (await this.record(change))
        const isRename = action.row === 14 || action.row === 15
        const isIdle =
          action.action === 'SKIP' ? !isRename : action.action === 'DELETE' && change !== null && !isWritten
        return this.report(isIdle ? 'skipped' : 'done', action.reason)
      } catch (error) {
        if (error instanceof LookAgainError && round < DECISIONS_IN_ALL) await this.waitAfter(error, round)
        else if (!(error instanceof DecideAgainError)) throw error
        await this.file.lookAgain()
      }
    }
    throw new DeferError('keeps changing' satisfies Reason)
  }

  /** Backs off as before any repeated request. */
  private async waitAfter({ delayMs = 0 }: LookAgainError, round: number): Promise<void> {
    const { clock } = this.run
    const ms = Math.max(delayMs, retryDelayMs(round, clock.random))
    await new Promise<void>((resolve) => clock.later(ms, resolve))
  }

  /** Resolves to what has to be written on the document, or null when everything is written already. */
  private async execute(action: SyncAction): Promise<DokumentChange | null> {
    switch (action.action) {
      case 'CREATE':
        return this.create()
      case 'UPDATE_ESPO':
        return this.updateEspo(action)
      case 'UPLOAD_WINDOWS':
        return this.uploadWindows(action)
      case 'DELETE':
        return this.delete(action)
      case 'SKIP':
        return this.skip(action)
    }
  }

  private async create(): Promise<null> {
    const { file, run } = this
    const { espo } = run.systems
    const windows = file.mustHave(file.windows)
    const { content, attachmentId } = await this.windowsToAttachment()
    await file.assertNoDocument().catch(async (error: unknown) => {
      await espo.attachments.delete(attachmentId)
      throw error
    })
    const dokument = {
      name: espoTitle(windows.path),
      attachmentId,
      ...this.agreed(windows.path, { hash: content.hash, usn: windows.usn, attachmentId }),
      ...(file.entry ? historyMetadata(file.entry) : {}),
      lastSync: espoTime(run.clock.now()),
    }
    const id = await espo.createDokument(run.akteId, dokument).catch(async (error: unknown) => {
      if (!(error instanceof RetryLaterError)) throw error
      await run.dokumente.refresh() // only the answer may have been lost
      const made = run.dokumente.movedTo(windows.path)
      if (made?.attachmentId !== attachmentId) throw error
      return made.id
    })
    await this.audit('EspoCRM', id, null, content.hash)
    return null
  }

  private async updateEspo(action: SyncAction): Promise<null> {
    const { file } = this
    const document = file.mustHave(file.document)
    const windows = file.mustHave(file.windows)
    await this.archive(action, 'EspoCRM')
    const { content, attachmentId } = await this.windowsToAttachment()
    const base = this.agreed(windows.path, { hash: content.hash, usn: windows.usn, attachmentId })
    const change = changeOf(document, base, file.entry, this.run.clock.now())
    await this.run.systems.espo.replaceFile(document, attachmentId, change)
    await this.audit('EspoCRM', document.id, file.facts.espoHash ?? document.syncHash, content.hash)
    return null
  }

  /** PUT the file, then the History entry (only if none names the path), then the base: see section 5. */
  private async uploadWindows(action: SyncAction): Promise<DokumentChange> {
    const { file, run } = this
    const content = await file.readEspo()
    const path = file.windows?.path ?? file.path
    await this.archive(action, 'Windows')
    await file.assertWindowsUnmoved()
    const uploading = run.systems.watcher.uploadFile(run.aktennummer, path, content)
    const stored = await uploading.catch(async (error: unknown) => {
      if (!(error instanceof LookAgainError)) throw error
      const usn = await this.usnAfterUpload(path, content.hash) // only the answer may have been lost
      if (usn === null) throw error
      return { usn }
    })
    this.bytes += content.size
    const before = file.facts.windowsHash ?? file.windows?.blake3Hash ?? null
    await this.audit('Windows', file.mustHave(file.document).id, before, content.hash)
    const usn = stored.usn ?? (await this.usnAfterUpload(path, content.hash))
    await this.enterIntoHistory(path)
    return this.agreed(path, { hash: content.hash, usn, attachmentId: file.attachmentId() })
  }

  private async delete(action: SyncAction): Promise<DokumentChange | null> {
    const { espo } = this.run.systems
    const document = this.file.mustHave(this.file.document)
    if (!action.archive) return { fileStatus: 'deleted', syncStatus: 'synced', syncMessage: null }
    await this.archive(action, 'EspoCRM')
    await this.file.assertWindowsUnmoved()
    await espo.expectUnmoved(document)
    await espo.deleteDokument(document.id)
    await this.audit('EspoCRM', document.id, document.syncHash, null)
    return null
  }

  private async skip(action: SyncAction): Promise<DokumentChange | null> {
    const { document, windows, facts } = this.file
    if (document === null) return null
    if (action.row === 12 || action.row === 13) return {}
    if (!action.recordBase) return clearStatus(document)
    const { path, usn, blake3Hash } = this.file.mustHave(windows)
    if (action.row === 6) await this.enterIntoHistory(path)
    const hash = facts.windowsHash ?? blake3Hash ?? this.file.mustHave(document.syncHash)
    return this.agreed(path, { hash, usn, attachmentId: this.file.attachmentId() })
  }

  /** The base of an agreement; a person whose renaming is taken back is told so. */
  private agreed(path: string, agreement: Agreement): DokumentChange {
    const base = baseOf(this.file.document, path, agreement)
    if (this.file.pair.movedIn !== 'EspoCRM' || base.dateipfad === undefined) return base
    this.notice = fullReasonText('renamed in EspoCRM, Windows keeps its name', this.run.config.language)
    return { ...base, syncMessage: this.notice }
  }

  /**
   * Writes what differs, metadata included, in one write; false when nothing does. Without a version number it is
   * written whatever the document has become.
   */
  private async record(
    change: DokumentChange,
    version = this.file.document?.versionNumber,
  ): Promise<boolean> {
    const { document, entry } = this.file
    if (document === null) return false
    const differing = changeOf(document, change, entry, this.run.clock.now())
    const keys = Object.keys(differing)
    if (keys.length === 0) return false
    await this.run.systems.espo.updateDokument(document.id, differing, version)
    if (differing.fileStatus === 'deleted' || !keys.every((key) => STATUS_ATTRIBUTES.includes(key))) {
      await this.audit('EspoCRM', document.id, document.syncHash, differing.syncHash ?? document.syncHash)
    }
    return true
  }

  private async windowsToAttachment(): Promise<{ content: Content; attachmentId: string }> {
    const { file, run } = this
    const content = await file.readWindows()
    const attachments = run.systems.espo.attachments
    const attachmentId = await attachments.upload(content, file.path, await file.openSpool())
    this.bytes += content.size
    return { content, attachmentId }
  }

  /** Null when somebody saved over the upload already: then the next run sees a changed file. */
  private async usnAfterUpload(path: string, hash: string): Promise<number | null> {
    await this.run.windows.refresh()
    const listed = this.run.windows.find(path)
    return listed?.blake3Hash === hash ? listed.usn : null
  }

  private async enterIntoHistory(path: string): Promise<void> {
    const { file, run } = this
    if (file.entry !== undefined) return
    const name = file.document?.name || fileName(path)
    file.entry = await run.systems.history.createHistoryEntry(run.aktennummer, { path, name })
    await this.audit('Advoware', file.document?.id ?? null, null, null)
  }

  /** Keeps the version of `side` before it is replaced, where nobody else has it or all are kept. */
  private async archive(action: SyncAction, side: 'Windows' | 'EspoCRM'): Promise<void> {
    const { file, run } = this
    const { document, windows, facts } = file
    const isPresent = side === 'Windows' ? windows !== null : document?.attachmentId != null
    if (!isPresent || (action.archive !== side && run.config.archive !== 'all')) return
    const content = side === 'Windows' ? await file.readWindows() : await file.readEspo()
    await run.systems.archive.store(content, {
      aktennummer: run.aktennummer,
      path: file.path,
      side,
      windowsHash: side === 'Windows' ? content.hash : (facts.windowsHash ?? windows?.blake3Hash ?? null),
      espoHash: side === 'EspoCRM' ? content.hash : (facts.espoHash ?? null),
      windowsModified: windows?.modified ?? null,
      espoContentTime: await file.espoContentTime(),
      decision: action.action,
      reason: action.reason,
      archivedAt: run.clock.now().toISOString(),
    })
    this.archived = side
  }

  /** One line for the audit log, as soon as a change has been made. */
  private async audit(
    side: AuditEntry['side'],
    document: string | null,
    hashBefore: string | null,
    hashAfter: string | null,
  ): Promise<void> {
    const { file, run } = this
    await run.systems.audit.append({
      time: run.clock.now().toISOString(),
      run: run.runId,
      aktennummer: run.aktennummer,
      path: file.path,
      document,
      side,
      action: this.file.action?.action ?? 'SKIP',
      reason: this.file.action?.reason ?? 'unchanged',
      hashBefore,
      hashAfter,
    })
  }

  /** Says on the document why nothing was done; that it cannot be said is not worth failing the run for. */
  private async notDone({ outcome, reason, message, detail }: ErrorOutcome): Promise<FileReport> {
    const fileStatus = { flagged: 'conflict', deferred: 'deferred', failed: 'failed' }[outcome]
    const syncStatus = outcome === 'failed' ? 'failed' : 'unclean'
    let unsaid: string | undefined
    try {
      await this.record({ fileStatus, syncStatus, syncMessage: message }, null)
    } catch (error) {
      if (error instanceof LockLostError || error instanceof FixAccessError) throw error
      unsaid = describeError(error)
    }
    const details = [detail, unsaid].filter(Boolean).join('; ')
    return { ...this.report(outcome, reason), message, ...(details ? { detail: details } : {}) }
  }

  private report(outcome: FileReport['outcome'], reason: Reason): FileReport {
    const action = outcome === 'flagged' ? 'SKIP' : (this.file.action?.action ?? 'SKIP')
    const { archived, bytes, file, notice } = this
    return {
      ...{ path: file.path, action, reason, outcome, bytes },
      ...(archived ? { archived } : {}),
      ...(notice ? { message: notice } : {}),
    }
  }
}
