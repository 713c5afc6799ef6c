import type { Dokument } from '../../model/model'
import { fileExtension, fileName, toSlashes } from '../../model/paths'

/**
 * The document as one that was never synced: whatever its base says, it says of something else. What its attachment
 * holds stays known: an attachment never changes.
 */
export function withoutBase(document: Dokument): Dokument {
  const { attachmentId, syncAttachmentId, syncHash } = document
  const isKnown = attachmentId !== null && attachmentId === syncAttachmentId && syncHash !== null
  return {
    ...document,
    ...(isKnown ? { attachmentHash: syncHash } : {}),
    syncHash: null,
    syncUsn: null,
    syncAttachmentId: null,
    syncAkteId: null,
    syncPfad: null,
  }
}

/**
 * A document as the sync of one Akte has to see it. Its base counts only where it was agreed on in this very Akte. And a
 * synced file that was replaced by one of another kind is a new document (`asOfOtherKind`).
 */
export function asSeenIn(akteId: string, document: Dokument): Dokument {
  const { path, syncAkteId, syncPfad } = document
  const other = asOfOtherKind(document, toSlashes(syncPfad ?? path))
  if (other !== null) return other
  const isOfOtherAkte = syncAkteId !== null && syncAkteId !== akteId
  return isOfOtherAkte ? withoutBase(document) : document
}

/**
 * A document whose synced file, which lies at `home`, was replaced by one of another kind, `Entwurf.docx` by `Vertrag.pdf`:
 * a new document, because its bytes must not end up in a file of the old kind. It belongs at the path that a person gave
 * it for that, else under its own name in the same folder. Null for every other document.
 */
export function asOfOtherKind(document: Dokument, home: string): Dokument | null {
  const { attachmentId, attachmentName, dateipfad, path, syncAttachmentId, syncHash } = document
  const isReplaced =
    syncHash !== null &&
    syncAttachmentId !== null &&
    attachmentId !== null &&
    attachmentId !== syncAttachmentId
  if (!isReplaced || attachmentName === null) return null
  const kind = fileExtension(attachmentName)
  if (kind === '' || kind === fileExtension(home)) return null
  const given = dateipfad === null ? home : path
  if (kind === fileExtension(given)) return withoutBase(document)
  const folder = given.slice(0, given.length - fileName(given).length)
  const hasSeparatorInName = /[\\/]/.test(attachmentName)
  return { ...withoutBase(document), path: folder + attachmentName, hasSeparatorInName }
}
