import type { FC, ReactNode } from 'react'
import type { Akten, Filter } from '../../../services/api/akten-view'
import type { HealthReport } from '../../../services/api/health'
import { useText } from '../text'
import { Button } from './button'

interface Props {
  akten: Akten
  health: HealthReport | null
  onShow: (filter: Filter) => void
}

type Mood = 'ok' | 'run' | 'wait' | 'bad'

/** Nothing that is due may wait longer than a few ticks. */
const _OVERDUE_SECONDS = 60

const Card: FC<{ title: string; mood: Mood; headline: string; children?: ReactNode; id: string }> = ({
  title,
  mood,
  headline,
  children,
  id,
}) => (
  <section className={`ds-card ds-mood-${mood}`} aria-labelledby={`ds-card-${id}`} data-testid={`card-${id}`}>
    <h2 id={`ds-card-${id}`}>{title}</h2>
    <p className="ds-headline">
      <span className="ds-dot" aria-hidden="true" />
      {headline}
    </p>
    {children}
  </section>
)

/** The first look: does the office agree, what needs me, what runs, is anything not polling or not reachable? */
export const Overview: FC<Props> = ({ akten, health, onShow }) => (
  <div className="ds-overview">
    <Agreement akten={akten} />
    <NeedsYou akten={akten} onShow={onShow} />
    <Running akten={akten} />
    <Systems akten={akten} health={health} />
  </div>
)

/** What Redis knows of the lists, and, as soon as EspoCRM has said it, how fresh all Akten of the office are. */
const Agreement: FC<{ akten: Akten }> = ({ akten: { counts, freshness } }) => {
  const { text, sweep } = useText()
  const { synced, unsynced, processing } = counts
  const { title, yes, no, none, synced: some } = text.overview.agreement
  const isEmpty = synced + unsynced === 0
  const headline = isEmpty ? none : unsynced === 0 ? yes : no(unsynced)
  const mood: Mood = unsynced === 0 ? (isEmpty ? 'wait' : 'ok') : processing > 0 ? 'run' : 'wait'
  const [agreed, all] = freshness ? [freshness.agreed, freshness.total] : [synced, synced + unsynced]
  const share = all === 0 ? 0 : agreed / all
  return (
    <Card id="agreement" title={title} mood={mood} headline={headline}>
      <div className="ds-share" aria-hidden="true">
        <span style={{ width: `${share * 100}%` }} />
      </div>
      <p className="ds-note" data-testid="freshness">
        {freshness ? sweep.freshness(freshness, Date.now()) : some(synced)}
      </p>
    </Card>
  )
}

const NeedsYou: FC<Pick<Props, 'akten' | 'onShow'>> = ({ akten: { counts, paused }, onShow }) => {
  const { text } = useText()
  const say = text.overview.needsYou
  const total = counts.failed + counts.stopped + counts.flagged
  const parts = [
    counts.failed > 0 ? say.failed(counts.failed) : '',
    counts.stopped > 0 ? say.stopped(counts.stopped) : '',
    counts.flagged > 0 ? say.flagged(counts.flagged) : '',
  ].filter(Boolean)
  const headline = total > 0 ? say.some(total) : paused !== null ? say.paused : say.nothing
  const mood: Mood = counts.stopped + counts.failed > 0 ? 'bad' : total > 0 || paused !== null ? 'wait' : 'ok'
  return (
    <Card id="needs-you" title={say.title} mood={mood} headline={headline}>
      {parts.length > 0 && <p className="ds-note">{parts.join(' · ')}</p>}
      {total > 0 && (
        <Button kind="quiet" onClick={() => onShow('open')}>
          {say.show}
        </Button>
      )}
    </Card>
  )
}

const Running: FC<{ akten: Akten }> = ({ akten: { counts, oldestPendingSeconds, akten } }) => {
  const { text, formats, words } = useText()
  const say = text.overview.running
  const { pending, processing } = counts
  const oldest =
    oldestPendingSeconds > 0 ? `, ${say.oldest(formats.duration(oldestPendingSeconds * 1000))}` : ''
  const running = akten.find(({ progress }) => progress !== null)
  return (
    <Card
      id="running"
      title={say.title}
      mood={processing > 0 ? 'run' : pending > 0 ? 'wait' : 'ok'}
      headline={processing > 0 ? say.some(processing) : say.nothing}
    >
      <p className="ds-note">{pending > 0 ? `${say.pending(pending)}${oldest}` : say.idle}</p>
      {running?.progress && (
        <p className="ds-note ds-one-line">
          {running.aktennummer}: {words.progress(running.progress)}
        </p>
      )}
    </Card>
  )
}

const Systems: FC<Pick<Props, 'akten' | 'health'>> = ({ akten: { polling }, health }) => {
  const { text, formats } = useText()
  const say = text.overview.systems
  const { isPolling, lastTickSeconds } = polling
  const systems = Object.entries(health?.dependencies ?? {})
  const troubled = systems.filter(([, { ok }]) => !ok).length
  const headline = !isPolling
    ? say.notPolling
    : health === null
      ? say.unknown
      : troubled > 0
        ? say.troubled(troubled)
        : say.allFine
  return (
    <Card
      id="systems"
      title={say.title}
      mood={!isPolling ? 'bad' : troubled > 0 ? 'bad' : health === null ? 'wait' : 'ok'}
      headline={headline}
    >
      {!isPolling && (
        <p className="ds-note">
          {lastTickSeconds !== null && `${say.lastTick(formats.duration(lastTickSeconds * 1000))}. `}
          {say.startOne}
        </p>
      )}
      <ul className="ds-lamps">
        {systems.map(([name, { ok, detail }]) => (
          <li
            key={name}
            className={ok ? 'ds-lamp-on' : 'ds-lamp-off'}
            title={detail ?? (ok ? say.answers : say.fails)}
          >
            <span className="ds-dot" aria-hidden="true" />
            {say.names[name] ?? name}
            <span className={ok ? 'ds-hidden' : ''}>{ok ? say.answers : ` ${detail ?? say.fails}`}</span>
          </li>
        ))}
      </ul>
    </Card>
  )
}
