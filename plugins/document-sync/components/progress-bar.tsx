import type { FC } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { useText } from '../text'

/** How far a running sync is. */
export const ProgressBar: FC<{ progress: NonNullable<Akte['progress']> }> = ({ progress }) => {
  const { text, words } = useText()
  const { aktennummer, phase, filesDone, filesTotal } = progress
  const isCounted = phase !== 'fetching' && filesTotal > 0
  return (
    <div className="ds-progress">
      <progress
        aria-label={text.progress.label(aktennummer)}
        max={1}
        {...(isCounted ? { value: filesDone / filesTotal } : {})}
      />
      <span>{words.progress(progress)}</span>
    </div>
  )
}
