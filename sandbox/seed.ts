import { docx, pdf } from './documents'
import { typeOf } from './espo/server'
import type { Office } from './office'

const HOUR = 3_600_000
const SMALL_AKTE = '123/24'
const hoursAgo = (hours: number): Date => new Date(Date.now() - hours * HOUR)
const day = (hours: number): string => hoursAgo(hours).toISOString().slice(0, 10)
const espoTime = (date: Date): string => date.toISOString().slice(0, 19).replace('T', ' ')
const content = (path: string, ...lines: string[]): Buffer =>
  typeOf(path) === 'application/pdf' ? pdf(...lines) : docx(...lines)

/** A document that was synced three days ago; returns the id of its record. */
async function agreed(office: Office, akte: string, path: string, text: string): Promise<string> {
  const bytes = content(path, text)
  const name = path.slice(path.lastIndexOf('\\') + 1)
  const { usn, blake3Hash } = await office.watcher.write(akte, path, bytes, hoursAgo(73))
  const created = await office.espo.addDokument({
    akte,
    name: name.replace(/\.\w+$/, ''),
    dateipfad: path,
    content: bytes,
    attachmentName: name,
    createdAt: hoursAgo(73),
  })
  office.espo.updateDokument(created.id, {
    syncHash: blake3Hash,
    blake3hash: blake3Hash,
    sync_usn: usn,
    syncAttachmentId: created.dokumentId ?? null,
    fileStatus: 'synced',
    syncStatus: 'synced',
    lastSync: espoTime(hoursAgo(72)),
  })
  return created.id
}

/**
 * The typical case: 5 EspoCRM documents, 8 Windows files (7 of them in the History), 10 History entries.
 * A first sync shows 3 CREATE, 1 UPDATE_ESPO, 3 UPLOAD_WINDOWS (one replaced in EspoCRM, one new there, one
 * conflict that EspoCRM wins) and 2 SKIP (unchanged; not in the History). Afterwards there are 8 EspoCRM
 * documents, 9 Windows files and 11 History entries. Akte 123/24: 1 document, 2 Windows files, 2 entries
 * (1 CREATE, 1 SKIP). Does nothing if Akte 12345 exists.
 */
export async function seedTypicalAkte(office: Office): Promise<void> {
  if (office.espo.akte('12345')) return
  if (office.espo.takes(SMALL_AKTE)) await seedSmallAkte(office)
  const { watcher, advoware, espo } = office
  const akte = '12345'
  advoware.addAkte(akte, { ablage: false })
  espo.addAkte({ aktennummer: akte, name: 'Müller ./. Schmidt', aktivierungsstatus: 'Aktiv' })

  const klage = 'Schriftsätze\\Klageschrift Müller.docx'
  const replik = 'Schriftsätze\\Replik auf Klageerwiderung.docx'
  const vollmacht = 'Vollmacht Müller.docx'
  const vergleich = 'Schriftsätze\\Vergleichsvorschlag.docx'
  await agreed(office, akte, klage, 'Klage der Frau Müller gegen Herrn Schmidt wegen Werklohns.')
  await agreed(office, akte, replik, 'Replik, erster Entwurf.')
  const vollmachtId = await agreed(office, akte, vollmacht, 'Vollmacht, noch ohne Unterschrift.')
  const vergleichId = await agreed(office, akte, vergleich, 'Vergleichsvorschlag über 8.000 Euro.')

  // Changed in Word since; replaced in EspoCRM since; and one changed on both sides, EspoCRM last.
  await watcher.write(akte, replik, docx('Replik, Fassung nach Rücksprache mit der Mandantin.'), hoursAgo(2))
  await espo.replaceFile(vollmachtId, docx('Vollmacht, unterschrieben zurückgesandt.'), hoursAgo(1.5))
  await watcher.write(akte, vergleich, docx('Vergleichsvorschlag über 9.000 Euro (Kanzlei).'), hoursAgo(5))
  await espo.replaceFile(vergleichId, docx('Vergleichsvorschlag über 9.500 Euro (Mandantin).'), hoursAgo(1))

  // Only in EspoCRM.
  await espo.addDokument({
    akte,
    name: 'Mandantenbrief Größenangaben',
    dateipfad: 'Korrespondenz\\Mandantenbrief Größenangaben.docx',
    content: docx('Sehr geehrte Frau Müller, anbei die Größenangaben des Aufmaßes.'),
    createdAt: hoursAgo(3),
  })

  // Only on the file share: three in the History, one not.
  const rechnung = 'Rechnung 2026-017.pdf'
  const gutachten = 'Gutachten\\Sachverständigengutachten Dr. Weiß.pdf'
  const schreiben = 'Korrespondenz\\Schreiben an Gegenseite.docx'
  await watcher.write(akte, rechnung, pdf('Rechnung 2026-017', 'Werklohn 9.500,00 EUR'), hoursAgo(50))
  await watcher.write(akte, gutachten, pdf('Gutachten Dr. Weiß', 'Die Fläche beträgt 84 m².'), hoursAgo(30))
  await watcher.write(akte, schreiben, docx('Sehr geehrter Herr Kollege, …'), hoursAgo(26))
  await watcher.write(akte, 'Notizen (intern).docx', docx('Nicht für die Akte.'), hoursAgo(20))

  const file = (path: string): string => `V:\\Akten\\${akte}\\${path}`
  const entries: [number, string, string, string?][] = [
    [400, 'Telefonnotiz', 'Erstgespräch mit Frau Müller'],
    [380, 'Schreiben', 'Klageschrift, Entwurf', file(klage)],
    [350, 'Schreiben', 'Klageschrift', file(klage)],
    [300, 'Vollmacht', 'Vollmacht Müller', 'Vollmacht Müller.docx'],
    [200, 'Schreiben', 'Replik', file(replik)],
    [150, 'Schreiben', 'Vergleichsvorschlag', file(vergleich)],
    [50, 'Rechnung', 'Rechnung der Mandantin', file(rechnung)],
    [30, 'Gutachten', 'Sachverständigengutachten Dr. Weiß', file(gutachten)],
    [26, 'Schreiben', 'Schreiben an die Gegenseite', file(schreiben)],
    [10, 'Telefonnotiz', 'Rückruf Gericht: Termin bestätigt'],
  ]
  for (const [hours, art, text, datei] of entries) {
    advoware.addHistory(akte, { dat: day(hours), art, text, ...(datei && { datei }) })
  }
}

/**
 * This many Akten with work in both directions: two files on the share that the History names, one document that
 * only EspoCRM has. In agreement an Akte has 3 documents, 3 files and 3 History entries. Returns the Aktennummern.
 */
export async function seedManyAkten({ watcher, advoware, espo }: Office, count: number): Promise<string[]> {
  const akten = Array.from({ length: count }, (_, index) => `${20_001 + index}`)
  for (const akte of akten) {
    advoware.addAkte(akte, { ablage: false })
    espo.addAkte({ aktennummer: akte, name: `Mandat ${akte}`, aktivierungsstatus: 'Aktiv' })
    for (const path of ['Klage.docx', 'Anlagen\\K1.pdf']) {
      await watcher.write(akte, path, content(path, `${path} in ${akte}`), hoursAgo(30))
      advoware.addHistory(akte, { dat: day(30), text: path, datei: `V:\\Akten\\${akte}\\${path}` })
    }
    const dateipfad = 'Korrespondenz\\Mandantenbrief.docx'
    await espo.addDokument({ akte, name: 'Mandantenbrief', dateipfad, content: docx(`Brief in ${akte}`) })
  }
  return akten
}

async function seedSmallAkte({ watcher, advoware, espo, ...office }: Office): Promise<void> {
  const akte = SMALL_AKTE
  if (!espo.akte(akte)) espo.addAkte({ aktennummer: akte, name: 'Erbengemeinschaft Österle' })
  advoware.addAkte(akte, { ablage: false })
  if (espo.dokumente(akte).length === 0) {
    await agreed(
      { watcher, advoware, espo, ...office },
      akte,
      'Erbschein.pdf',
      'Erbschein nach Georg Österle',
    )
  }
  await watcher.write(akte, 'Verträge\\Auseinandersetzungsvertrag.docx', docx('§ 1 Nachlass'), hoursAgo(48))
  advoware.addHistory(akte, { dat: day(300), art: 'Urkunde', text: 'Erbschein', datei: 'Erbschein.pdf' })
  advoware.addHistory(akte, {
    dat: day(48),
    art: 'Vertrag',
    text: 'Auseinandersetzungsvertrag, Entwurf',
    datei: 'V:\\Akten\\123-24\\Verträge\\Auseinandersetzungsvertrag.docx',
  })
}
