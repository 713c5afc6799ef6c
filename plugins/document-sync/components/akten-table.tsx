import { Button } from '@motiadev/ui'
import type { FC } from 'react'
import { knownText, nextTryText, stateText } from '../../../services/api/akte-text'
import type { Akte } from '../../../services/api/akten-view'
import { formatDuration, formatWhen } from '../../../services/format'
import { api } from '../api'
import type { Run } from '../use-announcer'
import { ProgressBar } from './progress-bar'

interface Props {
  akten: Akte[]
  total: number
  selected: string | null
  onSelect: (aktennummer: string) => void
  run: Run
}

/** One row per Akte. */
export const AktenTable: FC<Props> = ({ akten, total, selected, onSelect, run }) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas must be reachable with the keyboard
  <section className="ds-table" aria-label="Akten" tabIndex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">Akte</th>
          <th scope="col">State</th>
          <th scope="col">Last sync</th>
          <th scope="col">Duration</th>
          <th scope="col">Next attempt</th>
          <th scope="col">Details</th>
          <th scope="col">
            <span className="ds-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {akten.map((akte) => (
          <Row
            key={akte.aktennummer}
            akte={akte}
            isSelected={akte.aktennummer === selected}
            onSelect={onSelect}
            run={run}
          />
        ))}
      </tbody>
    </table>
    {total > akten.length && (
      <p className="ds-note">
        {akten.length} of {total} Akten. Search by Aktennummer to find the others.
      </p>
    )}
  </section>
)

const Row: FC<{ akte: Akte; isSelected: boolean; onSelect: Props['onSelect']; run: Run }> = ({
  akte,
  isSelected,
  onSelect,
  run,
}) => {
  const { aktennummer, state, lastRun, progress } = akte
  return (
    <tr aria-selected={isSelected} data-testid={`akte-${aktennummer}`}>
      <th scope="row">
        <button
          type="button"
          className="ds-link"
          aria-expanded={isSelected}
          onClick={() => onSelect(aktennummer)}
        >
          {aktennummer}
        </button>
      </th>
      <td>
        <span className={`ds-state ds-${state}`}>{stateText(akte)}</span>
      </td>
      <td>{lastRun ? <time dateTime={lastRun.finishedAt}>{formatWhen(lastRun.finishedAt)}</time> : '–'}</td>
      <td>{lastRun ? formatDuration(lastRun.durationMs) : '–'}</td>
      <td>{nextTryText(akte)}</td>
      <td className="ds-known">
        {progress ? <ProgressBar progress={progress} /> : <Known text={knownText(akte)} />}
      </td>
      <td>
        <Action akte={akte} run={run} />
      </td>
    </tr>
  )
}

/** Two lines of text; the tooltip and the details show all of it. */
const Known: FC<{ text: string }> = ({ text }) => (
  <span className="ds-clamp" title={text}>
    {text}
  </span>
)

const Action: FC<{ akte: Akte; run: Run }> = ({ akte: { aktennummer, state, paused }, run }) => {
  if (paused !== null) {
    return (
      <Button
        size="sm"
        variant="outline"
        aria-label={`Resume Akte ${aktennummer}`}
        onClick={() => run(`Akte ${aktennummer} is resumed`, () => api.pause(aktennummer, false))}
      >
        Resume
      </Button>
    )
  }
  const isFailed = state === 'failed' || state === 'stopped'
  const label = isFailed ? 'Retry' : 'Sync'
  const action = () => (isFailed ? api.retry(aktennummer) : api.sync(aktennummer))
  return (
    <Button
      size="sm"
      variant="outline"
      aria-label={`${label} Akte ${aktennummer}`}
      onClick={() => run(`Akte ${aktennummer} will be synced as soon as a worker is free`, action)}
    >
      {label}
    </Button>
  )
}
