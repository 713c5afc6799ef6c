import type { FC } from 'react'
import type { Akten, Filter } from '../../../services/api/akten-view'
import { useText } from '../text'

interface Props {
  counts: Akten['counts']
  selected: Filter | undefined
  onSelect: (filter: Filter | undefined) => void
}

const FILTERS = ['unsynced', 'open', 'pending', 'processing', 'failed', 'stopped', 'synced'] as const

/** How many Akten are where; pressing one shows only those. */
export const StateFilter: FC<Props> = ({ counts, selected, onSelect }) => {
  const { text } = useText()
  const count = (filter: (typeof FILTERS)[number]) =>
    filter === 'open' ? counts.failed + counts.stopped + counts.flagged : counts[filter]
  return (
    <fieldset className="ds-filter">
      <legend className="ds-hidden">{text.filterLegend}</legend>
      {FILTERS.map((filter) => (
        <button
          key={filter}
          type="button"
          className={`ds-chip ds-${filter}`}
          aria-pressed={selected === filter}
          onClick={() => onSelect(selected === filter ? undefined : filter)}
        >
          {text.filters[filter]} <b>{count(filter)}</b>
        </button>
      ))}
    </fieldset>
  )
}
