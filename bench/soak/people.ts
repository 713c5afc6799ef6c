import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { docx, pdf } from '../../sandbox/documents'
import { hashOf } from '../../sandbox/files'
import type { Office } from '../../sandbox/office'
import type { Random } from '../../testkit/random'
import type { Versions } from './versions'

/** New documents are added only below this, so that the office stays as large as it is. */
const MAX_DOCUMENTS = 8
const NAMES = [
  'Replik.docx',
  'Schriftsätze\\Berufung.docx',
  'Anlagen\\Übergabe 1.pdf',
  'Urteil.pdf',
  'Notiz.docx',
]

/** What people do in the office, on both sides, at any moment. Everything they do can be brought into agreement. */
export class People {
  /** Files that are open in Word just now. */
  private readonly open = new Set<string>()
  /** Files whose document has their former path yet. */
  private readonly renamed = new Set<string>()
  private count = 0

  constructor(
    private readonly office: Office,
    private readonly versions: Versions,
    private readonly random: Random,
  ) {}

  /** Somebody works on a document of this Akte; answers what they did. */
  async work(akte: string): Promise<string> {
    const acts = [
      this.saveOnWindows,
      this.saveOnWindows,
      this.replaceInEspo,
      this.replaceInEspo,
      this.saveOnBothSides,
      this.editInWord,
      this.addOnWindows,
      this.addInEspo,
      this.deleteOnWindows,
      this.renameOnWindows,
      this.touch,
    ]
    const act = this.random.pick(acts)
    await act.call(this, akte)
    return act.name
  }

  /** Everybody closes Word. */
  closeAll(): void {
    for (const file of this.open) {
      const [akte = '', path = ''] = file.split('\n')
      this.office.watcher.unlock(akte, path)
    }
    this.open.clear()
  }

  private async saveOnWindows(akte: string): Promise<void> {
    const path = await this.aFile(akte)
    if (path) await this.save(akte, path)
  }

  private async replaceInEspo(akte: string): Promise<void> {
    const document = this.aDocument(akte)
    if (!document) return
    const path = String(document.dateipfad || document.dokumentName)
    const former = await this.office.espo.content(document)
    const content = this.content(path)
    const hash = await hashOf(content)
    if (former) this.versions.giveUp(await hashOf(former))
    this.versions.note(hash, akte, path, 'EspoCRM')
    await this.office.espo.replaceFile(document.id, content)
  }

  /** Within the same second: a conflict. */
  private async saveOnBothSides(akte: string): Promise<void> {
    await this.replaceInEspo(akte)
    await this.saveOnWindows(akte)
  }

  private async editInWord(akte: string): Promise<void> {
    const path = await this.aFile(akte)
    if (!path) return
    const file = `${akte}\n${path}`
    this.open.add(file)
    this.office.watcher.lock(akte, path)
    void sleep(this.random.int(5000, 40_000), undefined, { ref: false }).then(async () => {
      if (!this.open.delete(file)) return
      if (await this.office.watcher.read(akte, path)) await this.save(akte, path)
      this.office.watcher.unlock(akte, path)
    })
  }

  private async addOnWindows(akte: string): Promise<void> {
    const path = await this.aNewName(akte)
    if (!path) return
    await this.save(akte, path)
    this.enter(akte, path)
  }

  private async addInEspo(akte: string): Promise<void> {
    const dateipfad = await this.aNewName(akte)
    if (!dateipfad) return
    const content = this.content(dateipfad)
    this.versions.note(await hashOf(content), akte, dateipfad, 'EspoCRM')
    await this.office.espo.addDokument({
      akte,
      name: dateipfad.replace(/^.*\\|\.\w+$/g, ''),
      dateipfad,
      content,
    })
  }

  /** It stays in the History, so that the sync brings it back. */
  private async deleteOnWindows(akte: string): Promise<void> {
    const path = await this.aFile(akte)
    if (!path || !this.random.chance(0.5)) return
    const former = await this.office.watcher.read(akte, path)
    if (former) this.versions.giveUp(await hashOf(former))
    await this.office.watcher.remove(akte, path)
  }

  /**
   * Renamed as in Advoware, which enters the new name into the History and takes the old one out. Only what is synced is
   * renamed, and nobody edits it until the document has its new path: a file renamed and edited between two syncs is a
   * new file to everybody, and the old document has left the History (row 12).
   */
  private async renameOnWindows(akte: string): Promise<void> {
    const [from, to] = [await this.aFile(akte), await this.aNewName(akte)]
    if (!from || !to) return
    const { watcher, advoware } = this.office
    const content = await watcher.read(akte, from)
    const document = this.documentAt(akte, from)
    if (!content || document?.syncHash !== (await hashOf(content))) return
    await watcher.write(akte, to, content, new Date())
    await watcher.remove(akte, from)
    this.enter(akte, to)
    this.renamed.add(`${akte}\n${to}`)
    for (const { hnr, datei } of advoware.history(akte))
      if (datei?.endsWith(`\\${akte}\\${from}`)) advoware.removeHistory(akte, hnr)
  }

  /** Opened and saved without a change. */
  private async touch(akte: string): Promise<void> {
    const path = await this.aFile(akte)
    if (!path) return
    const file = join(this.office.watcher.folder(akte), ...path.split('\\'))
    await utimes(file, new Date(), new Date()).catch(() => {}) // gone meanwhile
  }

  private async save(akte: string, path: string): Promise<void> {
    const former = await this.office.watcher.read(akte, path)
    if (former) this.versions.giveUp(await hashOf(former))
    const content = this.content(path)
    this.versions.note(await hashOf(content), akte, path, 'Windows')
    await this.office.watcher.write(akte, path, content, new Date())
  }

  private enter(akte: string, path: string): void {
    this.office.advoware.addHistory(akte, { text: path, datei: `V:\\Akten\\${akte}\\${path}` })
  }

  /** A file of the Akte that is not open in Word, and whose document has its path. */
  private async aFile(akte: string): Promise<string | undefined> {
    const files = (await this.office.watcher.list(akte)).map(({ path }) => path)
    for (const path of files) if (this.documentAt(akte, path)) this.renamed.delete(`${akte}\n${path}`)
    const isFree = (file: string) => !this.open.has(file) && !this.renamed.has(file)
    const free = files.filter((path) => isFree(`${akte}\n${path}`))
    return free.length > 0 ? this.random.pick(free) : undefined
  }

  private documentAt(akte: string, path: string) {
    return this.office.espo.dokumente(akte).find(({ dateipfad }) => dateipfad === path)
  }

  private aDocument(akte: string) {
    const documents = this.office.espo.dokumente(akte)
    return documents.length > 0 ? this.random.pick(documents) : undefined
  }

  /** A name that neither side has and the History never had. */
  private async aNewName(akte: string): Promise<string | undefined> {
    const { watcher, espo, advoware } = this.office
    const taken = [
      ...(await watcher.list(akte)).map(({ path }) => path),
      ...espo.dokumente(akte).map(({ dateipfad, name }) => String(dateipfad || name)),
      ...advoware.history(akte).map(({ datei }) => datei?.replace(`V:\\Akten\\${akte}\\`, '')),
    ]
    if (espo.dokumente(akte).length >= MAX_DOCUMENTS) return undefined
    const name = this.random.pick(NAMES)
    return taken.includes(name) ? undefined : name
  }

  private content(path: string): Buffer {
    this.count += 1
    const line = `Fassung ${this.count} von ${path}, ${new Date().toISOString()}. ${'Lorem ipsum. '.repeat(100)}`
    return path.endsWith('.pdf') ? pdf(line) : docx(line)
  }
}
