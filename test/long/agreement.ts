import { expect } from 'vitest'
import type { Office } from '../../sandbox/office'
import { verifyInSync } from '../../scripts/verify'

/** All three systems agree, byte by byte, and hold each of the `count` documents of the Akte exactly once. */
export async function expectAgreement(office: Office, akte: string, count: number): Promise<void> {
  expect(await verifyInSync(office, akte), `Akte ${akte}`).toEqual([])
  const things = {
    documents: office.espo.dokumente(akte).map(({ dateipfad, dokumentName }) => dateipfad || dokumentName),
    files: (await office.watcher.list(akte)).map(({ path }) => path),
    entries: office.advoware.history(akte).map(({ datei }) => datei),
  }
  for (const [kind, names] of Object.entries(things)) {
    expect(names, `${kind} of Akte ${akte}`).toHaveLength(count)
    expect(new Set(names).size, `different ${kind} of Akte ${akte}`).toBe(count)
  }
}
