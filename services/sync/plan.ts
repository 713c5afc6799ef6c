import pLimit from 'p-limit'
import type { Runtime } from '../app/runtime'
import { DecideAgainError, FixAccessError, InvalidInputError, UnprovenError } from '../errors'
import { isAktennummer } from '../model/aktennummer'
import { DeferError } from '../model/file-errors'
import type { ActionName, Side, SyncAction } from '../model/model'
import { type Reason, reasonText } from '../model/reasons'
import type { Pair } from './decide/pairing'
import { outcomeOfError } from './execute/outcome-of-error'
import { AkteObserver, type AkteView, entryOf } from './observe/akte-observer'
import { mustHave, type Observation, ObservedFile } from './observe/observed-file'

/** What a sync would do with one file now. */
export interface PlannedFile {
  /** Below the Aktenordner, with `/`. */
  path: string
  /** `act`: something is moved, removed or renamed; `nothing`: it stays as it is; the others say why it has to wait. */
  outcome: 'act' | 'nothing' | 'deferred' | 'flagged' | 'failed'
  action: ActionName
  reason: Reason
  /** The reason for people, in their language. */
  message: string
  /** Bytes that would move to the other side. */
  bytes: number
  /** The side whose version would go to the archive. */
  archive?: Side
  /** Both sides had changed: the side that would win. */
  conflict?: Side
  /** The History would give the document other metadata. */
  metadata: boolean
}

/** What a sync of an Akte would do now. */
export interface AktePlan {
  aktennummer: string
  /** `stopped`: a safety stop would keep all of it from happening. `inactive`: this Akte is not synced. */
  state: 'ready' | 'stopped' | 'inactive'
  /** Why it is not ready; null when it is. */
  message: string | null
  /** Advoware archived the Akte: after this sync it is synced no more. */
  ablage: boolean
  files: PlannedFile[]
}

/**
 * Says what a sync would do, by the same decision that it executes, and writes nothing: no lock, no document, no set.
 * Contents are read only where the decision needs their hash.
 * @throws InvalidInputError for an Aktennummer that is malformed or unknown to EspoCRM; the errors of the systems
 */
export async function planAkte(
  { config, logger, systems }: Pick<Runtime, 'config' | 'logger' | 'systems'>,
  aktennummer: string,
): Promise<AktePlan> {
  if (!isAktennummer(aktennummer)) throw new InvalidInputError(`"${aktennummer}" is not an Aktennummer`)
  const akte = await systems.espo.findAkte(aktennummer)
  if (akte === null) throw new InvalidInputError(`EspoCRM knows no Akte ${aktennummer}`)
  if (!akte.isSynced) {
    const status = akte.status ?? '–'
    const message = {
      de: `Die Akte wird nicht synchronisiert (Status ${status}).`,
      en: `This Akte is not synced (status ${status}).`,
    }[config.sync.language]
    return { aktennummer, state: 'inactive', message, ablage: false, files: [] }
  }
  const observer = new AkteObserver({ logger }, systems, config.sync)
  const spool = await systems.openSpool()
  try {
    const observed = await observer.observe(aktennummer, akte.id, spool)
    const { stop, view: judged } = await observer.findSafetyStop(observed)
    const view = stop === null ? await observer.proveDocuments(judged) : judged
    const limit = pLimit(config.sync.transferConcurrency)
    const files = await Promise.all(view.pairs.map((pair) => limit(planFile, view, pair, stop !== null)))
    files.sort((a, b) => a.path.localeCompare(b.path, 'de'))
    const state = stop === null ? 'ready' : 'stopped'
    return { aktennummer, state, message: stop, ablage: view.ablage, files }
  } finally {
    await spool.close()
  }
}

async function planFile(view: AkteView, pair: Pair, isStopped: boolean): Promise<PlannedFile> {
  const { language } = view.config
  const file = new ObservedFile(view, pair)
  const entry = entryOf(view, pair)
  const nothing = { path: file.path, action: 'SKIP' as const, bytes: 0, metadata: false }
  try {
    const action = await file.decide(entry !== undefined)
    const { document } = file.seen
    await file.assertFeasible(action)
    return {
      ...nothing,
      outcome: action.action !== 'SKIP' || action.renamed ? 'act' : 'nothing',
      action: action.action,
      reason: action.reason,
      message: reasonText(action.reason, language),
      bytes: await bytesMoved(view, file, action),
      metadata: document !== null && Object.keys(view.utils.shouldSyncMetadata(document, entry)).length > 0,
      ...(action.archive ? { archive: action.archive } : {}),
      ...(action.conflict ? { conflict: action.conflict } : {}),
    }
  } catch (thrown) {
    const stopsRun = thrown instanceof UnprovenError && !isStopped // a stopped one has said why already
    if (thrown instanceof FixAccessError || stopsRun) throw thrown
    const isMoving = thrown instanceof DecideAgainError
    const error = isMoving ? new DeferError('keeps changing') : thrown
    const { outcome, reason, message } = outcomeOfError(
      error,
      pair,
      file.action?.reason ?? 'unchanged',
      language,
    )
    const action = outcome === 'flagged' ? 'SKIP' : (file.action?.action ?? 'SKIP')
    return { ...nothing, outcome, action, reason, message }
  } finally {
    await file.close()
  }
}

async function bytesMoved(run: Observation, file: ObservedFile, action: SyncAction): Promise<number> {
  if (action.needsDownload) return mustHave(file.seen.windows, file).size
  if (!action.needsUpload) return 0
  return (await run.systems.espo.attachments.get(file.attachmentId())).size ?? 0
}
