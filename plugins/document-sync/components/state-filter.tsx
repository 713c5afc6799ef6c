import type { FC } from 'react'
import { STATE_LABELS } from '../../../services/api/akte-text'
import type { Akte, Akten } from '../../../services/api/akten-view'

type State = Akte['state']

interface Props {
  counts: Akten['counts']
  selected: State | undefined
  onSelect: (state: State | undefined) => void
}

/** How many Akten are in each state; pressing one filters by it. */
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
        {state in counts && <b>{counts[state as keyof typeof counts]}</b>}
      </button>
    ))}
  </fieldset>
)
