// The three systems of a benchmark, in a process of their own so that whoever is measured has its own. Spoken to by
// IPC, see `openWorld`.
import { open } from 'node:fs/promises'
import { hashFile } from '../sandbox/files'
import { type Office, startOffice } from '../sandbox/office'
import { contentOf, makeFiles } from './files'
import { openSlowLink } from './slow-link'

/** What a world is asked to do, and what it answers. */
export interface WorldApi {
  /** The settings that lead to it over the slow link. */
  env(): Promise<Record<string, string>>
  /** Files on the share that the History names; with `agreed` their documents too, as after a sync. */
  fill(akte: string, count: number, bytes: number, agreed?: boolean): Promise<void>
  /** So many of the files get a new version, every second one in EspoCRM, the others in Windows. */
  change(akte: string, count: number, of: number, bytes: number): Promise<void>
  /** One file that is too large for memory, in Windows or in EspoCRM; resolves to its attachment, if any, and hash. */
  addLarge(
    akte: string,
    bytes: number,
    side: 'Windows' | 'EspoCRM',
  ): Promise<{ attachment: string; hash: string }>
  /** Removes the large file from the share. */
  removeFile(akte: string): Promise<void>
  /** How many documents of the Akte are not in agreement by their base. */
  open(akte: string): Promise<number>
  /** Requests since the last call. */
  counted(): Promise<{ reads: number; writes: number }>
}

const HOUR = 3_600_000
const MEGABYTE = 1024 * 1024
const LARGE = 'Videovernehmung.mp4'
const slashed = (path: unknown) => String(path).replaceAll('\\', '/')

class World implements WorldApi {
  constructor(
    private readonly office: Office,
    private readonly roundTripMs: number,
  ) {}

  async env() {
    const env = this.office.env()
    if (this.roundTripMs === 0) return env
    for (const [name, value] of Object.entries(env)) {
      const port = /^http:\/\/127\.0\.0\.1:(\d+)/.exec(value)?.[1]
      if (port === undefined) continue
      const link = await openSlowLink(Number(port), this.roundTripMs)
      env[name] = value.replace(port, `${link.port}`)
    }
    return env
  }

  async fill(akte: string, count: number, bytes: number, agreed = false) {
    const { watcher, advoware, espo } = this.office
    this.addAkte(akte)
    const akten = advoware as unknown as {
      state: { data: { akten: Record<string, { history: unknown[] }> } }
    }
    const history = akten.state.data.akten[akte]?.history ?? []
    for (const [index, file] of makeFiles(count, bytes).entries()) {
      const content = contentOf(file, 'v1')
      const path = file.path.replaceAll('/', '\\')
      const written = await watcher.write(akte, path, content)
      const text = `Dokument ${index}`
      history.push({
        hnr: index + 1,
        dat: '2026-03-24',
        art: 'Schreiben',
        text,
        datei: `V:\\Akten\\${akte}\\${path}`,
      })
      if (!agreed) continue
      const record = await espo.addDokument({
        akte,
        name: text,
        dateipfad: file.path,
        content,
        createdAt: new Date(Date.now() - HOUR),
      })
      espo.updateDokument(record.id, {
        syncHash: written.blake3Hash,
        blake3hash: written.blake3Hash,
        sync_usn: written.usn,
        syncAttachmentId: record.dokumentId ?? null,
        fileStatus: 'synced',
        syncStatus: 'synced',
        hnr: index + 1,
        historyArt: 'Schreiben',
        historyText: text,
        historyDatum: '2026-03-24',
      })
    }
  }

  async change(akte: string, count: number, of: number, bytes: number) {
    const { watcher, espo } = this.office
    const files = makeFiles(of, bytes)
    const documents = new Map(espo.dokumente(akte).map((record) => [slashed(record.dateipfad), record.id]))
    const step = Math.floor(of / count)
    for (let at = 0; at < count; at++) {
      const file = files[at * step]
      if (!file) continue
      const content = contentOf(file, `v ${Date.now()}`)
      if (at % 2 === 0) await watcher.write(akte, file.path, content)
      else await espo.replaceFile(documents.get(file.path) ?? '', content)
    }
  }

  async addLarge(akte: string, bytes: number, side: 'Windows' | 'EspoCRM') {
    const { watcher, advoware, espo } = this.office
    this.addAkte(akte)
    espo.sizeLimit = 4 * 1024 * MEGABYTE
    if (side === 'EspoCRM') {
      const created = await espo.addDokument({ akte, name: LARGE, dateipfad: LARGE, content: 'x' })
      const attachment = String(created.dokumentId)
      const file = espo.records.file(attachment)
      await fillFile(file, bytes)
      espo.records.get('Attachment', attachment).size = bytes
      return { attachment, hash: await hashFile(file) }
    }
    await watcher.write(akte, LARGE, 'x')
    const file = `${watcher.folder(akte)}/${LARGE}`
    await fillFile(file, bytes)
    const [listed] = await watcher.list(akte) // hashed before anybody asks
    advoware.addHistory(akte, { dat: '2026-03-24', text: LARGE, datei: `V:\\Akten\\${akte}\\${LARGE}` })
    return { attachment: '', hash: listed?.blake3Hash ?? '' }
  }

  async removeFile(akte: string) {
    await this.office.watcher.remove(akte, LARGE)
  }

  async open(akte: string) {
    const documents = new Map(
      this.office.espo.dokumente(akte).map((record) => [slashed(record.dateipfad), record]),
    )
    const files = await this.office.watcher.list(akte)
    const differs = files.filter(({ path, usn }) => {
      const record = documents.get(slashed(path))
      return record?.sync_usn !== usn || record.syncAttachmentId !== record.dokumentId
    })
    return differs.length + Math.max(0, documents.size - files.length)
  }

  async counted() {
    const { watcher, advoware, espo } = this.office
    const all = [watcher, advoware, espo].flatMap(({ requests }) => [...requests])
    for (const { requests } of [watcher, advoware, espo]) requests.reset()
    const reads = all.filter(({ method }) => method === 'GET').length
    return { reads, writes: all.length - reads }
  }

  private addAkte(akte: string) {
    this.office.advoware.addAkte(akte)
    this.office.espo.addAkte({ aktennummer: akte, name: akte, aktivierungsstatus: 'Aktiv' })
  }
}

/** Fills a file with bytes that nothing can compress, one megabyte in memory, an hour old. */
async function fillFile(path: string, bytes: number): Promise<void> {
  const handle = await open(path, 'w')
  const block = contentOf({ path, size: MEGABYTE }, 'large')
  for (let at = 0; at < bytes; at += MEGABYTE) {
    block.writeUInt32LE(at / MEGABYTE)
    await handle.write(block.subarray(0, Math.min(MEGABYTE, bytes - at)))
  }
  const hourAgo = new Date(Date.now() - HOUR)
  await handle.utimes(hourAgo, hourAgo)
  await handle.close()
}

const [dataDir = '', roundTripMs = '0'] = process.argv.slice(2)
const world = new World(await startOffice({ dataDir }), Number(roundTripMs))
process.on('message', async ({ id, name, args }: { id: number; name: keyof WorldApi; args: [] }) => {
  try {
    process.send?.({ id, answer: await (world[name] as (...args: unknown[]) => Promise<unknown>)(...args) })
  } catch (error) {
    process.send?.({ id, error: (error as Error).stack })
  }
})
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0 })
