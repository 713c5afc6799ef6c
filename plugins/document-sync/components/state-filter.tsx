import type { FC } from 'react'
import type { Akte, Akten } from '../../../services/api/akten-view'

type State = Akte['state']

export const STATE_LABELS: Record<State, string> = {
  pending: 'Pending',
  processing: 'Processing',
  failed: 'Given up',
  stopped: 'Stopped',
  synced: 'In sync',
}

interface Props {
  counts: Akten['counts']
  selected: State | undefined
  onSelect: (state: State | undefined) => void
}

/** How many Akten are where; pressing one shows only those. */
export const StateFilter: FC<Props> = ({ counts, selected, onSelect }) => (
  <fieldset className="ds-filter">
    <legend className="ds-hidden">Filter by state</legend>
    {(Object.keys(STATE_LABELS) as State[]).map((state) => (
      <button
        key={state}
        type="button"
        className={`ds-chip ds-${state}`}
        aria-pressed={selected === state}
        onClick={() => onSelect(selected === state ? undefined : state)}
      >
        {STATE_LABELS[state]}
        {state !== 'synced' && <b>{counts[state]}</b>}
      </button>
    ))}
  </fieldset>
)
