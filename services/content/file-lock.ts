import { mkdir, readdir, readFile, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Clock, startTimer } from '../clock'
import { RetryLaterError } from '../errors'

/** A lock that does not change for this long belongs to a process that was killed. */
const STALE_MS = 10_000
const BEAT_MS = 2_000
/** The holder's own limit: after this long without a beat it may have been taken for dead. */
const TRUSTED_MS = STALE_MS - 2 * BEAT_MS
const ASK_EVERY_MS = { first: 5, most: 250 }

type LockClock = Pick<Clock, 'now' | 'monotonic' | 'random' | 'token' | 'later' | 'wait'>

/** A lock that this process holds. */
export interface HeldLock {
  /**
   * To be asked right before what must not happen twice at once.
   * @throws RetryLaterError when this process stood still for so long that another one may have taken over
   */
  assertHeld(): Promise<void>
}

/**
 * Runs `work` while no other process runs any under the same path, on this machine or on another one that shares the
 * folder; the path need not exist, its folder must.
 *
 * The lock is the folder `<path>.lock` with one file in it, named by its holder. A folder that is complete is renamed
 * to that name, which succeeds only while nothing or an empty folder is there. The holder counts in its file every two
 * seconds. Whoever waits and sees the same file with the same count for ten seconds of its own monotonic time removes
 * that very file: no file's time is compared with any clock, and no file of a later holder can be hit.
 *
 * @throws RetryLaterError from `assertHeld`; what `work` throws; errors of the file system
 */
export async function withFileLock<T>(
  path: string,
  clock: LockClock,
  work: (lock: HeldLock) => Promise<T>,
): Promise<T> {
  const folder = `${path}.lock`
  const holder = clock.token()
  await acquire(folder, holder, clock)
  const beat = new Beat(join(folder, holder), clock)
  try {
    return await work(beat)
  } finally {
    await beat.end()
    await unlink(join(folder, holder)).catch(ignoreMissing)
    await rmdir(folder).catch(() => {}) // somebody else's by now, or left empty, which is free
  }
}

async function acquire(folder: string, holder: string, clock: LockClock): Promise<void> {
  let seen: { text: string; passed: () => number } | undefined
  for (let pauseMs = ASK_EVERY_MS.first; ; pauseMs = Math.min(pauseMs * 1.5, ASK_EVERY_MS.most)) {
    const sign = await signOf(folder)
    if (sign === undefined) {
      if (await take(folder, holder)) return
    } else if (sign.text !== seen?.text) seen = { text: sign.text, passed: startMonotonic(clock) }
    else if (seen.passed() > STALE_MS) await unlink(join(folder, sign.holder)).catch(ignoreMissing)
    await clock.wait(pauseMs * (0.5 + clock.random()))
  }
}

/** False: somebody else was faster. */
async function take(folder: string, holder: string): Promise<boolean> {
  const own = `${folder}.${holder}`
  await mkdir(own, { mode: 0o700 })
  let isTaken = false
  try {
    await writeFile(join(own, holder), '0', { mode: 0o600 })
    isTaken = await isRenamed(own, folder)
  } finally {
    if (!isTaken) await rm(own, { recursive: true, force: true })
  }
  return isTaken
}

/** Only monotonic time: a clock that is set forward must not make a living holder look dead. */
function startMonotonic(clock: Pick<Clock, 'monotonic'>): () => number {
  const start = clock.monotonic()
  return () => clock.monotonic() - start
}

/** False: somebody else holds the lock. */
async function isRenamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to)
    return true
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (['ENOTEMPTY', 'EEXIST'].includes(code)) return false // whether or not its holder has left since
    if (['EPERM', 'EACCES', 'ENOTDIR'].includes(code) && (await isThere(to))) return false
    throw error
  }
}

const isThere = (folder: string) =>
  readdir(folder).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  )

/** Who holds the lock and how far it has counted; undefined: nobody does. */
async function signOf(folder: string): Promise<{ holder: string; text: string } | undefined> {
  try {
    const [holder] = await readdir(folder)
    if (holder !== undefined)
      return { holder, text: `${holder} ${await readFile(join(folder, holder), 'utf8')}` }
    await rmdir(folder) // Windows does not rename onto an empty folder
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error
  }
  return undefined
}

/** Counts in the holder's file, so that others see that it lives. */
class Beat implements HeldLock {
  private count = 0
  private passed: () => number
  private isEnded = false
  private cancel = () => {}
  private writing: Promise<void> = Promise.resolve()

  constructor(
    private readonly file: string,
    private readonly clock: LockClock,
  ) {
    this.passed = startTimer(clock)
    this.schedule()
  }

  async assertHeld(): Promise<void> {
    if (this.passed() < TRUSTED_MS) return
    await this.beat()
    if (this.passed() >= TRUSTED_MS) throw new RetryLaterError(`The lock ${this.file} was lost`)
  }

  async end(): Promise<void> {
    this.isEnded = true
    this.cancel()
    await this.writing
  }

  /** Only while the file is there: it is never made again once another process has removed it. */
  private async beat(): Promise<void> {
    const passed = startTimer(this.clock)
    this.count += 1
    try {
      await writeFile(this.file, `${this.count}`, { flag: 'r+' })
      this.passed = passed
    } catch {
      // taken over, or a disk that does not answer: `assertHeld` says so
    }
  }

  private schedule(): void {
    if (this.isEnded) return
    this.cancel = this.clock.later(BEAT_MS, () => {
      this.writing = this.beat().then(() => this.schedule())
    })
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
