import { describe, expect, it } from 'vitest'
import type { Dokument } from '../../services/model/model'
import { asSeenIn } from '../../services/sync/decide/base'
import { BASE, syncedDocument } from './samples'

const seen = (change: Partial<Dokument>) => asSeenIn('akte1', syncedDocument(change))
const isSynced = (change: Partial<Dokument>) => seen(change).syncHash !== null
const replaced = { attachmentId: 'att2' }

describe('whose base a document has', () => {
  it.each<[string, Partial<Dokument>, boolean]>([
    ['this Akte’s', {}, true],
    ['another Akte’s', { syncAkteId: 'akte2' }, false],
    ['another Akte’s, replaced', { syncAkteId: 'akte2', ...replaced }, false],
    ['nobody’s, as on records of older versions', { syncAkteId: null, syncPfad: null }, true],
    ['its own, replaced by the same kind', { ...replaced, attachmentName: 'scan.DOCX' }, true],
    ['its own, replaced by something without a kind', { ...replaced, attachmentName: 'scan' }, true],
    ['its own, replaced by another kind', { ...replaced, attachmentName: 'scan.pdf' }, false],
    ['its own, under a file name of another kind since ever', { attachmentName: 'scan.pdf' }, true],
    [
      'one without attachment id, as on records of the predecessor',
      { ...replaced, syncAttachmentId: null, attachmentName: 'scan.pdf' },
      true,
    ],
  ])('%s', (_what, change, expected) => {
    expect(isSynced(change)).toBe(expected)
  })

  it('what the attachment holds stays known, because an attachment never changes', () => {
    expect(seen({ syncAkteId: 'akte2' }).attachmentHash).toBe(BASE)
    expect(seen({ syncAkteId: 'akte2', ...replaced }).attachmentHash).toBeUndefined()
  })
})

describe('where a file of another kind belongs', () => {
  const path = (change: Partial<Dokument>) => seen({ ...replaced, ...change }).path

  it.each<[string, Partial<Dokument>, string]>([
    ['beside the old one', { path: 'a/b.docx', attachmentName: 'c.pdf' }, 'a/c.pdf'],
    ['in the folder of the Akte', { path: 'b.docx', attachmentName: 'c.pdf' }, 'c.pdf'],
    [
      'where a person said, with the same edit',
      { path: 'x/neu.pdf', syncPfad: 'a\\b.docx', attachmentName: 'c.pdf' },
      'x/neu.pdf',
    ],
    [
      'beside the path that a person gave it, which is of the old kind',
      { path: 'x/neu.docx', syncPfad: 'a\\b.docx', attachmentName: 'c.pdf' },
      'x/c.pdf',
    ],
  ])('%s', (_what, change, expected) => {
    expect(path(change)).toBe(expected)
  })

  it('a separator in its name is no folder', () => {
    expect(seen({ ...replaced, attachmentName: 'c/d.pdf' }).hasSeparatorInName).toBe(true)
  })
})
