import type { FC } from 'react'
import { formatBytes, formatDateTime } from '../../../services/format'
import { api, type Version } from '../api'
import { useAnswer } from '../use-answer'

/** The versions that the archive keeps of an Akte: both versions of a conflict to download. */
export const VersionsView: FC<{ aktennummer: string }> = ({ aktennummer }) => {
  const answer = useAnswer(() => api.versions(aktennummer), aktennummer)
  if (answer.state === 'asking') return <p aria-busy="true">Reading the archive …</p>
  if (answer.state === 'failed') return <p role="alert">{answer.reason}</p>
  if (answer.value.length === 0) return <p>No version of this Akte was ever about to be lost.</p>
  return (
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
          </span>
        </li>
      ))}
    </ul>
  )
}

/** The version that replaced it: in the archive by now, or still current. */
const Winner: FC<{ version: Version }> = ({ version }) => {
  const hash = version.side === 'Windows' ? version.espoHash : version.windowsHash
  if (hash === null || hash === version.hash) return null
  return (
    <a href={api.downloadUrl(hash, version)} download>
      Download the {version.side === 'Windows' ? 'EspoCRM' : 'Windows'} version
    </a>
  )
}
