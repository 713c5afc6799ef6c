import { type FC, useState } from 'react'
import { api, type Version } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { useAnswer } from '../use-answer'
import { isOffered } from '../viewer'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'

/** The versions that the archive keeps of an Akte: a conflict's both versions to download, the losing one to restore. */
export const VersionsView: FC<{ aktennummer: string; run: Run }> = ({ aktennummer, run }) => {
  const { text, formats } = useText()
  const answer = useAnswer(() => api.versions(aktennummer), aktennummer)
  const [restoring, setRestoring] = useState<Version | null>(null)
  if (answer.state === 'asking') return <p aria-busy="true">{text.versions.asking}</p>
  if (answer.state === 'failed') return <p role="alert">{answer.reason}</p>
  if (answer.value.length === 0) return <p>{text.versions.none}</p>
  return (
    <>
      <ul className="ds-versions">
        {answer.value.map((version) => (
          <li key={`${version.hash} ${version.archivedAt} ${version.path}`}>
            <strong>{version.path}</strong>
            <span className="ds-note">
              {version.reason} · {formats.dateTime(version.archivedAt)} · {formats.bytes(version.size)}
            </span>
            <span className="ds-actions">
              <Download hash={version.hash} version={version} side={version.side} />
              <Winner version={version} />
              <Button
                needs="admin"
                aria-label={text.versions.restoreOf(version.path)}
                onClick={() => setRestoring(version)}
              >
                {text.versions.restore}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {restoring && (
        <ConfirmDialog
          title={text.versions.confirmTitle(restoring.path)}
          action={text.versions.confirmAction}
          onClose={() => setRestoring(null)}
          onConfirm={() =>
            run(text.done.restored(restoring.path, restoring.side), () =>
              api.restore(restoring, restoring.side),
            )
          }
        >
          <p>{text.versions.consequence(restoring.side, formats.dateTime(restoring.archivedAt))}</p>
        </ConfirmDialog>
      )}
    </>
  )
}

/** The version that replaced it: in the archive by now, or still current. */
const Winner: FC<{ version: Version }> = ({ version }) => {
  const hash = version.side === 'Windows' ? version.espoHash : version.windowsHash
  if (hash === null || hash === version.hash) return null
  return <Download hash={hash} version={version} side={version.side === 'Windows' ? 'EspoCRM' : 'Windows'} />
}

/** For administrators: the way for contents out of the product. */
const Download: FC<{ hash: string; version: Version; side: Version['side'] }> = ({ hash, version, side }) => {
  const { text } = useText()
  if (!isOffered('admin')) return null
  return (
    <a href={api.downloadUrl(hash, version)} download>
      {text.versions.download(side)}
    </a>
  )
}
