// Copies one large file over the same two hops, without hash, proof or temporary file: `node plain-copy.js
// <Aktennummer> to-espo | to-windows`. What the watcher insists on, the hash of a PUT, is given in BENCH_HASH.
import { Agent, type IncomingMessage, request } from 'node:http'
import { pipeline } from 'node:stream/promises'

const env = (name: string) => process.env[name] ?? ''
const [akte = '', direction] = process.argv.slice(2)
const agent = new Agent({ keepAlive: true })
const espoUrl = env('ESPOCRM_API_BASE_URL')
const path = 'Videovernehmung.mp4'
const watcherHeaders = { Authorization: `Bearer ${env('ADVOWARE_WATCHER_AUTH_TOKEN')}` }
const espoHeaders = { 'X-Api-Key': env('ESPOCRM_API_KEY') }
const CHUNK_BYTES = 4 * 1024 * 1024

const open = (url: string, headers: object): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    request(url, { agent, headers: { ...headers } }, resolve)
      .on('error', reject)
      .end()
  })

function post(url: string, headers: object, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const length = { 'Content-Length': Buffer.byteLength(body) }
    const sent = request(
      url,
      { method: 'POST', agent, headers: { ...headers, ...length } },
      async (answer) => {
        let text = ''
        for await (const piece of answer) text += piece
        if ((answer.statusCode ?? 500) < 300) resolve(text)
        else reject(new Error(`${url}: ${answer.statusCode}`))
      },
    )
    sent.on('error', reject)
    sent.end(body)
  })
}

async function toEspo(): Promise<void> {
  const source = await open(`${env('ADVOWARE_WATCHER_URL')}/file?akte=${akte}&path=${path}`, watcherHeaders)
  const record = {
    name: path,
    type: 'video/mp4',
    role: 'Attachment',
    relatedType: 'CDokumente',
    field: 'dokument',
  }
  const size = Number(source.headers['content-length'])
  const announced = JSON.stringify({ ...record, size, isBeingUploaded: true })
  const created = await post(
    `${espoUrl}/Attachment`,
    { ...espoHeaders, 'Content-Type': 'application/json' },
    announced,
  )
  const { id } = JSON.parse(created) as { id: string }
  let waiting: Buffer[] = []
  let bytes = 0
  const flush = async () => {
    const body = `data:application/octet-stream;base64,${Buffer.concat(waiting, bytes).toString('base64')}`
    waiting = []
    bytes = 0
    await post(
      `${espoUrl}/Attachment/chunk/${id}`,
      { ...espoHeaders, 'Content-Type': 'application/octet-stream' },
      body,
    )
  }
  for await (const piece of source) {
    waiting.push(piece as Buffer)
    bytes += (piece as Buffer).length
    if (bytes >= CHUNK_BYTES) await flush()
  }
  if (bytes > 0) await flush()
}

async function toWindows(): Promise<void> {
  const source = await open(`${espoUrl}/Attachment/file/${env('BENCH_ATTACHMENT')}`, espoHeaders)
  const length = { 'Content-Length': source.headers['content-length'] }
  const headers = { ...watcherHeaders, 'X-Blake3-Hash': env('BENCH_HASH'), ...length }
  const url = `${env('ADVOWARE_WATCHER_URL')}/files/${akte}/${path}`
  const target = request(url, { method: 'PUT', agent, headers })
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    target.on('response', resolve).on('error', reject)
  })
  await pipeline(source, target)
  const { statusCode = 500 } = await answered
  if (statusCode >= 300) throw new Error(`${url}: ${statusCode}`)
}

await (direction === 'to-espo' ? toEspo() : toWindows())
process.exit(0)
