import { blake3 } from 'hash-wasm'
import type { Office } from '../sandbox/office'

const key = (path: string) => path.replaceAll('\\', '/').normalize('NFC').toLowerCase()

/**
 * Checks the three systems themselves, not what the sync reports: each Windows file that the History
 * names has the content of its EspoCRM document, and each EspoCRM document has a file and a History entry.
 * Returns what is wrong, one sentence each.
 */
export async function verifyInSync({ watcher, advoware, espo }: Office, akte: string): Promise<string[]> {
  const named = advoware.history(akte).flatMap(({ datei }) => (datei ? [key(datei)] : []))
  const inHistory = (path: string) =>
    named.some((entry) => entry === path || entry.endsWith(`/${path}`) || path.endsWith(`/${entry}`))

  const problems: string[] = []
  const files = new Map((await watcher.list(akte)).map((file) => [key(file.path), file.path]))
  const documents = new Map(
    espo.dokumente(akte).map((record) => {
      const path = record.dateipfad || record.dokumentName || record.name
      return [key(String(path)), record]
    }),
  )
  for (const [path, shown] of files) {
    if (!inHistory(path)) continue
    const document = documents.get(path)
    const content = document && (await espo.content(document))
    if (!document || !content) {
      problems.push(`${shown}: in the History, but not in EspoCRM`)
      continue
    }
    const bytes = await watcher.read(akte, shown)
    const hash = bytes && (await blake3(bytes))
    if (!bytes?.equals(content)) problems.push(`${shown}: Windows and EspoCRM have different contents`)
    else if (document.syncHash !== hash) problems.push(`${shown}: the recorded base is not the content`)
    else if (document.fileStatus !== 'synced') problems.push(`${shown}: fileStatus is ${document.fileStatus}`)
  }
  for (const path of documents.keys()) {
    if (!files.has(path)) problems.push(`${path}: in EspoCRM, but not on Windows`)
    else if (!inHistory(path)) problems.push(`${path}: in EspoCRM, but without a History entry`)
  }
  const status = espo.akte(akte)?.syncStatus
  if (status !== 'synced') problems.push(`the Akte's syncStatus is ${status ?? 'not set'}`)
  return problems
}
