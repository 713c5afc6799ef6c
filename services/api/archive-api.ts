import { basename } from 'node:path/posix'
import { Readable } from 'node:stream'
import { z } from 'zod'
import type { Systems } from '../app/systems'
import type { Clock } from '../clock'
import type { Content } from '../content/spool'
import { NotFoundError } from '../errors'
import type { Administrator } from '../model/administrator'
import { pathKey } from '../model/paths'
import { type Language, type Reason, reasonText } from '../model/reasons'
import { WindowsView } from '../sync/observe/windows-view'
import type { ApiAnswer } from './answer'
import { aktennummerSchema, type archivedVersionSchema, hashSchema } from './schemas'

const listSchema = z.object({ aktennummer: aktennummerSchema.optional(), path: z.string().optional() })
const placeSchema = z.object({ aktennummer: aktennummerSchema, path: z.string().min(1) })

/** Who asks for a content, and from where: the audit log names both. */
interface Sender {
  who: Administrator
  address: string
}

/** Versions in one answer, the newest; an Akte or a path finds the others. */
const MOST_VERSIONS = 1000

/** The archive's routes: the only way for document contents out of the product, each recorded in the audit log. */
export class ArchiveApi {
  constructor(
    private readonly systems: Pick<Systems, 'archive' | 'audit' | 'watcher' | 'openSpool'>,
    private readonly clock: Pick<Clock, 'now' | 'token'>,
    private readonly language: Language,
  ) {}

  /** The archived versions, newest first: all, those of one Akte, or of one of its paths. */
  async list(query: unknown): Promise<ApiAnswer> {
    const { aktennummer, path } = listSchema.parse(query)
    const filter = { ...(aktennummer ? { aktennummer } : {}), ...(path ? { path } : {}) }
    const found = await this.systems.archive.list(filter, MOST_VERSIONS)
    const versions = found.map(
      (version): z.infer<typeof archivedVersionSchema> => ({
        ...version,
        reason: reasonText(version.reason as Reason, this.language) ?? version.reason, // a record may be older
      }),
    )
    return { status: 200, body: { versions } }
  }

  /**
   * A version as a download. `place` says in which Akte somebody looks for it, where several had it; with a path it also
   * finds the version of a conflict that won and is therefore not in the archive but on the file share.
   * @throws NotFoundError when neither has it
   */
  async download(hash: unknown, place: unknown, sender: Sender): Promise<ApiAnswer> {
    const wanted = hashSchema.parse(hash)
    const records = await this.systems.archive.records(wanted)
    const { aktennummer } = listSchema.catch({}).parse(place)
    const record = records.find((one) => one.aktennummer === aktennummer) ?? records[0]
    if (record) return this.hand(await this.systems.archive.fetch(wanted), record, sender)
    const known = placeSchema.safeParse(place)
    if (!known.success) throw new NotFoundError(`The archive has no version ${wanted}`)
    return this.downloadCurrent(wanted, known.data, sender)
  }

  private async downloadCurrent(
    hash: string,
    { aktennummer, path }: z.infer<typeof placeSchema>,
    sender: Sender,
  ): Promise<ApiAnswer> {
    const { watcher, openSpool } = this.systems
    const { files } = await WindowsView.open(watcher, aktennummer)
    const file = files.find((one) => pathKey(one.path) === pathKey(path))
    const gone = new NotFoundError(`Neither the archive nor the file share has this version of ${path}`)
    if (!file || (file.blake3Hash !== null && file.blake3Hash !== hash)) throw gone
    const spool = await openSpool()
    try {
      const content = await watcher.downloadFile(aktennummer, file, spool)
      if (content.hash !== hash) throw gone
      const answer = await this.hand(content, { aktennummer, path: file.path, side: 'Windows' }, sender)
      ;(answer.body as Readable).once('close', () => void spool.close())
      return answer
    } catch (error) {
      await spool.close()
      throw error
    }
  }

  private async hand(
    content: Content,
    { aktennummer, path, side }: { aktennummer: string; path: string; side: 'Windows' | 'EspoCRM' },
    sender: Sender,
  ): Promise<ApiAnswer> {
    await this.systems.audit.append({
      time: this.clock.now().toISOString(),
      run: this.clock.token(),
      aktennummer,
      path,
      document: null,
      side,
      action: 'DOWNLOAD',
      reason: `downloaded by ${sender.who.name} at ${sender.address}`,
      hashBefore: content.hash,
      hashAfter: content.hash,
    })
    return {
      status: 200,
      headers: {
        'Content-Type': 'application/octet-stream',
        'Content-Length': `${content.size}`,
        'Content-Disposition': `attachment; filename*=UTF-8''${encodeFileName(basename(path))}`,
      },
      body: content.open(),
    }
  }
}

/** A file name as RFC 8187 wants it. */
const encodeFileName = (name: string) =>
  encodeURIComponent(name).replace(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )

/** True for a body that is sent as it is read. */
export const isStream = (body: unknown): body is Readable => body instanceof Readable
