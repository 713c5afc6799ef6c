import type { FC } from 'react'
import { formatBytes } from '../../../services/format'

interface FileRow {
  path: string
  action: string
  outcome: string
  reason: string
  detail?: string | null
  bytes: number
  isConflict?: boolean
}

const ACTIONS: Record<string, string> = {
  CREATE: 'Create in EspoCRM',
  UPDATE_ESPO: 'Windows → EspoCRM',
  UPLOAD_WINDOWS: 'EspoCRM → Windows',
  DELETE: 'Delete',
  SKIP: 'Nothing',
}

/** The files of a report or a plan, each with its action and reason. */
export const FilesTable: FC<{ files: FileRow[] }> = ({ files }) => (
  <table className="ds-files">
    <thead>
      <tr>
        <th scope="col">File</th>
        <th scope="col">Action</th>
        <th scope="col">Reason</th>
        <th scope="col">Size</th>
      </tr>
    </thead>
    <tbody>
      {files.map(({ path, action, outcome, reason, detail, bytes, isConflict }) => (
        <tr key={path} className={`ds-outcome-${outcome}`}>
          <th scope="row">{path}</th>
          <td>
            {outcome === 'done' || outcome === 'act' ? (ACTIONS[action] ?? action) : outcome}
            {isConflict && <span className="ds-state ds-stopped">conflict</span>}
          </td>
          <td>{detail && !reason.includes(detail) ? `${reason} (${detail})` : reason}</td>
          <td>{bytes > 0 ? formatBytes(bytes) : ''}</td>
        </tr>
      ))}
    </tbody>
  </table>
)
