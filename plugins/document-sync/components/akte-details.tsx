import { Button } from '@motiadev/ui'
import { type FC, useEffect, useRef, useState } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { type AkteDetail, api } from '../api'
import type { Run } from '../use-announcer'
import { useAnswer } from '../use-answer'
import { ConfirmDialog } from './confirm-dialog'
import { PlanView } from './plan-view'
import { ReportsView } from './reports-view'
import { VersionsView } from './versions-view'

const VIEWS = { reports: 'Reports', plan: 'Plan', versions: 'Versions' } as const
type View = keyof typeof VIEWS

interface Props {
  aktennummer: string
  /** The Akte in the list, which is more recent; undefined when the filter hides it. */
  row: Akte | undefined
  onClose: () => void
  run: Run
}

/** Everything about one Akte, and the actions on it. */
export const AkteDetails: FC<Props> = ({ aktennummer, row, onClose, run }) => {
  const [view, setView] = useState<View>('reports')
  const heading = useRef<HTMLHeadingElement>(null)
  // Every finished run adds a report.
  const answer = useAnswer(
    () => api.get(aktennummer),
    `${aktennummer} ${row?.state} ${row?.lastRun?.finishedAt}`,
  )
  const akte = row ?? (answer.state === 'answered' ? answer.value : null)
  useEffect(() => heading.current?.focus(), [])

  return (
    <aside className="ds-details" aria-label={`Akte ${aktennummer}`} data-testid="akte-details">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          Akte {aktennummer}
        </h2>
        <Button variant="ghost" size="sm" aria-label="Close the details" onClick={onClose}>
          ✕
        </Button>
      </header>
      {akte && <Actions akte={akte} onClose={onClose} run={run} />}
      {row?.reason && <p className="ds-text">{row.reason}</p>}
      <div role="tablist" aria-label="Details" className="ds-tabs">
        {(Object.keys(VIEWS) as View[]).map((name, index, all) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`ds-tab-${name}`}
            aria-selected={view === name}
            aria-controls="ds-tabpanel"
            tabIndex={view === name ? 0 : -1}
            onClick={() => setView(name)}
            onKeyDown={(event) => {
              const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
              const next = step && all[(index + step + all.length) % all.length]
              if (!next) return
              setView(next)
              document.getElementById(`ds-tab-${next}`)?.focus()
            }}
          >
            {VIEWS[name]}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id="ds-tabpanel"
        aria-labelledby={`ds-tab-${view}`}
        className="ds-panel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: scrollable areas must be reachable with the keyboard
        tabIndex={0}
      >
        {view === 'plan' && <PlanView aktennummer={aktennummer} />}
        {view === 'versions' && <VersionsView aktennummer={aktennummer} run={run} />}
        {view === 'reports' && <Reports answer={answer} />}
      </div>
    </aside>
  )
}

const Reports: FC<{ answer: ReturnType<typeof useAnswer<AkteDetail>> }> = ({ answer }) => {
  if (answer.state === 'asking') return <p aria-busy="true">Loading …</p>
  if (answer.state === 'failed') return <p role="alert">{answer.reason}</p>
  return <ReportsView reports={answer.value.reports} />
}

const Actions: FC<{ akte: Akte; onClose: () => void; run: Run }> = ({ akte, onClose, run }) => {
  const { aktennummer, state, paused, reason } = akte
  const [confirming, setConfirming] = useState<'force' | 'remove' | null>(null)
  const stopAsking = () => setConfirming(null)
  const isListed = state === 'failed' || state === 'stopped' || state === 'pending'
  return (
    <div className="ds-actions ds-left">
      <Button
        size="sm"
        onClick={() =>
          run(`Akte ${aktennummer} will be synced as soon as a worker is free`, () => api.sync(aktennummer))
        }
      >
        Sync now
      </Button>
      <Button
        size="sm"
        variant="outline"
        onClick={() =>
          run(paused === null ? `Akte ${aktennummer} is paused` : `Akte ${aktennummer} is resumed`, () =>
            api.pause(aktennummer, paused === null),
          )
        }
      >
        {paused === null ? 'Pause' : 'Resume'}
      </Button>
      {state === 'stopped' && (
        <Button size="sm" variant="destructive" onClick={() => setConfirming('force')}>
          Run with force …
        </Button>
      )}
      {isListed && (
        <Button size="sm" variant="outline" onClick={() => setConfirming('remove')}>
          Remove …
        </Button>
      )}
      {confirming === 'force' && (
        <ConfirmDialog
          title={`Run Akte ${aktennummer} with force?`}
          action="Run once with force"
          isDangerous
          onClose={stopAsking}
          onConfirm={() => run(`Akte ${aktennummer} runs once with force`, () => api.sync(aktennummer, true))}
        >
          <p>
            The sync was stopped before it transferred anything: <strong>{reason}</strong>
          </p>
          <p>
            With force, the next sync passes the safety stops once. Files that vanished from the share are
            then handled as SYNC_WINDOWS_DELETIONS says, and changed files replace the other side’s. Versions
            that would be lost go to the archive first. The plan shows the effect file by file.
          </p>
        </ConfirmDialog>
      )}
      {confirming === 'remove' && (
        <ConfirmDialog
          title={`Remove Akte ${aktennummer} from the lists?`}
          action="Remove"
          onClose={stopAsking}
          onConfirm={async () => {
            if (await run(`Akte ${aktennummer} is removed`, () => api.remove(aktennummer))) onClose()
          }}
        >
          <p>It will not be synced until someone requests it again. No document is touched.</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
