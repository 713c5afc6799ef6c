import type { Clock } from '../clock'
import type { Config } from '../config'
import {
  DecideAgainError,
  DeferError,
  describeError,
  FixAccessError,
  FlagError,
  InvalidInputError,
  LockLostError,
  RetryLaterError,
} from '../errors'
import { type DokumentChange, espoTime } from '../espo/espo-schemas'
import type { Systems } from '../systems'
import type { Dokument, HistoryEntry, MergeInput, SyncAction, WindowsFile } from './model'
import type { Pair } from './pairing'
import { espoTitle, fileName } from './paths'
import { type Reason, reasonText } from './reasons'
import type { FileReport } from './report'
import type { Spool, SpooledFile } from './spool'
import { historyMetadata, mergeThreeWay, parseEspoTime, shouldSyncMetadata } from './sync-utils'
import type { WindowsView } from './windows-view'

const DECISIONS_IN_ALL = 3
const DOWNLOADS_IN_ALL = 3
const LACKING_TRY_MS = 24 * 3600 * 1000

/** Everything one run shares between its files. */
export interface RunContext {
  aktennummer: string
  akteId: string
  config: Config['sync']
  systems: Systems
  clock: Pick<Clock, 'now'>
  windows: WindowsView
  spool: Spool
  /** Called before every write to a remote system. @throws LockLostError */
  fence: () => Promise<void>
}

/** What both sides agree on after an action. */
interface Agreement {
  hash: string
  usn: number | null
  attachmentId: string
}

/** Brings one path into agreement: decide, execute, record. Decides nothing itself. */
export class FileSync {
  private document: Dokument | null
  private windows: WindowsFile | null
  private facts: Pick<MergeInput, 'windowsHash' | 'espoHash' | 'espoContentTime'> = {}
  private espoContent: { attachmentId: string; content: SpooledFile } | undefined
  private bytes = 0
  private action: SyncAction | undefined
  private spool: Spool | undefined

  constructor(
    private readonly run: RunContext,
    private readonly pair: Pair,
    private entry: HistoryEntry | undefined,
  ) {
    this.document = pair.document
    this.windows = pair.windows
  }

  /**
   * Never throws for what concerns this file alone; the report says it, and so does the document in EspoCRM.
   * @throws LockLostError, FixAccessError: these concern the whole run
   */
  async sync(): Promise<FileReport> {
    try {
      return await this.syncAndReport()
    } finally {
      await this.spool?.close()
    }
  }

  private async syncAndReport(): Promise<FileReport> {
    try {
      if (this.pair.problem) {
        const { reason, detail } = this.pair.problem
        return await this.notDone('flagged', reason, detail)
      }
      return await this.decideAndExecute()
    } catch (error) {
      if (error instanceof LockLostError || error instanceof FixAccessError) throw error
      if (error instanceof DeferError) return this.notDone('deferred', error.message as Reason)
      if (error instanceof FlagError) return this.notDone('flagged', error.message as Reason)
      if (error instanceof InvalidInputError) {
        return this.notDone('flagged', 'a name Windows cannot have', error.message)
      }
      return this.notDone('failed', this.action?.reason ?? 'unchanged', describeError(error))
    }
  }

  private async decideAndExecute(): Promise<FileReport> {
    for (let round = 1; round <= DECISIONS_IN_ALL; round++) {
      try {
        this.action = await this.decide()
        this.deferWhileInUse(this.action)
        if (this.action.flag) return await this.notDone('flagged', this.action.reason)
        const change = await this.execute(this.action)
        const isWritten = change !== null && (await this.record(change))
        const isIdle =
          this.action.action === 'SKIP' || (this.action.action === 'DELETE' && change !== null && !isWritten)
        return this.report(isIdle ? 'skipped' : 'done', this.action.reason)
      } catch (error) {
        if (!(error instanceof DecideAgainError)) throw error
        await this.lookAgain()
      }
    }
    throw new DeferError('keeps changing' satisfies Reason)
  }

  private async decide(): Promise<SyncAction> {
    for (;;) {
      const inHistory = this.entry !== undefined
      const input = { document: this.document, windows: this.windows, inHistory, ...this.facts }
      const decision = mergeThreeWay(input, this.run.config.windowsDeletions)
      if (!('needs' in decision)) return decision
      if (decision.needs === 'windowsHash') {
        this.facts.windowsHash = (await this.readWindows(this.mustHave(this.windows))).hash
      } else if (decision.needs === 'espoHash') {
        this.facts.espoHash = (await this.readEspo()).hash
      } else {
        this.facts.espoContentTime = (
          await this.run.systems.espo.attachments.get(this.attachmentId())
        ).createdAt
      }
    }
  }

  private deferWhileInUse(action: SyncAction): void {
    const { windows, config } = this.run
    const movesBytes = action.needsDownload || action.needsUpload
    if (action.needsUpload && windows.isOpen(this.pair.path))
      throw new DeferError('open in another program' satisfies Reason)
    if (movesBytes && this.windows && windows.isFresh(this.windows, config.quietSeconds)) {
      throw new DeferError('just modified' satisfies Reason)
    }
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
    const windows = this.mustHave(this.windows)
    const { content, attachmentId } = await this.windowsToAttachment(windows)
    const agreement = { hash: content.hash, usn: windows.usn, attachmentId }
    await this.run.fence()
    await this.run.systems.espo.createDokument(this.run.akteId, {
      name: espoTitle(windows.path),
      attachmentId,
      ...this.baseOf(agreement),
      ...(this.entry ? historyMetadata(this.entry) : {}),
      lastSync: espoTime(this.run.clock.now()),
    })
    return null
  }

  private async updateEspo(action: SyncAction): Promise<null> {
    const document = this.mustHave(this.document)
    const windows = this.mustHave(this.windows)
    const { content, attachmentId } = await this.windowsToAttachment(windows)
    await this.archive(action, 'EspoCRM')
    await this.run.fence()
    const agreement = { hash: content.hash, usn: windows.usn, attachmentId }
    const change = this.changeOf(document, {
      ...this.baseOf(agreement),
      dateipfad: document.dateipfad ?? windows.path,
    })
    await this.run.systems.espo.replaceFile(document.id, document.attachmentId, attachmentId, change)
    return null
  }

  /** PUT the file, then the History entry (only if none names the path), then the base: see section 5. */
  private async uploadWindows(action: SyncAction): Promise<DokumentChange> {
    const content = await this.readEspo()
    const path = this.windows?.path ?? this.pair.path
    await this.assertWindowsUnmoved()
    await this.archive(action, 'Windows')
    await this.run.fence()
    const stored = await this.run.systems.watcher.uploadFile(this.run.aktennummer, path, content)
    this.bytes += content.size
    const usn = stored.usn ?? (await this.usnAfterUpload(path, content.hash))
    await this.enterIntoHistory(path)
    return this.baseOf({ hash: content.hash, usn, attachmentId: this.attachmentId() })
  }

  private async delete(action: SyncAction): Promise<DokumentChange | null> {
    const document = this.mustHave(this.document)
    if (!action.archive) return { fileStatus: 'deleted', syncStatus: 'synced', syncMessage: null }
    await this.assertWindowsUnmoved()
    await this.archive(action, 'EspoCRM')
    await this.run.fence()
    if ((await this.run.systems.espo.getDokument(document.id)).attachmentId !== document.attachmentId) {
      throw new DecideAgainError('the EspoCRM file was replaced meanwhile')
    }
    await this.run.systems.espo.deleteDokument(document.id)
    return null
  }

  private async skip(action: SyncAction): Promise<DokumentChange | null> {
    if (this.document === null) return null
    if (action.row === 12 || action.row === 13) return {}
    if (!action.recordBase) return { fileStatus: 'synced', syncStatus: 'synced', syncMessage: null }
    const windows = this.mustHave(this.windows)
    if (action.row === 6) await this.enterIntoHistory(windows.path)
    const hash = this.facts.windowsHash ?? windows.blake3Hash ?? this.mustHave(this.document.syncHash)
    return this.baseOf({ hash, usn: windows.usn, attachmentId: this.attachmentId() })
  }

  /** Writes what differs, metadata included, in one write; false when nothing does. */
  private async record(change: DokumentChange): Promise<boolean> {
    if (this.document === null) return false
    const differing = this.changeOf(this.document, change)
    if (Object.keys(differing).length === 0) return false
    await this.run.fence()
    await this.run.systems.espo.updateDokument(this.document.id, differing)
    return true
  }

  /**
   * What differs between the document and what it should be, with `lastSync` when anything does. An attribute that a
   * recently synced document still lacks is one that this installation does not have: it is not tried again for a day.
   */
  private changeOf(document: Dokument, wanted: DokumentChange): DokumentChange {
    const all = { ...wanted, ...shouldSyncMetadata(document, this.entry) } as Partial<Dokument>
    const isRecent = this.run.clock.now().getTime() - parseEspoTime(document.lastSync) < LACKING_TRY_MS
    const isLacking = (key: string) => isRecent && document.absent.has(key)
    const keys = (Object.keys(all) as (keyof Dokument)[]).filter(
      (key) => all[key] !== document[key] && !isLacking(key),
    )
    if (keys.length === 0) return {}
    return {
      ...Object.fromEntries(keys.map((key) => [key, all[key]])),
      lastSync: espoTime(this.run.clock.now()),
    }
  }

  /** The base, and the path by which the document stays the same when its file is replaced by one of another name. */
  private baseOf({ hash, usn, attachmentId }: Agreement): DokumentChange {
    return {
      dateipfad: this.document?.dateipfad ?? this.pair.path.replaceAll('/', '\\'),
      blake3hash: hash,
      syncHash: hash,
      syncUsn: usn,
      syncAttachmentId: attachmentId,
      fileStatus: 'synced',
      syncStatus: 'synced',
      syncMessage: null,
    }
  }

  private async windowsToAttachment(
    windows: WindowsFile,
  ): Promise<{ content: SpooledFile; attachmentId: string }> {
    const content = await this.readWindows(windows)
    await this.run.fence()
    const attachmentId = await this.run.systems.espo.attachments.upload(
      content,
      windows.path,
      await this.openSpool(),
    )
    this.bytes += content.size
    return { content, attachmentId }
  }

  /**
   * The Windows content, proven to be the listed one. A mismatch is listed again: moved on means decide again,
   * unchanged means damaged, three times in all.
   */
  private async readWindows(windows: WindowsFile): Promise<SpooledFile> {
    const { run } = this
    if (run.windows.isFresh(windows, run.config.quietSeconds))
      throw new DeferError('just modified' satisfies Reason)
    for (let attempt = 1; ; attempt++) {
      const content = await run.systems.watcher.downloadFile(run.aktennummer, windows, await this.openSpool())
      if (content.hash === windows.blake3Hash) return content
      await run.windows.refresh()
      const listed = run.windows.find(windows.path)
      if (listed?.usn !== windows.usn) throw new DecideAgainError(`${windows.path} changed while it was read`)
      const isAsListed = windows.blake3Hash === null && content.size === windows.size
      if (isAsListed && (listed.blake3Hash ?? content.hash) === content.hash) return content
      if (attempt === DOWNLOADS_IN_ALL) {
        throw new RetryLaterError(
          `Windows file ${windows.path} arrives damaged (Blake3 differs from the listing)`,
        )
      }
    }
  }

  /** The current attachment's content, read once per run. */
  private async readEspo(): Promise<SpooledFile> {
    const attachmentId = this.attachmentId()
    if (this.espoContent?.attachmentId !== attachmentId) {
      const { size } = await this.run.systems.espo.attachments.get(attachmentId)
      const content = await this.run.systems.espo.attachments.download(attachmentId, await this.openSpool())
      if (size !== null && size !== content.size) {
        throw new RetryLaterError(
          `EspoCRM file ${this.pair.path} has ${content.size} bytes instead of ${size}`,
        )
      }
      this.espoContent = { attachmentId, content }
    }
    return this.espoContent.content
  }

  private async assertWindowsUnmoved(): Promise<void> {
    await this.run.windows.refresh()
    const now = this.run.windows.find(this.windows?.path ?? this.pair.path)
    if (now?.usn !== this.windows?.usn)
      throw new DecideAgainError(`${this.pair.path} changed in Windows meanwhile`)
    if (this.run.windows.isOpen(this.pair.path))
      throw new DeferError('open in another program' satisfies Reason)
  }

  /** Null when somebody saved over the upload already: then the next run sees a changed file. */
  private async usnAfterUpload(path: string, hash: string): Promise<number | null> {
    await this.run.windows.refresh()
    const listed = this.run.windows.find(path)
    return listed?.blake3Hash === hash ? listed.usn : null
  }

  private async enterIntoHistory(path: string): Promise<void> {
    if (this.entry !== undefined) return
    await this.run.fence()
    this.entry = await this.run.systems.history.createHistoryEntry(this.run.aktennummer, {
      path,
      name: this.document?.name || fileName(path),
    })
  }

  /** Keeps the version of `side` before it is replaced, where nobody else has it or all are kept. */
  private async archive(action: SyncAction, side: 'Windows' | 'EspoCRM'): Promise<void> {
    const isPresent = side === 'Windows' ? this.windows !== null : this.document?.attachmentId != null
    if (!isPresent || (action.archive !== side && this.run.config.archive !== 'all')) return
    const content =
      side === 'Windows' ? await this.readWindows(this.mustHave(this.windows)) : await this.readEspo()
    await this.run.systems.archive.store(content, {
      aktennummer: this.run.aktennummer,
      path: this.pair.path,
      side,
      windowsHash: this.facts.windowsHash ?? this.windows?.blake3Hash ?? null,
      espoHash: this.facts.espoHash ?? this.document?.syncHash ?? null,
      windowsModified: this.windows?.modified ?? null,
      espoContentTime: this.facts.espoContentTime ?? null,
      reason: action.reason,
      archivedAt: this.run.clock.now().toISOString(),
    })
  }

  private async lookAgain(): Promise<void> {
    await this.run.windows.refresh()
    this.windows = this.run.windows.find(this.windows?.path ?? this.pair.path)
    this.facts = {}
    if (this.document === null) return
    try {
      this.document = await this.run.systems.espo.getDokument(this.document.id)
    } catch (error) {
      if (!(error instanceof DecideAgainError)) throw error
      this.document = null
    }
  }

  /** Says on the document why nothing was done; that it cannot be said is not worth failing the run for. */
  private async notDone(
    outcome: 'flagged' | 'deferred' | 'failed',
    reason: Reason,
    detail?: string,
  ): Promise<FileReport> {
    const fileStatus = { flagged: 'conflict', deferred: 'deferred', failed: 'failed' }[outcome]
    const syncStatus = outcome === 'failed' ? 'failed' : 'unclean'
    const text = [reasonText(reason, this.run.config.language), detail].filter(Boolean).join(': ')
    let trouble: string | undefined
    try {
      await this.record({ fileStatus, syncStatus, syncMessage: text })
    } catch (error) {
      if (error instanceof LockLostError || error instanceof FixAccessError) throw error
      trouble = describeError(error)
    }
    return this.report(outcome, reason, [detail, trouble].filter(Boolean).join('; ') || undefined)
  }

  private report(outcome: FileReport['outcome'], reason: Reason, detail?: string): FileReport {
    const action = outcome === 'flagged' ? 'SKIP' : (this.action?.action ?? 'SKIP')
    return { path: this.pair.path, action, reason, outcome, bytes: this.bytes, ...(detail ? { detail } : {}) }
  }

  private async openSpool(): Promise<Spool> {
    this.spool ??= await this.run.spool.child()
    return this.spool
  }

  private attachmentId(): string {
    return this.mustHave(this.document?.attachmentId)
  }

  /** What the decision promises to be there; its absence is a programming error. */
  private mustHave<T>(value: T | null | undefined): T {
    if (value == null) throw new Error(`The decision for ${this.pair.path} does not fit its facts`)
    return value
  }
}
