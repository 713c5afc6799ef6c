import type { FC } from 'react'
import type { Report } from '../api'
import { useText } from '../text'
import { FilesTable } from './files-table'

/** The last runs, newest first; the newest one is expanded. */
export const ReportsView: FC<{ reports: Report[] }> = ({ reports }) => {
  const { text, formats } = useText()
  if (reports.length === 0) return <p>{text.report.none}</p>
  return (
    <ol className="ds-reports">
      {reports.map((report, index) => (
        <li key={report.run}>
          <details open={index === 0}>
            <summary>
              <span className={`ds-state ds-result-${report.result}`}>{text.results[report.result]}</span>{' '}
              <time dateTime={report.finishedAt}>{formats.dateTime(report.finishedAt)}</time>
              <Summary report={report} />
            </summary>
            {report.message && <p className="ds-text">{report.message}</p>}
            {report.files.length > 0 && <FilesTable files={report.files} />}
            {report.omitted > 0 && <p className="ds-note">{text.report.omitted(report.omitted)}</p>}
          </details>
        </li>
      ))}
    </ol>
  )
}

const Summary: FC<{ report: Report }> = ({ report: { durationMs, bytes, counts, forced } }) => {
  const { text, formats } = useText()
  const done = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => text.counts[name]?.(count) ?? `${count} ${name}`)
  const parts = [
    ...done,
    bytes > 0 ? formats.bytes(bytes) : '',
    formats.duration(durationMs),
    forced ? text.report.forced : '',
  ]
  return <span className="ds-note"> · {parts.filter(Boolean).join(' · ')}</span>
}
