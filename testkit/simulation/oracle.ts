import type { EspoRecord } from '../../sandbox/espo/schema'
import type { Config } from '../../services/config'
import { WAITING } from '../../services/queue/akten-queue'
import { KEYS } from '../../services/redis/keys'
import { blake3 } from './content'
import type { Crm } from './crm'
import { lockKey } from './instance'
import type { Reply } from './lua'
import type { Kept } from './memory-archive'
import type { MemoryRedis } from './memory-redis'
import type { Practice } from './practice'
import { keyOf, type Share, type ShareFile } from './share'

/** The longest that a command may be on its way: what was true at the guard may be this old at the write. */
const GUARD_AGE_MS = 41_000
/** Another file's listing may be that much younger than the one by which a document was removed. */
const LATE_MS = 41_000
/** A crash is repaired within two minutes, and seen at the next tick. */
const ABANDONED_MS = 120_000 + 15_000

interface World {
  share: Share
  crm: Crm
  practice: Practice
  redis: MemoryRedis
  archive: Map<string, Kept>
  config: Config
  akten: string[]
  tell(line: string): void
}

/**
 * Watches that the promises of docs/architecture.md hold at every moment of a simulation, and that no version of a
 * document is lost. What it finds is a sentence in `problems`.
 */
export class Oracle {
  readonly problems: string[] = []
  /** Saves that fell between the last look and a PUT or DELETE: neither has a precondition that could prevent it. */
  unavoidable = 0
  /** Versions that an administrator brings back, wherever their document is. */
  readonly restored = new Set<string>()
  /** Requests that changed a document, a file or the History, since the last count. */
  changes = 0
  /** Contents that both sides had at one time under one path. */
  private readonly agreed = new Set<string>()
  /** Contents that a person replaced or deleted, where they were current. */
  private readonly givenUp = new Set<string>()
  /** Akten into which people brought a content, by content. */
  private readonly broughtTo = new Map<string, Set<string>>()
  /** Listings that each run has seen: when they were made, and when they arrived. */
  private readonly looks = new Map<string, { madeAt: number; arrivedAt: number }[]>()
  private readonly guardedAt = new Map<string, number>()
  /** When the listing was made by which a run decided on a request. */
  private readonly lookBefore = new Map<string, number>()
  private readonly guardPassed = new Map<string, number>()
  private readonly wanted = new Map<string, number>()
  private readonly covered = new Map<string, number>()
  private readonly inProcessingSince = new Map<string, number>()

  constructor(private readonly world: World) {
    const { share, crm } = world
    share.overwriting = (akte, path, lost, content, from) =>
      this.fileOverwritten(akte, path, lost, content, from)
    share.givenUp = (content) => this.givenUp.add(content)
    crm.givenUp = (content) => this.givenUp.add(content)
    share.changed = (akte, path) => this.noteAgreement(akte, path)
    share.saved = (akte, content) => this.bring(akte, content)
    share.stored = (akte, path, content, from) => this.fileStored(akte, path, content, from)
    crm.brought = (akteId, content) => {
      const akte = world.akten.find((one) => crm.akteId(one) === akteId)
      if (akte) this.bring(akte, content)
    }
    crm.madeAgain = (document) =>
      this.problem(`the product made a document again that it may not read: ${crm.path(document)}`)
    share.refused = (path) => this.problem(`the product asks Windows for "${path}"`)
    crm.erasing = (...erased) => this.fileErased(...erased)
    crm.changed = (akteId, path) => {
      const akte = world.akten.find((one) => crm.akteId(one) === akteId)
      if (akte) this.noteAgreement(akte, path)
    }
  }

  private bring(akte: string, content: string): void {
    const akten = this.broughtTo.get(content) ?? new Set()
    this.broughtTo.set(content, akten.add(akte))
  }

  /** Nothing of one Akte ever reaches the folder of another. */
  private fileStored(akte: string, path: string, content: string, from: string): void {
    if (!this.broughtTo.get(content)?.has(akte))
      this.problem(`the product puts "${content}" into ${akte} ${path}, where nobody brought it`)
    else if (!this.restored.has(blake3(content)) && this.world.crm.isKnownElsewhere(akte, content, from))
      this.problem(
        `the product puts "${content}" into ${akte} ${path}, after its document was given to another Akte`,
      )
  }

  /** A person, or the watcher, added the Akte to pending. */
  requested(akte: string): void {
    this.wanted.set(akte, (this.wanted.get(akte) ?? 0) + 1)
    this.checkSets()
  }

  /** A script was evaluated: follows locks, claims and ends. */
  evaluated(name: string, args: string[], reply: Reply): void {
    if (name === 'RENEW' && reply === 1) this.guardPassed.set(args[0] ?? '', Date.now())
    if (name === 'ACQUIRE' && reply === '') this.guardPassed.set(args[0] ?? '', Date.now())
    if (name === 'CLAIM' && Array.isArray(reply) && reply[0] === 'claimed') {
      this.covered.set(args[1] ?? '', this.wanted.get(args[0] ?? '') ?? 0)
    }
    if (name === 'CLAIM_NEXT' && Array.isArray(reply) && typeof reply[0] === 'string') {
      this.covered.set(args[0] ?? '', this.wanted.get(reply[0]) ?? 0)
    }
    const isOver = args[2] === 'done' || args[2] === 'dropped'
    if (name === 'SETTLE' && reply === 1 && isOver) this.done(args[0] ?? '', args[1] ?? '')
    this.checkSets()
  }

  /** A listing of the share has arrived. Who looked at a share that is not there saw nothing of it. */
  listed(from: string, madeAt: number): void {
    const look = {
      madeAt: this.world.share.wasMounted(madeAt) ? madeAt : Number.NEGATIVE_INFINITY,
      arrivedAt: Date.now(),
    }
    this.looks.set(from, [...(this.looks.get(from) ?? []), look])
  }

  /** The guard let a request pass; it is sent at once. */
  guarded(from: string, askedAt: number): void {
    this.guardedAt.set(from, askedAt)
  }

  /** A request that changes something is handed to the network. */
  sent(label: string, from: string): void {
    const age = Date.now() - (this.guardPassed.get(from) ?? Number.NEGATIVE_INFINITY)
    if (age > GUARD_AGE_MS) this.problem(`${from} writes without a guard (the last one was ${age} ms ago)`)
    const askedAt = this.guardedAt.get(from) ?? 0
    const look = this.looks.get(from)?.findLast(({ arrivedAt }) => arrivedAt <= askedAt)
    this.lookBefore.set(`${from} ${label}`, look?.madeAt ?? Number.NEGATIVE_INFINITY)
  }

  /** A request that changes something takes effect. */
  takesEffect(method: string, label: string, from: string): void {
    const akte = from.split(' ')[0] ?? ''
    if (!label.includes('/CAkten/') && !label.endsWith('/Token')) this.changes++
    const holder = this.world.redis.command(['GET', lockKey(this.world.config, akte)])
    if (typeof holder === 'string' && holder !== from && holder.split(' ')[0] === akte) {
      this.problem(`${method} ${label} of ${from} takes effect while ${holder} syncs the same Akte`)
    }
  }

  /** From time to time: nobody is left behind in processing. */
  checkAbandoned(isAnybodyAlive: boolean): void {
    const processing = new Set(this.world.redis.members(KEYS.processing))
    for (const akte of this.inProcessingSince.keys()) {
      if (!processing.has(akte) || !isAnybodyAlive) this.inProcessingSince.delete(akte)
    }
    for (const akte of processing) {
      const lease = this.world.redis.command(['HGET', KEYS.leases, akte])
      const until = Number(String(lease).split('|')[1] ?? 0)
      if (until > this.world.redis.now() || !isAnybodyAlive) this.inProcessingSince.delete(akte)
      else if (!this.inProcessingSince.has(akte)) this.inProcessingSince.set(akte, Date.now())
      const since = this.inProcessingSince.get(akte)
      if (since !== undefined && Date.now() - since > ABANDONED_MS) {
        this.problem(`${akte} stays in processing without anybody who answers for it`)
      }
    }
  }

  problem(text: string): void {
    this.world.tell(`❗ ${text}`)
    if (this.problems.length < 20) this.problems.push(text)
  }

  private done(akte: string, owner: string): void {
    // The cron step ends what waits for a worker when its Akte is not to be synced any more.
    const isCovered = owner === WAITING || (this.covered.get(owner) ?? 0) >= (this.wanted.get(akte) ?? 0)
    if (isCovered) this.wanted.delete(akte)
  }

  /** Promise 1: what was added is pending, in processing, failed or stopped until a sync of it succeeded. */
  private checkSets(): void {
    const { redis } = this.world
    for (const akte of this.wanted.keys()) {
      const stands =
        redis.command(['SISMEMBER', KEYS.pending, akte]) === 1 ||
        redis.command(['SISMEMBER', KEYS.processing, akte]) === 1 ||
        redis.command(['HEXISTS', KEYS.failed, akte]) === 1 ||
        redis.command(['HEXISTS', KEYS.stopped, akte]) === 1
      if (!stands) {
        this.problem(`${akte} was added and stands nowhere`)
        this.wanted.delete(akte)
      }
    }
  }

  private fileOverwritten(akte: string, path: string, lost: ShareFile, content: string, from: string): void {
    if (lost.content === content || this.isSafe(akte, lost.content, 'EspoCRM')) return
    const look = this.lookBefore.get(`${from} PUT windows/files/${akte}/${path}`) ?? 0
    if (lost.savedBy === 'person' && lost.savedAt >= look) {
      this.unavoidable++
      return
    }
    this.problem(`the product lost "${lost.content}" of ${akte} ${path} on Windows, replaced by "${content}"`)
  }

  private fileErased(document: EspoRecord, lost: string, from: string, isRemoved: boolean): void {
    const akte = from.split(' ')[0] ?? ''
    const home = this.world.crm.home(document)
    const file = this.world.share.find(akte, home)
    const look = this.lookBefore.get(`${from} DELETE espocrm/api/v1/CDokumente/${document.id}`) ?? 0
    if (isRemoved && file && file.savedAt < look - LATE_MS) {
      this.problem(`the product removed the document of ${akte} ${file.path}, which is on Windows`)
    }
    if (this.isSafe(akte, lost, 'Windows')) return
    // EspoCRM deletes without a precondition, but softly: an administrator gets the document back.
    if (isRemoved && this.world.crm.isUnseen(document, from)) {
      this.unavoidable++
      return
    }
    this.problem(`the product lost "${lost}" of ${akte} ${this.world.crm.path(document)} in EspoCRM`)
  }

  /** Kept in the archive, current on the other side, given up by a person, or agreed on before it was replaced. */
  private isSafe(akte: string, content: string, other: 'Windows' | 'EspoCRM'): boolean {
    const { archive, config, share, crm } = this.world
    if (archive.has(blake3(content)) || this.givenUp.has(content)) return true
    const elsewhere =
      other === 'Windows'
        ? share.files(akte).map((file) => file.content)
        : crm.documents(akte).map((document) => crm.content(document))
    if (elsewhere.includes(content)) return true
    return config.sync.archive === 'conflicts' && this.agreed.has(content)
  }

  private noteAgreement(akte: string, path: string): void {
    const { share, crm } = this.world
    const key = keyOf(path)
    const onWindows = share.files(akte).find((file) => keyOf(file.path) === key)
    if (!onWindows) return
    const inEspo = crm.documents(akte).find((document) => keyOf(crm.path(document)) === key)
    if (inEspo && crm.content(inEspo) === onWindows.content) this.agreed.add(onWindows.content)
  }
}
