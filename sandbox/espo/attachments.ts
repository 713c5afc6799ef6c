import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { appendFile, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { isMissing } from '../files'
import { type Exchange, HttpAnswer } from '../stand-in'
import { refuse } from './query'
import { newId, type Records } from './records'
import { type EspoRecord, espoTime } from './schema'

const bodySchema = z.object({
  name: z.string().min(1),
  type: z.string().min(1),
  role: z.string().default('Attachment'),
  relatedType: z.string().optional(),
  parentType: z.string().optional(),
  field: z.string().optional(),
  size: z.number().int().nonnegative().optional(),
  isBeingUploaded: z.boolean().optional(),
})
const FILE_START = /"file"\s*:\s*"data:[^",]*,/

/** EspoCRM's attachments: records in the database, contents as files in the upload folder. */
export class Attachments {
  /** Bytes; 0 and less: none. */
  sizeLimit = 256 * 1024 * 1024

  constructor(
    private readonly records: Records,
    private readonly temporaryFolder: string,
  ) {}

  /** `POST Attachment`: with `file` at once, or announced by `size` and `isBeingUploaded` for chunks. */
  async create(exchange: Exchange, userId: string): Promise<EspoRecord> {
    const temporary = `${this.temporaryFolder}/${randomUUID()}`
    try {
      const { json, size } = await readWithFile(exchange.body(), temporary)
      const parsed = bodySchema.safeParse(parseObject(json))
      if (!parsed.success)
        throw refuse(400, `Bad attachment: ${parsed.error.issues[0]?.path.join('.') ?? ''}.`)
      const body = parsed.data
      this.records.checkCharacters(body.name)
      if (body.role === 'Attachment' && (!body.field || !(body.relatedType ?? body.parentType))) {
        throw refuse(400, 'No `field` or `relatedType`.')
      }
      const inChunks = body.isBeingUploaded === true
      if (!inChunks && size === null) throw refuse(400, 'No file contents.')
      if (inChunks && body.size === undefined) throw refuse(400, 'No `size`.')
      const finalSize = inChunks ? (body.size ?? 0) : (size ?? 0)
      if (!inChunks && this.isTooLarge(finalSize)) {
        throw refuse(400, `File size should not exceed ${Math.floor(this.sizeLimit / 1024 / 1024)} Mb.`)
      }
      const record: EspoRecord = {
        id: newId(),
        name: body.name,
        type: body.type,
        size: finalSize,
        role: body.role,
        relatedType: body.relatedType ?? null,
        relatedId: null,
        field: body.field ?? null,
        isBeingUploaded: inChunks,
        createdAt: espoTime(new Date()),
        createdById: userId,
      }
      if (inChunks) await writeFile(this.records.file(record.id), '')
      else await rename(temporary, this.records.file(record.id))
      this.records.put('Attachment', record)
      return record
    } finally {
      await rm(temporary, { force: true })
    }
  }

  /** `POST Attachment/chunk/{id}`: appends whatever arrives, even the same piece twice. */
  async append(exchange: Exchange, id: string): Promise<void> {
    const text = await exchange.text()
    const record = this.records.get('Attachment', id)
    if (!record.isBeingUploaded) throw refuse(403, 'Attachment is not being uploaded.')
    const comma = text.indexOf(',')
    if (!text.startsWith('data:') || comma < 0) throw refuse(400, 'Bad chunk.')
    const path = this.records.file(id)
    const bytes = Buffer.from(text.slice(comma + 1), 'base64')
    if (this.isTooLarge((await stat(path)).size + bytes.length))
      throw refuse(403, 'Max attachment size exceeded.')
    await appendFile(path, bytes)
    const { size } = await stat(path)
    if (size > Number(record.size)) throw refuse(500, 'File size mismatch.')
    if (size === record.size) record.isBeingUploaded = false
    this.records.put('Attachment', record)
    exchange.send(200, 'true', { 'Content-Type': 'application/json' })
  }

  private isTooLarge(size: number): boolean {
    return this.sizeLimit > 0 && size > this.sizeLimit
  }

  async download(exchange: Exchange, id: string): Promise<void> {
    const record = this.records.get('Attachment', id)
    const path = this.records.file(id)
    const handle = await open(path).catch(() => null)
    if (!handle) throw refuse(404, 'File not found.')
    const { size } = await handle.stat()
    const name = String(record.name).replaceAll('"', '\\"')
    await exchange.stream(handle.createReadStream(), size, {
      'Content-Type': /^[\w.+-]+\/[\w.+-]+$/.test(String(record.type))
        ? String(record.type)
        : 'application/octet-stream',
      // EspoCRM sends raw UTF-8 here; Node expects each byte as one latin1 character.
      'Content-Disposition': Buffer.from(
        `attachment;filename="${name.replace(/[^\P{Cc}\t]/gu, '')}"`,
      ).toString('latin1'),
      'X-Content-Type-Options': 'nosniff',
    })
  }

  /** Creates an attachment from the given content, as a person's upload does. */
  async store(
    options: { name: string; type: string; createdAt?: Date | undefined; userId: string },
    content: string | Buffer | AsyncIterable<Buffer>,
  ): Promise<EspoRecord> {
    const id = newId()
    const path = this.records.file(id)
    await writeFile(path, content)
    const record: EspoRecord = {
      id,
      name: options.name,
      type: options.type,
      size: (await stat(path)).size,
      role: 'Attachment',
      relatedType: this.records.schema.dokumente,
      relatedId: null,
      field: 'dokument',
      isBeingUploaded: false,
      createdAt: espoTime(options.createdAt ?? new Date()),
      createdById: options.userId,
    }
    this.records.put('Attachment', record)
    return record
  }

  async content(id: string): Promise<Buffer | null> {
    if (!this.records.find('Attachment', id)) return null
    return readFile(this.records.file(id)).catch((error: unknown) => {
      if (isMissing(error)) return null
      throw error
    })
  }
}

/** A JSON object, or the empty 500 that EspoCRM has for malformed JSON. */
export function parseObject(text: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(text, (_key, one) => {
      if (typeof one === 'string' && /\p{Cs}/u.test(one)) throw new Error('Single unpaired surrogate')
      return one
    })
  } catch {
    throw new HttpAnswer(500)
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw refuse(400, 'Bad body.')
  return value as Record<string, unknown>
}

/** Reads a JSON body whose `file` goes to disk while it arrives: it may be larger than memory. */
async function readWithFile(
  body: AsyncIterable<Buffer>,
  path: string,
): Promise<{ json: string; size: number | null }> {
  let json = ''
  let base64 = ''
  let state: 'before' | 'inside' | 'after' = 'before'
  let size: number | null = null
  const out = createWriteStream(path)
  const failed = new Promise<never>((_, reject) => out.once('error', reject))
  failed.catch(() => undefined)
  const save = async (end: boolean): Promise<void> => {
    const clean = base64.replaceAll('\\/', '/')
    const usable = end ? clean.length : Math.max(0, (clean.length - 4) & ~3)
    const bytes = Buffer.from(clean.slice(0, usable), 'base64')
    base64 = clean.slice(usable)
    size = (size ?? 0) + bytes.length
    if (!out.write(bytes))
      await Promise.race([new Promise<void>((resolve) => out.once('drain', resolve)), failed])
  }
  try {
    for await (const chunk of body) {
      let text = chunk.toString('latin1')
      if (state === 'before') {
        json += text
        const start = FILE_START.exec(json)
        if (!start) continue
        const from = start.index + start[0].length
        text = json.slice(from)
        json = `${json.slice(0, start.index)}"file":"`
        state = 'inside'
      }
      if (state === 'inside') {
        const end = text.indexOf('"')
        base64 += end < 0 ? text : text.slice(0, end)
        await save(end >= 0)
        if (end < 0) continue
        text = text.slice(end)
        state = 'after'
      }
      json += text
    }
    await Promise.race([new Promise<void>((resolve) => out.end(() => resolve())), failed])
  } finally {
    out.destroy()
  }
  return { json: Buffer.from(json, 'latin1').toString('utf8'), size }
}
