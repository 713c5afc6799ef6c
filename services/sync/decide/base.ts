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
 * synced file that was replaced by one of another kind, `Entwurf.docx` by `Vertrag.pdf`, is a new document under the
 * new name in the same folder: its bytes must not end up in a file of the old kind.
 */
export function asSeenIn(akteId: string, document: Dokument): Dokument {
  const renamed = pathOfOtherKind(document)
  if (renamed !== null) return { ...withoutBase(document), ...renamed }
  const isOfOtherAkte = document.syncAkteId !== null && document.syncAkteId !== akteId
  return isOfOtherAkte ? withoutBase(document) : document
}

/** Where a file of another kind belongs: at the path that a person gave it for that, else under its own name. */
function pathOfOtherKind(document: Dokument): Pick<Dokument, 'path' | 'hasSeparatorInName'> | null {
  const { attachmentId, attachmentName, path, syncAttachmentId, syncHash, syncPfad } = document
  const isReplaced =
    syncHash !== null &&
    syncAttachmentId !== null &&
    attachmentId !== null &&
    attachmentId !== syncAttachmentId
  if (!isReplaced || attachmentName === null) return null
  const kind = fileExtension(attachmentName)
  if (kind === '' || kind === fileExtension(toSlashes(syncPfad ?? path))) return null
  if (kind === fileExtension(path)) return { path, hasSeparatorInName: document.hasSeparatorInName }
  const folder = path.slice(0, path.length - fileName(path).length)
  return { path: folder + attachmentName, hasSeparatorInName: /[\\/]/.test(attachmentName) }
}
