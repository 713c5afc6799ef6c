import { lookup } from 'mime-types'
import pLimit from 'p-limit'
import { z } from 'zod'
import { AS_STREAM, type Content, contentLength, type Spool } from '../content/spool'
import { describeError, LockLostError, RetryLaterError } from '../errors'
import {
  LONGEST_WAIT_MS,
  ONCE,
  parseAnswer,
  reasonIn,
  retryDelayMs,
  serverOf,
  statusOf,
} from '../http/http-client'
import { FlagError } from '../model/file-errors'
import { fileName } from '../model/paths'
import type { ServiceContext } from '../model/service-context'
import type { EspoClient } from './espo-client'
import { fileRefusal } from './espo-refusals'
import { attachmentSchema, type EspoAttachment } from './espo-schemas'
import type { EspoTranslation } from './espo-translation'
import { plainText } from './espo-values'

const SYSTEM = 'EspoCRM'
/** EspoCRM's own chunk size; below it a file goes in one request. */
export const CHUNK_BYTES = 4 * 1024 * 1024
/** Encoded as base64 at a time: a multiple of three bytes, so that the texts can be joined, and cheap to forget. */
const PIECE_BYTES = 3 * 24 * 1024
const UPLOADS_IN_ALL = 3
const MEGABYTE = 1024 * 1024

/** Both in MB; 0, less or absent: no limit is set there. */
const limitsSchema = z
  .object({ maxFileSize: z.number().nullish(), attachmentUploadMaxSize: z.number().nullish() })
  .partial()

/** The files behind the documents (docs/contracts.md, EspoCRM). */
export class EspoAttachments {
  private limit: Promise<number | null> | undefined
  /** Contents of so many bytes and more were refused by a web server in front of EspoCRM. */
  private refusedFrom = Number.POSITIVE_INFINITY
  private proxy: string | undefined
  /** No more contents are encoded than can be on their way: each takes up to three chunks of memory. */
  private readonly encoding: ReturnType<typeof pLimit>

  constructor(
    private readonly context: ServiceContext,
    private readonly client: EspoClient,
    private readonly names: Pick<EspoTranslation, 'dokumente' | 'fileField' | 'hasPath'>,
  ) {
    this.encoding = pLimit(context.requestsAtOnce ?? 1)
  }

  /** What EspoCRM says of an attachment. */
  async get(id: string): Promise<EspoAttachment> {
    const path = `Attachment/${encodeURIComponent(id)}`
    return parseAnswer(SYSTEM, path, attachmentSchema, (await this.client.request('GET', path)).data)
  }

  /** Reads an attachment whole into the spool, of `size` bytes as EspoCRM names it. @throws NotFoundError, CutOffError */
  async download(id: string, spool: Spool, size: number | null): Promise<Content> {
    const { stream, size: announced } = await this.open(id)
    return spool.receive(stream, announced, incoming(id, size))
  }

  private async open(id: string): Promise<{ stream: NodeJS.ReadableStream; size: number | undefined }> {
    const path = `Attachment/file/${encodeURIComponent(id)}`
    const answer = await this.client.request<NodeJS.ReadableStream>('GET', path, AS_STREAM)
    return { stream: answer.data, size: contentLength(answer.headers) }
  }

  /**
   * Uploads a content, two chunks of it in memory at a time, and proves by reading it back that EspoCRM has it whole;
   * resolves to the id to link. What a failed try leaves behind is deleted. Chunks carry neither offset nor checksum,
   * so a chunk whose answer was lost is never sent again: the whole upload starts over with a new attachment.
   *
   * Reading back is the only proof: EspoCRM returns no checksum, and a piece appended twice while another was lost
   * leaves the size unchanged.
   * @throws FlagError for what EspoCRM refuses for good, RetryLaterError, FixAccessError
   */
  async upload(content: Content, path: string, spool: Spool): Promise<string> {
    await this.assertTakes(content.size)
    let name = fileName(path)
    for (let attempt = 1; ; attempt++) {
      let id: string | undefined
      try {
        const created = await this.encoding(() => this.create(content, name))
        id = created
        if (content.size > CHUNK_BYTES) await this.encoding(() => this.sendChunks(created, content))
        const { stream, size } = await this.open(id)
        if (await spool.brings(content, stream, size, incoming(id, content.size))) return id
        throw new RetryLaterError(`EspoCRM stored ${path} with different content than was sent`, {
          system: SYSTEM,
        })
      } catch (error) {
        if (id !== undefined) await this.delete(id)
        if (statusOf(error) === 413) throw this.refusedByProxy(content.size, error)
        const refusal = fileRefusal(error)
        if (refusal !== null) throw new FlagError(refusal, { cause: error, detail: reasonIn(error) })
        if (statusOf(error) === 500 && this.names.hasPath) name = plainText(name) // the database may not take all of it
        if (!(error instanceof RetryLaterError) || attempt === UPLOADS_IN_ALL) throw error
        await this.pauseBefore(attempt, error)
      }
    }
  }

  /** Waits as long as EspoCRM asks for, else a moment. @throws the error itself when that is too long for this run */
  private async pauseBefore(attempt: number, error: RetryLaterError): Promise<void> {
    const { clock } = this.context
    const ms = Math.max(error.delayMs ?? 0, retryDelayMs(attempt, clock.random))
    if (ms > LONGEST_WAIT_MS) throw error
    await clock.wait(ms)
  }

  /**
   * Tells before a transfer whether EspoCRM takes a content of so many bytes: it would take chunks up to its limit and
   * refuse only the one beyond it. Below a megabyte nothing is asked, EspoCRM then says so itself.
   * @throws FlagError naming both sizes
   */
  async assertTakes(size: number): Promise<void> {
    if (size >= this.refusedFrom) throw this.refusedByProxy(size)
    if (size < MEGABYTE) return
    const limit = await this.sizeLimit()
    if (limit === null || size <= limit) return
    throw new FlagError('too large for EspoCRM', {
      detail: `${megabytes(size)} > ${megabytes(limit)}`,
    })
  }

  /** The size limit in bytes: the field's own, else the installation's. Null where EspoCRM has or reports none. */
  sizeLimit(): Promise<number | null> {
    this.limit ??= this.readLimit()
    return this.limit
  }

  private async readLimit(): Promise<number | null> {
    const key = `entityDefs.${this.names.dokumente}.fields.${this.names.fileField}`
    const read = async (path: string, params: object) => {
      const { data } = await this.client.request('GET', path, { params })
      return limitsSchema.catch({}).parse(data)
    }
    try {
      const { maxFileSize } = await read('Metadata', { key })
      const isLimit = (limit: number | null | undefined): limit is number => limit != null && limit > 0
      const limit = isLimit(maxFileSize) ? maxFileSize : (await read('Settings', {})).attachmentUploadMaxSize
      return isLimit(limit) ? limit * MEGABYTE : null
    } catch (error) {
      if (error instanceof LockLostError) throw error
      this.context.logger.debug(`📏 EspoCRM does not report its size limit: ${describeError(error)}`)
      return null
    }
  }

  /** A 413 is never EspoCRM's own: a web server in front of it takes no requests of this size. */
  private refusedByProxy(size: number, error?: unknown): FlagError {
    this.refusedFrom = Math.min(this.refusedFrom, size, CHUNK_BYTES)
    this.proxy ??= serverOf(error)
    const request = megabytes(requestBytes(size))
    const detail = this.proxy === undefined ? request : `${this.proxy}, ${request}`
    return new FlagError('too large for the web server in front of EspoCRM', { cause: error, detail })
  }

  /** Deletes an attachment that nothing links, where it can; EspoCRM's own clean-up removes what is left. */
  async delete(id: string): Promise<void> {
    await this.client.request('DELETE', `Attachment/${encodeURIComponent(id)}`).catch((error: unknown) => {
      this.context.logger.debug(`🧽 Attachment ${id} was not deleted: ${describeError(error)}`)
    })
  }

  private async create(content: Content, name: string): Promise<string> {
    const type = lookup(name) || 'application/octet-stream'
    const { dokumente, fileField } = this.names
    const record = { name, type, role: 'Attachment', relatedType: dokumente, field: fileField }
    const request =
      content.size > CHUNK_BYTES
        ? { data: { ...record, size: content.size, isBeingUploaded: true } }
        : await base64Body(content, 0, {
            type: 'application/json',
            before: `${JSON.stringify(record).slice(0, -1)},"file":"data:${type};base64,`,
            after: '"}',
          })
    const answer = await this.client.request('POST', 'Attachment', { ...request, ...ONCE })
    return parseAnswer(SYSTEM, 'Attachment', attachmentSchema, answer.data).id
  }

  /** Encodes a chunk while EspoCRM takes the one before; their memory is used again, or collecting it would take longest. */
  private async sendChunks(id: string, content: Content): Promise<void> {
    const before = 'data:application/octet-stream;base64,'
    const form = { type: 'application/octet-stream', before, after: '' }
    const count = Math.ceil(content.size / CHUNK_BYTES)
    const memory = [0, 1].map(() => Buffer.allocUnsafe(before.length + requestBytes(CHUNK_BYTES)))
    const encode = (at: number) => base64Body(content, at * CHUNK_BYTES, form, memory[at % memory.length])
    let next = encode(0)
    for (let at = 0; at < count; at++) {
      const chunk = await next
      if (at + 1 < count) next = encode(at + 1)
      next.catch(() => {}) // told when it is its turn
      await this.client.request('POST', `Attachment/chunk/${encodeURIComponent(id)}`, { ...chunk, ...ONCE })
    }
  }
}

/** Bytes of the largest request that uploads a content: base64 needs a third more. */
export const requestBytes = (size: number): number => 4 * Math.ceil(Math.min(size, CHUNK_BYTES) / 3)

/**
 * A request body of this type: a chunk of a content as base64, between two texts; at the beginning of `memory`, where it
 * is given. The bytes are read into the end of the same memory: what is encoded never catches up with what is not.
 */
async function base64Body(
  content: Content,
  offset: number,
  { type, before, after }: { type: string; before: string; after: string },
  memory?: Buffer,
) {
  const size = Math.min(CHUNK_BYTES, content.size - offset)
  const length = Buffer.byteLength(before) + 4 * Math.ceil(size / 3) + Buffer.byteLength(after)
  const data = memory?.subarray(0, length) ?? Buffer.allocUnsafe(length)
  const bytes = await content.read(offset, size, data.subarray(length - size))
  let at = data.write(before)
  for (let from = 0; from < size; from += PIECE_BYTES)
    at += data.write(bytes.toString('base64', from, from + PIECE_BYTES), at, 'latin1') // ASCII: nothing to encode
  data.write(after, at)
  return { data, headers: { 'Content-Type': type, 'Content-Length': length } }
}

const incoming = (id: string, atMost: number | null) =>
  ({ what: `EspoCRM attachment ${id}`, system: SYSTEM, atMost }) as const

/** Rounded up, so that a file just above the limit does not look like one that fits. */
export const megabytes = (bytes: number) => `${Math.ceil((bytes / MEGABYTE) * 10) / 10} MB`
