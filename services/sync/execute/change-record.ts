import type { Systems } from '../../app/systems'
import type { AuditEntry } from '../../audit/audit-line'
import type { Clock } from '../../clock'
import type { Content } from '../../content/spool'
import { type ArchiveRecord, archiveKind } from '../../model/archive-record'
import type { Side } from '../../model/model'
import type { ObservedFile } from '../observe/observed-file'

/** Of which run the changes are part. */
export interface ChangeContext {
  aktennummer: string
  /** Names the run in report and audit log. */
  runId: string
  systems: Pick<Systems, 'archive' | 'audit'>
  clock: Pick<Clock, 'now'>
}

/** What a change is and why it is made, as archive and audit log say it. */
export type Motive = Pick<AuditEntry, 'action' | 'reason'> & {
  /** The side whose content exists nowhere else. */
  archive?: Side
}

/** One change to a document, as the audit log says it; hashes are Blake3, null where there is no content. */
export type Change = Pick<AuditEntry, 'side' | 'document' | 'hashBefore' | 'hashAfter'>

/** Archives what changes of one path replace, and writes each change to the audit log. */
export class ChangeRecord {
  constructor(
    private readonly run: ChangeContext,
    private readonly file: ObservedFile,
  ) {}

  /** Keeps the content of `side`, which is about to be replaced. @throws RetryLaterError when the disk does not take it */
  async archive(side: Side, content: Content, { action, reason, archive }: Motive): Promise<void> {
    const { run, file } = this
    const { path, document, windows, windowsHash, facts } = file.seen
    const record: ArchiveRecord = {
      aktennummer: run.aktennummer,
      path,
      document: document?.id ?? null,
      side,
      kind: archiveKind({ action, loses: archive === side }, content.hash, document?.syncHash ?? null),
      windowsHash: side === 'Windows' ? content.hash : windowsHash,
      espoHash: side === 'EspoCRM' ? content.hash : (facts.espoHash ?? null),
      windowsModified: windows?.modified ?? null,
      espoContentTime: await file.espoContentTime(),
      decision: action,
      reason,
      archivedAt: run.clock.now().toISOString(),
    }
    await run.systems.archive.store(content, record)
  }

  /** One line in the audit log, as soon as a change has been made. */
  async audit(change: Change, { action, reason }: Motive): Promise<void> {
    const { aktennummer, runId, systems, clock } = this.run
    const { path } = this.file
    const time = clock.now().toISOString()
    await systems.audit.append({ time, run: runId, aktennummer, path, action, reason, ...change })
  }
}
