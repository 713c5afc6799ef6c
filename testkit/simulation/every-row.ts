import { KEYS } from '../../services/redis/keys'
import { visible } from '../../services/visible-text'
import type { SimulatedOffice } from './office'

export const AKTE = '12345'
/** Where a document comes from that was synced in another Akte. */
const OTHER = '67890'
const MINUTE = 60_000
/** What is only counted or told, or remembered for a while: a crash may cost one of it. */
const ADVISORY: string[] = [KEYS.token, KEYS.globalLock, KEYS.drift, KEYS.causes, KEYS.restores(AKTE)]

/** An Akte with a document for every row of the decision table; file names begin with the row. */
export async function openEveryRow({ people, crm, share, practice, time }: SimulatedOffice): Promise<void> {
  people.open(AKTE)
  people.open(OTHER)
  const inWindows = (name: string, content = `Windows ${name}`, ageMs = 10_000) =>
    share.save(AKTE, name, content, ageMs)
  const inEspo = (name: string, content: string | null = `EspoCRM ${name}`) =>
    crm.addDocument(AKTE, name, content)
  const agreed = (name: string, saysWhose = true) => people.agree(AKTE, name, saysWhose)
  const filed = (name: string) => people.file(AKTE, name)
  const datei = (name: string) => people.datei(AKTE, name)

  const early = {
    missing: agreed('04 fehlt in Windows.docx'),
    missingAndChanged: agreed('04 fehlt, in EspoCRM geändert.docx'),
    windowsChanged: agreed('08 in Windows geändert.docx'),
    espoChanged: agreed('09 in EspoCRM geändert.docx'),
    bothAlike: agreed('10 beide gleich geändert.docx'),
    windowsNewer: agreed('11 Konflikt, Windows neuer.docx'),
    espoNewer: agreed('11 Konflikt, EspoCRM neuer.docx'),
    left: agreed('12 nicht mehr in der Historie.docx'),
    cleared: agreed('13 Datei entfernt.docx'),
    ofOtherAkte: people.agree(OTHER, '03 aus einer anderen Akte.docx', true),
    ofOtherKind: agreed('03 durch eine andere Art ersetzt.docx'),
    exchanged: [agreed('15 getauscht A.docx'), agreed('15 getauscht B.docx')] as const,
  }
  crm.update(agreed('14 in EspoCRM umbenannt.docx'), { dateipfad: 'anders.docx' })
  agreed('14 in Windows umbenannt.docx')
  agreed('07 unverändert.docx')
  agreed('07 neu gespeichert.docx', false)
  share.touch(AKTE, '07 neu gespeichert.docx')
  crm.replace(early.windowsNewer, 'EspoCRM, älter')
  inEspo('05 Erstkontakt, Windows neuer.docx')
  await time.runUntil(() => false, 10 * MINUTE)

  inWindows('01 neu in Windows.docx')
  filed('01 neu in Windows.docx')
  inWindows('02 nicht in der Historie.docx')
  inEspo('Schriftsätze/03 neu in EspoCRM.docx')
  share.remove(AKTE, '04 fehlt in Windows.docx')
  share.remove(AKTE, '04 fehlt, in EspoCRM geändert.docx')
  crm.replace(early.missingAndChanged, 'EspoCRM, seither geändert')
  inWindows('05 Erstkontakt, gleich.docx', 'gleich')
  inEspo('05 Erstkontakt, gleich.docx', 'gleich')
  filed('05 Erstkontakt, gleich.docx')
  inWindows('05 Erstkontakt, Windows neuer.docx')
  filed('05 Erstkontakt, Windows neuer.docx')
  inWindows('05 Erstkontakt, EspoCRM neuer.docx', 'Windows, älter', 60 * MINUTE)
  inEspo('05 Erstkontakt, EspoCRM neuer.docx')
  filed('05 Erstkontakt, EspoCRM neuer.docx')
  inWindows('06 unterbrochen.docx', 'hochgeladen')
  inEspo('06 unterbrochen.docx', 'hochgeladen')
  inWindows('06 Name belegt.docx')
  inEspo('06 Name belegt.docx')
  inWindows('08 in Windows geändert.docx')
  crm.replace(early.espoChanged, 'EspoCRM, geändert')
  inWindows('10 beide gleich geändert.docx', 'beide')
  crm.replace(early.bothAlike, 'beide')
  inWindows('11 Konflikt, Windows neuer.docx')
  inWindows('11 Konflikt, EspoCRM neuer.docx', 'Windows, älter als EspoCRM', 5 * MINUTE)
  crm.replace(early.espoNewer, 'EspoCRM, neuer')
  inWindows('12 nicht mehr in der Historie.docx')
  practice.records.removeHistory(AKTE, ({ text }) => text.startsWith('12'))
  crm.replace(early.cleared, null)
  inEspo('13 nie eine Datei.docx', null)
  share.rename(AKTE, '14 in Windows umbenannt.docx', 'Ordner/14 mit neuem Namen.docx')
  practice.rename(AKTE, datei('14 in Windows umbenannt.docx'), datei('Ordner/14 mit neuem Namen.docx'))
  crm.give(early.ofOtherAkte, AKTE)
  crm.replace(early.ofOtherKind, 'unterschrieben', '03 unterschrieben.pdf')
  const [a, b] = early.exchanged
  const [pathOfA, pathOfB] = [a.dateipfad, b.dateipfad]
  crm.update(a, { dateipfad: pathOfB ?? null })
  crm.update(b, { dateipfad: pathOfA ?? null })
  crm.replace(b, 'EspoCRM, getauscht und ersetzt')
  crm.copy(agreed('06 kopiert.docx'), 'EspoCRM, Kopie')
  inWindows('Müller & Co./Aux.docx')
  filed('Müller & Co./Aux.docx')
  practice.records.setAblage(AKTE, true)
}

/** Everything that matters about an office at rest, without ids, times and numbers that differ from run to run. */
export function restingState({ crm, share, practice, archive, redis }: SimulatedOffice) {
  const { syncStatus, syncMessage, aktivierungsstatus } = crm.akte(AKTE)
  // That a path was put back is told once, in the run that did it.
  const flagged = String(syncMessage)
    .split('\n')
    .filter((line) => !line.includes('Pfad in der Akte wurde zurückgesetzt'))
    .map((line) => line.replace(/\[([^\]]*)\]\(#[^)]*\)/, '$1'))
  return {
    akte: { syncStatus, flagged, aktivierungsstatus },
    windows: share
      .files(AKTE)
      .map(({ path, content }) => [path, content])
      .sort(),
    espo: crm
      .documents(AKTE)
      .map((document) => {
        const { fileStatus, syncStatus, syncMessage, hnr } = document
        const states = { fileStatus, syncStatus, syncMessage, hasNumber: hnr !== null }
        return [crm.path(document), crm.content(document), states] as const
      })
      .sort(([a], [b]) => a.localeCompare(b)),
    history: practice
      .history(AKTE)
      .map(({ datei }) => visible(datei ?? ''))
      .sort(),
    archive: [...archive.values()].map(({ content }) => content).sort(),
    // A lock whose holder is dead is taken over by the next run; until then it does no harm.
    redis: redis.keys().filter((key) => !ADVISORY.includes(key)),
  }
}
