import type { FC } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { Button } from './button'
import { ProgressBar } from './progress-bar'

interface Props {
  akten: Akte[]
  total: number
  selected: string | null
  onSelect: (aktennummer: string) => void
  run: Run
}

/** One line per Akte. */
export const AktenTable: FC<Props> = ({ akten, total, selected, onSelect, run }) => {
  const { text } = useText()
  const { akte: name, state, lastSync, lastTry, nextTry, known, actions } = text.columns
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable with the keyboard
    <section className="ds-table" aria-label={text.list.label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">{name}</th>
            <th scope="col">{state}</th>
            <th scope="col">{lastSync}</th>
            <th scope="col">{lastTry}</th>
            <th scope="col">{nextTry}</th>
            <th scope="col">{known}</th>
            <th scope="col">
              <span className="ds-hidden">{actions}</span>
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
      {total > akten.length && <p className="ds-note">{text.list.more(akten.length, total)}</p>}
    </section>
  )
}

const Row: FC<{ akte: Akte; isSelected: boolean; onSelect: Props['onSelect']; run: Run }> = ({
  akte,
  isSelected,
  onSelect,
  run,
}) => {
  const { text, words, purge } = useText()
  const flagged = akte.lastRun?.flagged ?? 0
  const { aktennummer, state, paused, hold, lastSynced, lastTry, progress } = akte
  return (
    <tr className={isSelected ? 'ds-selected' : ''} data-testid={`akte-${aktennummer}`}>
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
        <span className={`ds-state ds-${paused === null ? state : 'paused'}`}>{words.state(akte)}</span>
        {hold !== null && <span className="ds-tag">{purge.hold.tag}</span>}
        {flagged > 0 && <span className="ds-tag">{text.counts.flagged?.(flagged)}</span>}
      </td>
      <td>
        <When at={lastSynced} />
      </td>
      <td>
        <When at={lastTry} />
      </td>
      <td>{words.nextTry(akte)}</td>
      <td className="ds-known">
        {progress ? <ProgressBar progress={progress} /> : <Known text={words.known(akte)} />}
      </td>
      <td>
        <Action akte={akte} run={run} />
      </td>
    </tr>
  )
}

const When: FC<{ at: string | null }> = ({ at }) => {
  const { formats } = useText()
  return at === null ? '–' : <time dateTime={at}>{formats.when(at)}</time>
}

/** The first two lines; the details and the tooltip have all of it. */
const Known: FC<{ text: string }> = ({ text }) => (
  <span className="ds-clamp" title={text}>
    {text}
  </span>
)

const Action: FC<{ akte: Akte; run: Run }> = ({ akte: { aktennummer, state, paused }, run }) => {
  const { text } = useText()
  const isFailed = state === 'failed' || state === 'stopped'
  const [label, done, action] =
    paused !== null
      ? [text.actions.resume, text.done.resumed(aktennummer), () => api.pause(aktennummer, false)]
      : isFailed
        ? [text.actions.retry, text.done.asked(aktennummer), () => api.retry(aktennummer)]
        : [text.actions.sync, text.done.asked(aktennummer), () => api.sync(aktennummer)]
  return (
    <Button
      needs="operate"
      aria-label={text.actions.ofAkte(label, aktennummer)}
      onClick={() => run(done, action)}
    >
      {label}
    </Button>
  )
}
