import type { FC } from 'react'
import { formatBytes, formatDateTime, formatDuration } from '../../../services/format'
import type { Report } from '../api'
import { FilesTable } from './files-table'

const RESULTS: Record<Report['result'], string> = {
  synced: 'In sync',
  deferred: 'Deferred',
  failed: 'Failed',
  stopped: 'Stopped',
}

/** The last runs, newest first; the newest one is expanded. */
export const ReportsView: FC<{ reports: Report[] }> = ({ reports }) => {
  if (reports.length === 0) return <p>There are no reports yet.</p>
  return (
    <ol className="ds-reports">
      {reports.map((report, index) => (
        <li key={report.run}>
          <details open={index === 0}>
            <summary>
              <span className={`ds-state ds-result-${report.result}`}>{RESULTS[report.result]}</span>{' '}
              <time dateTime={report.finishedAt}>{formatDateTime(report.finishedAt)}</time> ·{' '}
              {summaryOf(report)}
            </summary>
            {report.message && <p className="ds-text">{report.message}</p>}
            {report.files.length > 0 && <FilesTable files={report.files} />}
            {report.omitted > 0 && (
              <p className="ds-note">{report.omitted} more files are not told one by one.</p>
            )}
          </details>
        </li>
      ))}
    </ol>
  )
}

function summaryOf({ durationMs, bytes, counts, forced }: Report): string {
  const done = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${count} ${name}`)
  const parts = [
    formatDuration(durationMs),
    ...done,
    bytes > 0 ? formatBytes(bytes) : '',
    forced ? 'with force' : '',
  ]
  return parts.filter(Boolean).join(' · ')
}
