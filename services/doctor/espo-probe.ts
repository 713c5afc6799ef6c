import { createHash, randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { computeBlake3 } from '../blake3'
import { describeError } from '../errors'
import type { EspoClient } from '../espo/espo-client'
import { ONCE, parseAnswer } from '../http/http-client'
import type { Language } from '../model/reasons'
import { type InspectText, inspectText } from '../text/inspect'
import type { InspectLine, ProposedMapping } from './espo-inspect'

const SYSTEM = 'EspoCRM'
const recordSchema = z.looseObject({ id: z.string().min(1) })

/**
 * Makes a document that belongs to no Akte, looks at what the office's own hooks do to it, and removes it. What it shows
 * goes into the mapping. The sync never sees such a document.
 * @throws the errors of EspoCRM; then nothing is left behind but what could not be removed, which the error names
 */
export async function probeEspo(
  client: Pick<EspoClient, 'request'>,
  { dokument }: ProposedMapping,
  language: Language,
): Promise<InspectLine[]> {
  const text = inspectText(language)
  const { entity, attributes } = dokument
  const fileField = attributes.dokument?.name ?? 'dokument'
  const content = `Document Sync probe ${randomBytes(8).toString('hex')}\n`
  const file = `data:text/plain;base64,${Buffer.from(content).toString('base64')}`
  const attachment = {
    name: 'probe.txt',
    type: 'text/plain',
    role: 'Attachment',
    relatedType: entity,
    field: fileField,
    file,
  }
  const post = async (path: string, data: object) => {
    const answer = await client.request('POST', path, { data, ...ONCE })
    return parseAnswer(SYSTEM, path, recordSchema, answer.data)
  }
  const { id: attachmentId } = await post('Attachment', attachment)
  const { id } = await post(entity, { name: 'Document Sync probe', [`${fileField}Id`]: attachmentId })
  const path = `${entity}/${encodeURIComponent(id)}`
  const lines: InspectLine[] = []
  try {
    const read = async () => parseAnswer(SYSTEM, path, recordSchema, (await client.request('GET', path)).data)
    const uploaded = await read()
    lines.push(...(await hashLines(uploaded, content, attributes, text)))
    const status = attributes.syncStatus
    const synced = status?.add ? undefined : status?.values?.synced
    if (status && synced !== undefined) {
      await client.request('PUT', path, { data: { [status.name]: synced } })
      const value = (await read())[status.name]
      if (value !== synced)
        lines.push({
          level: 'found',
          about: 'dokument.syncStatus',
          text: text.takesBack(status.name, String(value)),
        })
    }
  } finally {
    await client.request('DELETE', path, ONCE).catch((error: unknown) => {
      lines.push({
        level: 'missing',
        about: 'probe',
        text: text.leftBehind(path, describeError(error)),
      })
    })
  }
  if (lines.length === 0) lines.push({ level: 'found', about: 'probe', text: text.quiet })
  return lines
}

/** Which attributes hold a hash of the content that nobody wrote. */
async function hashLines(
  record: Record<string, unknown>,
  content: string,
  attributes: ProposedMapping['dokument']['attributes'],
  text: InspectText,
): Promise<InspectLine[]> {
  const hashes: [string, string][] = [
    ['Blake3', await computeBlake3(Readable.from([Buffer.from(content)]))],
    ['SHA-256', createHash('sha256').update(content).digest('hex')],
    ['SHA-1', createHash('sha1').update(content).digest('hex')],
    ['MD5', createHash('md5').update(content).digest('hex')],
  ]
  const lines: InspectLine[] = []
  for (const [attribute, value] of Object.entries(record)) {
    const [kind] = hashes.find(([, hash]) => String(value).toLowerCase() === hash) ?? []
    if (kind === undefined) continue
    const isBase = attributes.syncHash?.name === attribute
    const isUsed = kind === 'Blake3' && !isBase
    if (isUsed) attributes.blake3hash = { name: attribute, type: 'varchar', computed: true }
    lines.push({
      level: isBase ? 'missing' : 'found',
      about: isUsed ? 'dokument.blake3hash' : 'dokument',
      text: isBase
        ? text.hashInBase(attribute)
        : isUsed
          ? text.hashUsed(kind, attribute)
          : text.hashUnused(kind, attribute),
    })
  }
  return lines
}
