import type { Systems } from '../../app/systems'
import type { Config } from '../../config'
import type { Content, Spool } from '../../content/spool'
import { CutOffError, DecideAgainError, DeferError, FlagError, RetryLaterError } from '../../errors'
import type { Dokument, HistoryEntry, MergeInput, SyncAction, WindowsFile } from '../../model/model'
import type { Reason } from '../../model/reasons'
import { mergeThreeWay } from '../decide/decision-table'
import type { Pair } from '../decide/pairing'
import type { DokumenteView } from './dokumente-view'
import type { WindowsView } from './windows-view'

const DOWNLOADS_IN_ALL = 3

/** What is needed to look at the files of one Akte; enough for a decision, nothing that writes to a document. */
export interface Observation {
  aktennummer: string
  config: Config['sync']
  systems: Pick<Systems, 'watcher' | 'espo'>
  windows: WindowsView
  dokumente: DokumenteView
  spool: Spool
}

const defer = (reason: Reason) => new DeferError(reason)

/**
 * One path as both sides have it: reads, verifies and asks for the decision, and writes nothing. A fact that was read is
 * not read again until `lookAgain`.
 */
export class ObservedFile {
  document: Dokument | null
  windows: WindowsFile | null
  facts: Pick<MergeInput, 'windowsHash' | 'espoHash' | 'espoContentTime'>
  /** What was decided last, even if it has to wait. */
  action: SyncAction | undefined
  private espoContent: { attachmentId: string; content: Content } | undefined
  private spool: Spool | undefined

  constructor(
    private readonly run: Observation,
    readonly pair: Pair,
    /** The History entry that names the path. */
    public entry: HistoryEntry | undefined,
  ) {
    this.document = pair.document
    this.windows = pair.windows
    this.facts = { ...pair.facts }
  }

  get path(): string {
    return this.pair.path
  }

  /**
   * What has to be done; a fact that the decision needs is read.
   * @throws FlagError, DeferError, DecideAgainError, RetryLaterError
   */
  async decide(): Promise<SyncAction> {
    const { problem, wait, movedIn } = this.pair
    if (problem) throw new FlagError(problem.reason)
    if (wait) throw defer(wait)
    for (;;) {
      const { document, windows, entry } = this
      const input = { document, windows, inHistory: entry !== undefined, movedIn, ...this.facts }
      const decision = mergeThreeWay(input, this.run.config.windowsDeletions)
      if ('needs' in decision) await this.read(decision.needs)
      else {
        this.action = decision
        this.deferWhileInUse(decision)
        return decision
      }
    }
  }

  private async read(fact: keyof ObservedFile['facts']): Promise<void> {
    if (fact === 'windowsHash') this.facts.windowsHash = (await this.readWindows()).hash
    else if (fact === 'espoHash') this.facts.espoHash = (await this.readEspo()).hash
    else await this.espoContentTime()
  }

  /** While Word saves, the file is gone for a moment: what is open is not taken for deleted either. */
  private deferWhileInUse({ action, needsUpload, needsDownload }: SyncAction): void {
    const { windows, config } = this.run
    if ((needsUpload || action === 'DELETE') && windows.isOpen(this.path))
      throw defer('open in another program')
    const movesBytes = needsDownload || needsUpload
    if (movesBytes && this.windows && windows.isFresh(this.windows, config.quietSeconds)) {
      throw defer('just modified')
    }
  }

  /**
   * The Windows content, proven to be the listed one. A mismatch is listed again: moved on means decide again, still
   * moving means wait, unchanged means damaged, three times in all.
   */
  async readWindows(): Promise<Content> {
    const { run } = this
    const windows = this.mustHave(this.windows)
    if (run.windows.isFresh(windows, run.config.quietSeconds)) throw defer('just modified')
    for (let attempt = 1; ; attempt++) {
      const content = await this.downloadWindows(windows)
      if (!(content instanceof CutOffError) && content.hash === windows.blake3Hash) return content
      await run.windows.refresh()
      const listed = run.windows.find(windows.path)
      if (content instanceof CutOffError) {
        if (listed?.usn !== windows.usn) throw defer('changed while being read')
        if (attempt === DOWNLOADS_IN_ALL) throw content
        continue
      }
      if (listed?.usn !== windows.usn) {
        if (listed && listed.size !== content.size) throw defer('changed while being read')
        throw new DecideAgainError(`${windows.path} changed while it was read`)
      }
      const isAsListed = windows.blake3Hash === null && content.size === windows.size
      if (isAsListed && (listed.blake3Hash ?? content.hash) === content.hash) return content
      if (attempt < DOWNLOADS_IN_ALL) continue
      if (content.size !== windows.size) throw defer('changed while being read')
      throw new RetryLaterError(
        `Windows file ${windows.path} arrives damaged (Blake3 differs from the listing)`,
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
    if (this.document?.attachmentId == null) return null
    this.facts.espoContentTime ??= (
      await this.run.systems.espo.attachments.get(this.document.attachmentId)
    ).createdAt
    return this.facts.espoContentTime
  }

  /** The current attachment's content; each attachment is read once. */
  async readEspo(): Promise<Content> {
    const attachmentId = this.attachmentId()
    if (this.espoContent?.attachmentId !== attachmentId) {
      const { size, createdAt } = await this.run.systems.espo.attachments.get(attachmentId)
      this.facts.espoContentTime = createdAt
      this.espoContent = { attachmentId, content: await this.downloadEspo(attachmentId, size) }
    }
    return this.espoContent.content
  }

  /**
   * EspoCRM knows no hash: the size must fit, and a content that is not the one synced under this very attachment is
   * believed only when it arrives twice alike, because damage does not repeat itself.
   */
  private async downloadEspo(attachmentId: string, size: number | null): Promise<Content> {
    const { syncAttachmentId, syncHash } = this.mustHave(this.document)
    const expected = syncAttachmentId === attachmentId ? syncHash : null
    let before: string | undefined
    for (let attempt = 1; ; attempt++) {
      try {
        const content = await this.run.systems.espo.attachments.download(attachmentId, await this.openSpool())
        if (size !== null && size !== content.size) {
          throw new CutOffError(`EspoCRM file ${this.path} has ${content.size} bytes instead of ${size}`)
        }
        if (expected === null || content.hash === expected || content.hash === before) return content
        if (attempt === DOWNLOADS_IN_ALL) {
          throw new RetryLaterError(`EspoCRM file ${this.path} arrives damaged (Blake3 differs each time)`)
        }
        before = content.hash
      } catch (error) {
        if (!(error instanceof CutOffError) || attempt === DOWNLOADS_IN_ALL) throw error
      }
    }
  }

  /** Looks at the Windows side again, just before it is written. @throws DecideAgainError, DeferError */
  async assertWindowsUnmoved(): Promise<void> {
    const { windows, config } = this.run
    await windows.refresh()
    const now = windows.find(this.windows?.path ?? this.path)
    if (now?.usn !== this.windows?.usn)
      throw new DecideAgainError(`${this.path} changed in Windows meanwhile`)
    if (windows.isOpen(this.path)) throw defer('open in another program')
    if (now && windows.isFresh(now, config.quietSeconds)) throw defer('just modified')
  }

  /** Looks for a document that was made for this path meanwhile. @throws DecideAgainError when there is one */
  async assertNoDocument(): Promise<void> {
    await this.run.dokumente.refresh()
    if (this.run.dokumente.movedTo(this.path) !== null) {
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
    if (this.windows !== null && listed === null) throw defer('vanished during the sync')
    this.windows = listed
    this.facts = {}
    const before = this.document ?? this.run.dokumente.movedTo(this.path)
    if (before === null) return
    this.document = await this.run.systems.espo.getDokument(before.id).catch((error: unknown) => {
      if (error instanceof DecideAgainError) return null
      throw error
    })
    if (this.document !== null && this.document.path !== before.path) throw defer('keeps changing')
  }

  /** The attachment that the document has, as far as it is known. */
  attachmentId(): string {
    return this.mustHave(this.document?.attachmentId)
  }

  /** What the decision promises to be there; its absence is a programming error. */
  mustHave<T>(value: T | null | undefined): T {
    if (value == null) throw new Error(`The decision for ${this.path} does not fit its facts`)
    return value
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
