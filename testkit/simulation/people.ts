import type { EspoRecord } from '../../sandbox/espo/schema'
import { keptPath } from '../../services/espo/espo-values'
import type { Random } from '../random'
import { blake3 } from './content'
import type { Crm } from './crm'
import type { Practice } from './practice'
import type { Share } from './share'

const NAMES = [
  'Klage.docx',
  'Replik.pdf',
  'Schriftsätze/Berufung.docx',
  'Anlagen/Übergabe 1.pdf',
  'Notiz.txt',
]
/** What the file server holds, and a careful program has to know. */
const ODD_ON_WINDOWS = [
  'a=b & c%20d.docx',
  'Anlagen/Übergabe 1.pdf'.normalize('NFD'),
  'KLAGE.DOCX',
  'Thumbs.db',
  'Entwurf.tmp',
  'tief/unten/im/Ordner/Blatt #1.txt',
  'Aux.docx',
  'Con.Tract.pdf',
  'Müller & Co./Brief.docx',
  'Brief.docx ',
  `${'lang'.repeat(30)}/${'lang'.repeat(30)}.pdf`,
]
/** What people type into EspoCRM, and Windows cannot have; some of it leads out of the Aktenordner. */
const ODD_IN_ESPO = [
  'CON.txt',
  'Ordner./Datei.docx',
  'Frage?.pdf',
  'a<b>=c.docx',
  '../böse.txt',
  'C:/Windows/böse.txt',
  '/wurzel.txt',
  `${'lang'.repeat(60)}.pdf`,
  'Anlagen/übergabe 1.PDF',
  'Klage.docx',
]
const ROOT = 'V:\\Akten\\'
const WAYS_OF_WRITING: ((path: string) => string)[] = [
  (path) => path,
  (path) => `${path}\u00a0\r\n`,
  (path) => `"${path}"`,
  (path) => `„${path}“`,
  (path) => `${path}\u0000\u0000rest`,
  (path) => `\u202a${path.replace('\\Akten\\', '\\\\Akten\\.\\')}`,
]
const HOUR = 3_600_000

/** What people in the office do, on both sides, at any moment; each act is told in one line. */
export class People {
  /** Nobody loses more than they do themselves: a new version every time, unless two people save the same. */
  private versions = 0

  constructor(
    private readonly random: Random,
    private readonly share: Share,
    private readonly crm: Crm,
    private readonly practice: Practice,
    private readonly tell: (line: string) => void,
  ) {}

  /** An Akte as it stood after an earlier sync, with some documents. */
  open(akte: string): void {
    this.crm.addAkte(akte)
    this.practice.records.addAkte(akte)
    this.share.folder(akte)
    for (const name of NAMES.slice(0, this.random.int(0, NAMES.length))) this.agree(akte, name)
  }

  /** A document that an earlier sync left the same on both sides; `saysWhose`: its base says what it is about. */
  agree(akte: string, name: string, saysWhose = this.random.chance(0.75)): EspoRecord {
    const content = this.version(name)
    this.share.save(akte, name, content, HOUR)
    this.file(akte, name)
    const { usn } = this.share.find(akte, name) ?? {}
    const hash = blake3(content)
    const states = { fileStatus: 'synced', syncStatus: 'synced', lastSync: '2026-03-01 08:00:00' }
    const syncPfad = keptPath(name.replaceAll('/', '\\'))
    const place = saysWhose ? { syncAkteId: this.crm.akteId(akte), syncPfad } : {}
    const base = { blake3hash: hash, syncHash: hash, sync_usn: usn, hnr: 1, ...states, ...place }
    return this.crm.addDocument(akte, name, content, base)
  }

  /** Puts a file into the History. */
  file(akte: string, name: string): void {
    this.practice.records.addHistory(akte, { datei: this.datei(akte, name), text: name })
  }

  /** How the History names a file: as people and other programs write paths, each name in a way of its own. */
  datei(akte: string, name: string): string {
    const letters = [...name].reduce((sum, letter) => sum + letter.charCodeAt(0), 0)
    const written = WAYS_OF_WRITING[letters % WAYS_OF_WRITING.length] as (path: string) => string
    return written(`${ROOT}${akte}\\${name.replaceAll('/', '\\')}`)
  }

  /** Somebody does something with a document of this Akte. */
  act(akte: string): void {
    const acts = [
      this.saveInWindows,
      this.saveInWindows,
      this.editInWord,
      this.touchInWindows,
      this.addInWindows,
      this.deleteInWindows,
      this.replaceInEspo,
      this.replaceInEspo,
      this.addInEspo,
      this.deleteInEspo,
      this.clearInEspo,
      this.saveSameOnBothSides,
      this.removeFromHistory,
      this.addSameNameOnBothSides,
      this.addOddNameInWindows,
      this.addOddNameInEspo,
      this.renameInWindows,
      this.renameInWindows,
      this.renameInEspo,
      this.exchangePathsInEspo,
      this.giveToAnotherAkte,
      this.copyInEspo,
      this.replaceByAnotherKind,
    ]
    this.random.pick(acts).call(this, akte)
  }

  /** Somebody takes a document away just when the sync has read its file. */
  takeAway(akte: string, document: EspoRecord): void {
    if (this.random.chance(0.5)) this.giveToAnotherAkte(akte, document)
    else this.remove(akte, document)
  }

  private saveInWindows(akte: string): void {
    const file = this.aFile(akte)
    if (!file || this.share.folder(akte).open.size > 0) return
    this.share.save(akte, file, this.version(file))
    this.tell(`a person saves ${akte} ${file} on Windows, ${this.last}`)
  }

  /** Open, save after a while, close: Word keeps others out until then. */
  private editInWord(akte: string): void {
    const file = this.aFile(akte)
    if (!file || this.share.folder(akte).open.size > 0) return
    this.share.openInWord(akte, file)
    this.tell(`a person opens ${akte} ${file} in Word`)
    setTimeout(
      () => {
        if (!this.share.find(akte, file)) return
        this.share.save(akte, file, this.version(file))
        this.tell(`a person saves ${akte} ${file} in Word, ${this.last}`)
      },
      this.random.int(1000, 60_000),
    )
    setTimeout(() => this.share.closeWord(akte, file), 60_000)
  }

  private touchInWindows(akte: string): void {
    const file = this.aFile(akte)
    if (file) this.share.touch(akte, file)
  }

  private addInWindows(akte: string): void {
    const name = this.random.pick(NAMES)
    if (this.share.find(akte, name)) return
    this.share.save(akte, name, this.version(name), this.random.pick([0, HOUR]))
    const isFiled = this.random.chance(0.8)
    if (isFiled) this.file(akte, name)
    this.tell(
      `a person puts ${akte} ${name} on Windows${isFiled ? ' and into the History' : ''}, ${this.last}`,
    )
  }

  private deleteInWindows(akte: string): void {
    const file = this.aFile(akte)
    if (!file || this.share.folder(akte).open.size > 0 || !this.random.chance(0.5)) return
    this.share.remove(akte, file)
    this.tell(`a person deletes ${akte} ${file} on Windows`)
  }

  private replaceInEspo(akte: string): void {
    const document = this.aDocument(akte)
    if (!document) return
    this.crm.replace(document, this.version(this.crm.path(document)))
    this.tell(`a person replaces ${akte} ${this.crm.path(document)} in EspoCRM, ${this.last}`)
  }

  private addInEspo(akte: string): void {
    const name = this.random.pick(NAMES)
    if (this.hasDocument(akte, name)) return
    this.crm.addDocument(akte, name, this.version(name))
    this.tell(`a person adds ${akte} ${name} in EspoCRM, ${this.last}`)
  }

  private deleteInEspo(akte: string): void {
    const document = this.aDocument(akte)
    if (document && this.random.chance(0.3)) this.remove(akte, document)
  }

  private remove(akte: string, document: EspoRecord): void {
    this.crm.remove(document)
    this.tell(`a person deletes ${akte} ${this.crm.path(document)} in EspoCRM`)
  }

  private clearInEspo(akte: string): void {
    const document = this.aDocument(akte)
    if (!document || !this.random.chance(0.3)) return
    this.crm.replace(document, null)
    this.tell(`a person takes the file off ${akte} ${this.crm.path(document)} in EspoCRM`)
  }

  private saveSameOnBothSides(akte: string): void {
    const document = this.aDocument(akte)
    if (!document || this.share.folder(akte).open.size > 0) return
    const path = this.crm.path(document)
    const content = this.version(path)
    this.share.save(akte, path, content)
    this.crm.replace(document, content)
    this.tell(`${akte} ${path} is saved alike on both sides, ${this.last}`)
  }

  private addSameNameOnBothSides(akte: string): void {
    const name = this.random.pick(NAMES)
    if (this.share.find(akte, name) || this.hasDocument(akte, name)) return
    this.share.save(akte, name, this.version(name))
    if (this.random.chance(0.5)) this.file(akte, name)
    this.crm.addDocument(akte, name, this.version(name))
    this.tell(`${akte} ${name} appears on both sides with different contents, ${this.last}`)
  }

  private addOddNameInWindows(akte: string): void {
    const name = this.random.pick(ODD_ON_WINDOWS)
    if (this.share.find(akte, name) || !this.random.chance(0.4)) return
    this.share.save(akte, name, this.version(name), HOUR)
    this.file(akte, name)
    this.tell(`a person puts ${akte} ${name} on Windows and into the History, ${this.last}`)
  }

  private addOddNameInEspo(akte: string): void {
    const name = this.random.pick(ODD_IN_ESPO)
    if (!this.random.chance(0.4)) return
    this.crm.addDocument(akte, name, this.version(name))
    this.tell(`a person adds ${akte} ${name} in EspoCRM, ${this.last}`)
  }

  private renameInWindows(akte: string): void {
    const from = this.aFile(akte)
    const to = this.random.pick([...NAMES, 'umbenannt.docx', 'Archiv/2026/umbenannt.docx'])
    if (!from || this.share.find(akte, to) || this.share.folder(akte).open.size > 0) return
    this.share.rename(akte, from, to)
    const inHistory = this.random.pick(['follows', 'gets another entry', 'does not follow'])
    if (inHistory === 'follows') this.practice.rename(akte, this.datei(akte, from), this.datei(akte, to))
    if (inHistory === 'gets another entry') this.file(akte, to)
    this.tell(`a person renames ${akte} ${from} to ${to} on Windows, the History ${inHistory}`)
  }

  private renameInEspo(akte: string): void {
    const document = this.aDocument(akte)
    if (!document) return
    const from = this.crm.path(document)
    const to = this.random.pick([...NAMES, 'umbenannt.docx', 'Klage?.docx'])
    this.crm.update(document, { dateipfad: to })
    this.tell(`a person renames ${akte} ${from} to ${to} in EspoCRM`)
  }

  /** Two documents, or as many as there are, take each other's paths. */
  private exchangePathsInEspo(akte: string): void {
    const documents = this.crm.documents(akte).slice(0, this.random.int(2, 3))
    const paths = documents.map((document) => document.dateipfad)
    for (const [at, document] of documents.entries())
      this.crm.update(document, { dateipfad: paths[(at + 1) % paths.length] ?? null })
    this.tell(`${documents.length} documents of ${akte} exchange their paths in EspoCRM`)
  }

  private giveToAnotherAkte(akte: string, document = this.aDocument(akte)): void {
    const others = [...this.share.folders.keys()].filter((other) => other !== akte)
    if (!document || others.length === 0) return
    const other = this.random.pick(others)
    this.crm.give(document, other)
    this.tell(`a person gives ${akte} ${this.crm.path(document)} to ${other} in EspoCRM`)
  }

  private copyInEspo(akte: string): void {
    const document = this.aDocument(akte)
    if (!document || this.crm.content(document) === null) return
    this.crm.copy(document, this.version(this.crm.path(document)))
    this.tell(`a person copies ${akte} ${this.crm.path(document)} in EspoCRM, ${this.last}`)
  }

  private replaceByAnotherKind(akte: string): void {
    const document = this.aDocument(akte)
    if (!document) return
    const name = `unterschrieben ${this.random.int(1, 3)}.${this.random.pick(['pdf', 'eml', 'docx'])}`
    this.crm.replace(document, this.version(name), name)
    this.tell(`a person replaces ${akte} ${this.crm.path(document)} by ${name} in EspoCRM, ${this.last}`)
  }

  private removeFromHistory(akte: string): void {
    const history = this.practice.history(akte)
    const line = history.length > 0 ? this.random.pick(history) : undefined
    if (!line || !this.random.chance(0.3)) return
    this.practice.records.removeHistory(akte, ({ datei }) => datei === line.datei)
    this.tell(`a person takes ${line.datei} out of the History`)
  }

  private aFile(akte: string): string | undefined {
    const files = this.share.files(akte)
    return files.length > 0 ? this.random.pick(files).path : undefined
  }

  private aDocument(akte: string): EspoRecord | undefined {
    const documents = this.crm.documents(akte)
    return documents.length > 0 ? this.random.pick(documents) : undefined
  }

  private hasDocument(akte: string, name: string): boolean {
    return this.crm.documents(akte).some((document) => this.crm.path(document) === name)
  }

  private get last(): string {
    return `version ${this.versions}`
  }

  private version(path: string): string {
    return `version ${++this.versions} of ${path}`
  }
}
