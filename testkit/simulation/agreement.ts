import type { EspoRecord } from '../../sandbox/espo/schema'
import { isNeverSynced, pathProblem } from '../../services/model/paths'
import { groupBy } from '../../services/sync/decide/group-by'
import { matchHistory } from '../../services/sync/decide/history-matches'
import { blake3 } from './content'
import type { SimulatedOffice } from './office'
import { keyOf } from './share'

/** What is wrong with an office that nobody works in any more; empty when everything is in agreement. */
export function disagreements(office: SimulatedOffice): string[] {
  return office.akten.flatMap((akte) => disagreementsOf(office, akte).map((text) => `${akte} ${text}`))
}

function disagreementsOf({ crm, share, practice, config }: SimulatedOffice, akte: string): string[] {
  const problems: string[] = []
  const all = crm.documents(akte)
  const history = practice.history(akte)
  const lines = history.map((line) => ({ ...line, datei: line.datei ?? null }))
  const keysOfFiles = share.files(akte).map(({ path }) => keyOf(path))
  const homes = all.flatMap((one) => (one.syncPfad === null ? [] : [keyOf(crm.home(one))]))
  const paths = all.map((document) => keyOf(crm.path(document)))
  const root = config.advoware.fileRoot?.replaceAll('{aktennummer}', akte)
  const filed = matchHistory([...paths, ...homes, ...keysOfFiles], lines, root)
  const isUnflagged = (one: EspoRecord) => one.fileStatus !== 'conflict' && crm.content(one) !== null
  // What was synced with a file that left the History since is left alone, whatever its path says by now.
  const hasLeft = (one: EspoRecord) =>
    one.syncHash !== null &&
    one.syncPfad !== null &&
    one.fileStatus === 'left' &&
    !filed.has(keyOf(crm.home(one)))
  // The one whose file it is comes before those that are flagged.
  const inOrder = [...all.filter(isUnflagged), ...all.filter((document) => !isUnflagged(document))]
  const documents = groupBy(
    inOrder.filter((document) => !hasLeft(document)),
    (document) => keyOf(crm.path(document)),
  )
  for (const document of all) {
    const home = crm.home(document)
    if (document.syncHash === null || filed.has(keyOf(home)) || hasLeft(document)) continue
    if (isUnflagged(document)) problems.push(`${home}: left the History, and does not say so`)
  }
  const files = groupBy(share.files(akte), (file) => keyOf(file.path))
  const keys = new Set([...documents.keys(), ...files.keys()])
  const aktenordner = keyOf(root ?? '')
  const entered = groupBy(
    history.filter((entry) => practice.isMadeByProduct(entry)),
    ({ datei }) => keyOf(datei ?? '').replace(aktenordner, ''), // the product writes whole paths
  )
  for (const key of keys) {
    const [document, ...others] = documents.get(key) ?? []
    const twins = files.get(key) ?? []
    const alike = twins.filter(({ content }) => document && content === crm.content(document))
    const file = alike.find(({ usn }) => usn === document?.sync_usn) ?? alike[0] ?? twins[0]
    if (isNeverSynced(key)) continue
    for (const other of others) {
      if (isUnflagged(other)) problems.push(`${key}: a second document is not flagged`)
    }
    if (document && !file && pathProblem(crm.path(document)) !== null) {
      const isMarked = document.fileStatus === 'deleted' // Windows had it once
      if (isUnflagged(document) && !isMarked) problems.push(`${key}: an impossible name is not flagged`)
      continue
    }
    if ([document, ...others].filter((one) => one && crm.isMadeByProduct(one)).length > 1) {
      problems.push(`${key}: the product made several documents`)
    }
    const entries = entered.get(key)?.length ?? 0
    if (entries > 1) problems.push(`${key}: the product made ${entries} History entries`)
    if (filed.has(key)) {
      if (file && document) problems.push(...differences(key, document, file.content, file.usn, crm))
      else if (file) problems.push(`${key}: in Windows and the History, but not in EspoCRM`)
      else if (document && document.fileStatus !== 'deleted' && isUnflagged(document)) {
        problems.push(
          `${key}: in EspoCRM and the History, but not in Windows (${config.sync.windowsDeletions})`,
        )
      }
    } else if (document && !file && document.syncHash === null && isUnflagged(document)) {
      problems.push(`${key}: new in EspoCRM, but never uploaded`)
    }
  }
  return problems
}

function differences(
  key: string,
  document: EspoRecord,
  content: string,
  usn: number,
  crm: SimulatedOffice['crm'],
): string[] {
  const inEspo = crm.content(document)
  if (inEspo !== content) return [`${key}: Windows has "${content}", EspoCRM "${inEspo}"`]
  const hash = blake3(content)
  const base = { syncHash: hash, blake3hash: hash, sync_usn: usn, syncAttachmentId: document.dokumentId }
  const wanted = { ...base, fileStatus: 'synced', syncStatus: 'synced' }
  return Object.entries(wanted)
    .filter(([name, value]) => document[name] !== value)
    .map(([name, value]) => `${key}: ${name} is ${document[name]} instead of ${value}`)
}
