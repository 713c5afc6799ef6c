import type { Readable } from 'node:stream'
import type { AxiosInstance } from 'axios'
import { z } from 'zod'
import type { Config } from '../config'
import { AS_STREAM, type Content, contentLength, type Spool } from '../content/spool'
import {
  DecideAgainError,
  FileAccessError,
  FixAccessError,
  LookAgainError,
  NotFoundError,
  RetryLaterError,
} from '../errors'
import {
  createHttp,
  LONGEST_WAIT_MS,
  misfit,
  ONCE,
  parseAnswer,
  reasonIn,
  send,
  statusOf,
} from '../http/http-client'
import { assertNotEndless, lengthOf } from '../http/request-limits'
import { DeferError, FlagError } from '../model/file-errors'
import type { WindowsFile } from '../model/model'
import { assertInsideFolder, toSlashes } from '../model/paths'
import type { ServiceContext } from '../model/service-context'

const SYSTEM = 'Windows watcher'
/** Long enough for the watcher to hash a large file before it answers. */
const STORE_TIMEOUT_MS = 300_000

const usnSchema = z
  .union([z.number(), z.string().regex(/^\d+$/, 'not a number').transform(Number)])
  .refine(
    (usn) => Number.isSafeInteger(usn) && usn >= 0,
    'not a whole number from 0 on that can be represented',
  )

const hashSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/i, 'not 64 hex digits')
  .transform((hash) => hash.toLowerCase())

/** Which file an entry of a listing is about. */
const nameSchema = z.object({ filename: z.string().min(1), path: z.string().min(1).nullish() })

const pathsOf = ({ filename, path }: z.output<typeof nameSchema>) => ({
  path: toSlashes(path ?? filename),
  watcherPath: path ?? filename,
})

/** One file of a listing (docs/contracts.md, Windows watcher). */
const fileSchema = nameSchema
  .extend({
    usn: usnSchema,
    blake3Hash: hashSchema.nullish(),
    size: z.number().nonnegative(),
    modified: z.string(),
  })
  .transform(
    (file): WindowsFile => ({
      ...pathsOf(file),
      usn: file.usn,
      blake3Hash: file.blake3Hash ?? null,
      size: file.size,
      modified: file.modified,
    }),
  )

const listingSchema = z.object({ files: z.array(z.unknown()) }).transform((listing) => listing.files)
const storedSchema = z.object({ usn: usnSchema.nullish(), blake3Hash: hashSchema.nullish() })

/** A listing of an Aktenordner; `now` is the watcher's own clock (`Date` header), epoch milliseconds. */
export interface Listing {
  files: WindowsFile[]
  now: number
}

/** The Windows file share behind its watcher (docs/contracts.md, Windows watcher). There is no delete and no rename. */
export class WatcherService {
  private readonly http: AxiosInstance

  constructor(
    private readonly context: ServiceContext,
    config: Config['watcher'],
  ) {
    this.http = createHttp(config.url, context)
    this.http.defaults.headers.common.Authorization = `Bearer ${config.token}`
  }

  /**
   * Lists the files of an Akte; a bare array is accepted too. Each path comes once; an entry that does not fit has its path
   * and the reason. Paths that lead out of the Aktenordner are refused with a log line.
   * @throws NotFoundError when there is no such folder, RetryLaterError, FixAccessError, ContractError
   */
  async getAkteFiles(aktennummer: string): Promise<Listing> {
    const url = '/akte-details'
    const answer = await send(SYSTEM, this.http, { url, params: { akte: aktennummer } })
    const data = Array.isArray(answer.data) ? { files: answer.data } : answer.data
    assertNotEndless(SYSTEM, url, lengthOf((data as { files?: unknown } | null)?.files))
    const listed = readEach(url, parseAnswer(SYSTEM, url, listingSchema, data))
    const files = listed.filter((file) => {
      try {
        assertInsideFolder(file.path)
        return true
      } catch (error) {
        this.context.logger.warn(`⚠️ Refused a file of the Windows watcher: ${(error as Error).message}`)
        return false
      }
    })
    const now = Date.parse(String(answer.headers.date ?? '')) || this.context.clock.now().getTime()
    return { files: eachOnce(files), now }
  }

  /**
   * Reads one file whole into the spool.
   * @throws DeferError when it is open, DecideAgainError when it is gone, FileAccessError, FlagError when it is refused for
   * good, CutOffError
   */
  async downloadFile(aktennummer: string, file: WindowsFile, spool: Spool): Promise<Content> {
    try {
      const request = { url: '/file', params: { akte: aktennummer, path: file.watcherPath } }
      const answer = await send<NodeJS.ReadableStream>(SYSTEM, this.http, { ...request, ...AS_STREAM })
      return await spool.receive(answer.data, contentLength(answer.headers), {
        what: `Windows file ${file.path}`,
        system: SYSTEM,
        atMost: file.size,
      })
    } catch (error) {
      const refusal = refusalOf(error, file.path)
      if (refusal !== null) throw refusal
      if (error instanceof NotFoundError) throw new DecideAgainError(`${file.path} is gone`, { cause: error })
      throw error
    }
  }

  /**
   * Asks for one file by its path (with `/`), whatever a listing says: true when it is there, also while it is open. Its
   * bytes are not read.
   * @throws FileAccessError where the watcher may not read it, FlagError when it is refused for good, RetryLaterError
   */
  async hasFile(aktennummer: string, path: string): Promise<boolean> {
    const params = { akte: aktennummer, path: path.replaceAll('/', '\\') }
    try {
      const answer = await send<Readable>(SYSTEM, this.http, { url: '/file', params, ...AS_STREAM })
      answer.data.destroy()
      return true
    } catch (error) {
      if (error instanceof NotFoundError) return false
      const refusal = refusalOf(error, path)
      if (refusal instanceof DeferError) return true
      throw refusal ?? error
    }
  }

  /**
   * Stores a content under a path; the watcher verifies its Blake3 and shows it whole or not at all. Sent once: the
   * watcher knows no precondition, so that a repetition could overwrite what a person saved meanwhile.
   * Resolves to the new USN where the answer says it.
   * @throws DeferError when the target is open, FlagError when it is refused for good, FileAccessError, LookAgainError when it may have been
   * stored or not, RetryLaterError when the content was refused or the disk is full
   */
  async uploadFile(aktennummer: string, path: string, content: Content): Promise<{ usn: number | null }> {
    assertInsideFolder(path)
    const url = `/files/${[aktennummer, ...path.split('/')].map(encodeURIComponent).join('/')}`
    try {
      const answer = await send(SYSTEM, this.http, {
        method: 'PUT',
        url,
        data: content.bytes ?? content.open(),
        timeout: STORE_TIMEOUT_MS,
        headers: {
          'Content-Type': 'application/octet-stream',
          'Content-Length': content.size,
          'X-Blake3-Hash': content.hash,
        },
        ...ONCE,
      })
      const stored = parseAnswer(SYSTEM, url, storedSchema, isObject(answer.data) ? answer.data : {})
      if (stored.blake3Hash && stored.blake3Hash !== content.hash) {
        throw new RetryLaterError(`Windows watcher stored ${path} with different content than was sent`, {
          system: SYSTEM,
        })
      }
      return { usn: stored.usn ?? null }
    } catch (error) {
      throw meaningOf(error, path)
    }
  }
}

/** Refusals that pass by themselves, and those that mean more than one file: 401 a wrong token, 404 a file that is gone. */
const NOT_FOR_GOOD = [401, 404, 408, 422, 425, 429]

/**
 * A refusal of one file: it is open, the watcher has no right to it, or it is refused for good, such as a path below a file
 * or a folder where the file should be. Null for everything else, a content that arrived damaged included: that is 422,
 * or 400 and 409 with a word about the hash (docs/contracts.md, Windows watcher).
 */
function refusalOf(error: unknown, path: string): Error | null {
  const status = statusOf(error)
  const reason = reasonIn(error)
  if (status === undefined || status < 400 || status >= 500) return null
  if (status === 423) return new DeferError('open in another program', { cause: error })
  if (status === 413) return new FlagError('too large for Windows', { cause: error })
  if (status === 403 && error instanceof FixAccessError)
    return new FileAccessError(`${SYSTEM} has no access to ${path}`, { cause: error, system: SYSTEM })
  const isDamaged = /hash|blake|checksum|mismatch|prüfsumme/i.test(reason)
  if (isDamaged || NOT_FOR_GOOD.includes(status)) return null
  return new FlagError('refused by the Windows file server', { cause: error, detail: reason || `${status}` })
}

/** What a failed PUT means for the caller. 507 and every refusal (4xx) say for certain that nothing was stored. */
function meaningOf(error: unknown, path: string): unknown {
  const refusal = refusalOf(error, path)
  if (refusal !== null) return refusal
  const status = statusOf(error)
  if (!(error instanceof RetryLaterError)) return error
  const isCertain = status === 507 || (status !== undefined && status < 500 && status !== 429)
  const { message, cause, delayMs } = error
  if (isCertain || (delayMs ?? 0) > LONGEST_WAIT_MS) return error
  return new LookAgainError(message, { cause, delayMs, system: SYSTEM })
}

/**
 * The entries of a listing. One that does not fit but says which file it is about concerns that file alone.
 * @throws ContractError where an entry names no file, or none fits
 */
function readEach(url: string, entries: unknown[]): WindowsFile[] {
  const files = entries.map((entry, at): WindowsFile => {
    const parsed = fileSchema.safeParse(entry)
    if (parsed.success) return parsed.data
    const misread = misfit(SYSTEM, url, parsed.error, ['files', `${at}`])
    const named = nameSchema.safeParse(entry)
    if (!named.success) throw misread
    return { ...pathsOf(named.data), usn: 0, blake3Hash: null, size: 0, modified: '', misread }
  })
  const [first] = files
  if (first?.misread && files.every(({ misread }) => misread)) throw first.misread
  return files
}

/** A listing that saw a file twice, before and after a save, means its later state. */
function eachOnce(files: WindowsFile[]): WindowsFile[] {
  const latest = new Map<string, WindowsFile>()
  for (const file of files)
    if (file.usn >= (latest.get(file.path)?.usn ?? file.usn)) latest.set(file.path, file)
  return [...latest.values()]
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
