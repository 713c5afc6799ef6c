import type { FC } from 'react'
import { useText } from '../text'

interface FileRow {
  path: string
  action: string
  outcome: string
  reason: string
  detail?: string | null
  bytes: number
  isConflict?: boolean
}

/** Each file with its action and reason, in a report or in a plan. */
export const FilesTable: FC<{ files: FileRow[] }> = ({ files }) => {
  const { text, formats } = useText()
  const { path: name, action: what, reason: why, size, conflict, actions, outcomes } = text.file
  return (
    <table className="ds-files">
      <thead>
        <tr>
          <th scope="col">{name}</th>
          <th scope="col">{what}</th>
          <th scope="col">{why}</th>
          <th scope="col">{size}</th>
        </tr>
      </thead>
      <tbody>
        {files.map(({ path, action, outcome, reason, detail, bytes, isConflict }) => (
          <tr key={path} className={`ds-outcome-${outcome}`}>
            <th scope="row">{path}</th>
            <td>
              {outcome === 'done' || outcome === 'act'
                ? (actions[action] ?? action)
                : (outcomes[outcome] ?? outcome)}
              {isConflict && <span className="ds-tag">{conflict}</span>}
            </td>
            <td>{detail && !reason.includes(detail) ? `${reason} (${detail})` : reason}</td>
            <td>{bytes > 0 ? formats.bytes(bytes) : ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
