import type { FC } from 'react'
import { progressText } from '../../../services/api/akte-text'
import type { Akte } from '../../../services/api/akten-view'

/** The progress of a running sync. */
export const ProgressBar: FC<{ progress: NonNullable<Akte['progress']> }> = ({ progress }) => {
  const { aktennummer, phase, filesDone, filesTotal } = progress
  const isCounted = phase !== 'fetching' && filesTotal > 0
  return (
    <div className="ds-progress">
      <progress
        aria-label={`Progress of Akte ${aktennummer}`}
        max={1}
        {...(isCounted ? { value: filesDone / filesTotal } : {})}
      />
      <span>{progressText(progress)}</span>
    </div>
  )
}
