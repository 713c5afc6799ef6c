import { Button } from '@motiadev/ui'
import { type FC, useState } from 'react'
import { formatBytes, formatDateTime } from '../../../services/format'
import { api, type Version } from '../api'
import type { Run } from '../use-announcer'
import { useAnswer } from '../use-answer'
import { ConfirmDialog } from './confirm-dialog'

/** The archived versions of an Akte: both versions of a conflict to download, the losing one to restore. */
export const VersionsView: FC<{ aktennummer: string; run: Run }> = ({ aktennummer, run }) => {
  const answer = useAnswer(() => api.versions(aktennummer), aktennummer)
  const [restoring, setRestoring] = useState<Version | null>(null)
  if (answer.state === 'asking') return <p aria-busy="true">Reading the archive …</p>
  if (answer.state === 'failed') return <p role="alert">{answer.reason}</p>
  if (answer.value.length === 0) return <p>No version of this Akte has been archived.</p>
  return (
    <>
      <ul className="ds-versions">
        {answer.value.map((version) => (
          <li key={`${version.hash} ${version.archivedAt} ${version.path}`}>
            <strong>{version.path}</strong>
            <span className="ds-note">
              {version.reason} · {formatDateTime(version.archivedAt)} · {formatBytes(version.size)}
            </span>
            <span className="ds-actions ds-left">
              <a href={api.downloadUrl(version.hash, version)} download>
                Download the {version.side} version
              </a>
              <Winner version={version} />
              <Button
                size="sm"
                variant="outline"
                aria-label={`Restore ${version.path}`}
                onClick={() => setRestoring(version)}
              >
                Restore …
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {restoring && (
        <ConfirmDialog
          title={`Restore ${restoring.path}?`}
          action="Restore"
          onClose={() => setRestoring(null)}
          onConfirm={() =>
            run(`The ${restoring.side} version of ${restoring.path} is restored`, () =>
              api.restore(restoring, restoring.side),
            )
          }
        >
          <p>
            The {restoring.side} version of {formatDateTime(restoring.archivedAt)} becomes the newest version
            in {restoring.side}, and the next sync carries it to the other side. The version that is there now
            goes to the archive.
          </p>
        </ConfirmDialog>
      )}
    </>
  )
}

/** The version that replaced it: archived by now, or still current. */
const Winner: FC<{ version: Version }> = ({ version }) => {
  const hash = version.side === 'Windows' ? version.espoHash : version.windowsHash
  if (hash === null || hash === version.hash) return null
  return (
    <a href={api.downloadUrl(hash, version)} download>
      Download the {version.side === 'Windows' ? 'EspoCRM' : 'Windows'} version
    </a>
  )
}
