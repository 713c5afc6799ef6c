// The limit: the requests that a safe sync of one Akte cannot do without, at the same concurrency, and nothing else. No
// lock, no temporary files, no archive, no audit log, no report. Reading an upload back is a necessary request, EspoCRM
// gives no other proof; so is a look at what is overwritten, shared by the files that wait for one.
// `node bare.js <Aktennummer>`.
import { Agent, request } from 'node:http'
import { createBLAKE3 } from 'hash-wasm'
import pLimit from 'p-limit'
import { CoalescedRefresh } from '../../services/coalesced-refresh'

const env = (name: string) => process.env[name] ?? ''
const akte = process.argv[2] ?? ''
const limit = pLimit(Number(env('SYNC_TRANSFER_CONCURRENCY') || 4))
const agent = new Agent({ keepAlive: true })
const espoUrl = env('ESPOCRM_API_BASE_URL')
const historyUrl = `${env('ADVOWARE_API_BASE_URL')}/api/v1/advonet/Akten/${akte}`
const watcherHeaders = { Authorization: `Bearer ${env('ADVOWARE_WATCHER_AUTH_TOKEN')}` }
const espoHeaders = { 'X-Api-Key': env('ESPOCRM_API_KEY') }
const advowareHeaders = { Authorization: `Bearer ${env('BENCH_ADVOWARE_TOKEN')}` }

function send(method: string, url: string, headers: object, body?: Buffer | string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'Content-Length': Buffer.byteLength(body) }
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, async (answer) => {
      const pieces: Buffer[] = []
      for await (const piece of answer) pieces.push(piece as Buffer)
      const content = Buffer.concat(pieces)
      if ((answer.statusCode ?? 500) < 300) resolve(content)
      else reject(new Error(`${method} ${url}: ${answer.statusCode} ${content}`))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
const json = async (...args: Parameters<typeof send>) => JSON.parse((await send(...args)).toString())
const espo = (method: string, path: string, body?: object) =>
  json(
    method,
    `${espoUrl}/${path}`,
    { ...espoHeaders, ...(body ? { 'Content-Type': 'application/json' } : {}) },
    body && JSON.stringify(body),
  )

interface Dokument {
  id: string
  dateipfad: string
  sync_usn: number
  dokumentId: string
  syncAttachmentId: string
}

async function listDokumente(akteId: string): Promise<Dokument[]> {
  const dokumente: Dokument[] = []
  for (let last = '', more = true; more; ) {
    const where = (at: number, type: string, attribute: string, value: string) =>
      `where[${at}][type]=${type}&where[${at}][attribute]=${attribute}&where[${at}][value]=${value}`
    const behind = last === '' ? '' : `&${where(1, 'greaterThan', 'id', last)}`
    const query = `${where(0, 'equals', 'cAktenId', akteId)}${behind}&orderBy=id&order=asc&maxSize=200`
    const select = '&select=id,dateipfad,sync_usn,dokumentId,syncAttachmentId,syncHash'
    const page = await json('GET', `${espoUrl}/CDokumente?${query}${select}`, {
      ...espoHeaders,
      'X-No-Total': 'true',
    })
    dokumente.push(...page.list)
    last = dokumente.at(-1)?.id ?? ''
    more = page.total === -1
  }
  return dokumente
}

async function hashOf(content: Buffer): Promise<string> {
  const hasher = await createBLAKE3()
  return hasher.update(content).digest('hex')
}

async function toEspo(path: string): Promise<{ dokumentId: string; blake3hash: string; dateipfad: string }> {
  const query = new URLSearchParams({ akte, path })
  const content = await send('GET', `${env('ADVOWARE_WATCHER_URL')}/file?${query}`, watcherHeaders)
  const blake3hash = await hashOf(content)
  const { id } = await espo('POST', 'Attachment', {
    name: path.split('\\').at(-1),
    type: 'application/octet-stream',
    role: 'Attachment',
    relatedType: 'CDokumente',
    field: 'dokument',
    file: `data:application/octet-stream;base64,${content.toString('base64')}`,
  })
  const stored = await send('GET', `${espoUrl}/Attachment/file/${id}`, espoHeaders)
  if ((await hashOf(stored)) !== blake3hash) throw new Error(`${path} was damaged`)
  return { dokumentId: id, blake3hash, dateipfad: path.replaceAll('\\', '/') }
}

const where = `where[0][type]=equals&where[0][attribute]=aktennummer&where[0][value]=${akte}`
const { list } = await json('GET', `${espoUrl}/CAkten?${where}`, espoHeaders)
const akteId: string = list[0].id
const [dokumente, { files }, history] = await Promise.all([
  listDokumente(akteId),
  json('GET', `${env('ADVOWARE_WATCHER_URL')}/akte-details?akte=${akte}`, watcherHeaders),
  json('GET', `${historyUrl}/History`, advowareHeaders),
  json('GET', historyUrl, advowareHeaders),
])
const byPath = new Map(dokumente.map((one) => [one.dateipfad.replaceAll('\\', '/'), one]))
const entries = new Map<string, object>(history.map((one: { datei: string }) => [one.datei, one]))
const listing = new CoalescedRefresh(async () => {
  await json('GET', `${env('ADVOWARE_WATCHER_URL')}/akte-details?akte=${akte}`, watcherHeaders)
})
const base = (hash: string, usn: number, attachment: string) => ({
  blake3hash: hash,
  syncHash: hash,
  sync_usn: usn,
  syncAttachmentId: attachment,
  fileStatus: 'synced',
  syncStatus: 'synced',
})

async function syncOne({ path, usn }: { path: string; usn: number }): Promise<void> {
  if (!entries.has(`V:\\Akten\\${akte}\\${path}`)) return
  const document = byPath.get(path.replaceAll('\\', '/'))
  if (document === undefined) {
    const { dokumentId, blake3hash, dateipfad } = await toEspo(path)
    await espo('POST', 'CDokumente', {
      name: dateipfad.split('/').at(-1),
      dateipfad,
      dokumentId,
      cAktenId: akteId,
      ...base(blake3hash, usn, dokumentId),
    })
  } else if (document.dokumentId !== document.syncAttachmentId) {
    const content = await send('GET', `${espoUrl}/Attachment/file/${document.dokumentId}`, espoHeaders)
    const hash = await hashOf(content)
    const url = ['files', akte, ...path.split('\\')].map(encodeURIComponent).join('/')
    const headers = { ...watcherHeaders, 'X-Blake3-Hash': hash }
    await listing.refresh()
    const stored = await json('PUT', `${env('ADVOWARE_WATCHER_URL')}/${url}`, headers, content)
    await espo('PUT', `CDokumente/${document.id}`, base(hash, stored.usn, document.dokumentId))
  } else if (document.sync_usn !== usn) {
    const { dokumentId, blake3hash } = await toEspo(path)
    await espo('GET', `CDokumente/${document.id}`)
    await espo('PUT', `CDokumente/${document.id}`, { dokumentId, ...base(blake3hash, usn, dokumentId) })
  }
}
await Promise.all(files.map((file: { path: string; usn: number }) => limit(syncOne, file)))
await espo('PUT', `CAkten/${akteId}`, {
  syncStatus: 'synced',
  lastSync: new Date().toISOString().slice(0, 19).replace('T', ' '),
})
process.exit(0)
