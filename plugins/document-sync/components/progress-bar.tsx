import type { FC } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { formatBytes, formatDuration } from '../format'

const PHASES = {
  fetching: 'Fetching the lists',
  syncing: 'Syncing files',
  finishing: 'Writing the status',
} as const

/** How far a running sync is. */
export const ProgressBar: FC<{ progress: NonNullable<Akte['progress']> }> = ({ progress }) => {
  const { aktennummer, phase, filesDone, filesTotal, bytes, remainingMs } = progress
  const isCounted = phase !== 'fetching' && filesTotal > 0
  const text = [
    PHASES[phase],
    isCounted ? `${filesDone} of ${filesTotal} files` : null,
    bytes > 0 ? formatBytes(bytes) : null,
    remainingMs === null || phase !== 'syncing' ? null : `${formatDuration(remainingMs)} left`,
  ]
  return (
    <div className="ds-progress">
      <progress
        aria-label={`Progress of Akte ${aktennummer}`}
        max={1}
        {...(isCounted ? { value: filesDone / filesTotal } : {})}
      />
      <span>{text.filter(Boolean).join(' · ')}</span>
    </div>
  )
}
