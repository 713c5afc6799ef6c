import { type FC, useEffect, useRef, useState } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { type AkteDetail, api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { useAnswer } from '../use-answer'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'
import { HoldDialog } from './hold-dialog'
import { PlanView } from './plan-view'
import { PurgeDialog } from './purge-dialog'
import { ReportsView } from './reports-view'
import { VersionsView } from './versions-view'

const VIEWS = ['reports', 'plan', 'versions'] as const
type View = (typeof VIEWS)[number]

interface Props {
  aktennummer: string
  /** The Akte in the list, which is fresher; absent when the filter hides it. */
  row: Akte | undefined
  onClose: () => void
  run: Run
}

/** Everything about one Akte, and what can be done with it. */
export const AkteDetails: FC<Props> = ({ aktennummer, row, onClose, run }) => {
  const { text, purge } = useText()
  const [view, setView] = useState<View>('reports')
  const [isPurging, setIsPurging] = useState(false)
  const heading = useRef<HTMLHeadingElement>(null)
  // A finished run brings a new report.
  const answer = useAnswer(
    () => api.get(aktennummer),
    `${aktennummer} ${row?.state} ${row?.lastRun?.finishedAt}`,
  )
  const akte = row ?? (answer.state === 'answered' ? answer.value : null)
  useEffect(() => heading.current?.focus(), [])

  return (
    <aside className="ds-details" aria-label={text.details.akte(aktennummer)} data-testid="akte-details">
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {text.details.akte(aktennummer)}
        </h2>
        <Button kind="quiet" aria-label={text.actions.close} onClick={onClose}>
          ✕
        </Button>
      </header>
      {akte && <Actions akte={akte} onClose={onClose} onPurge={() => setIsPurging(true)} run={run} />}
      {isPurging && (
        <PurgeDialog
          aktennummer={aktennummer}
          onClose={(isDone) => {
            setIsPurging(false)
            if (isDone) onClose()
          }}
          run={run}
        />
      )}
      {akte?.hold && <p className="ds-banner ds-warning">{purge.held(akte.hold)}</p>}
      {akte?.reason && <p className="ds-text">{akte.reason}</p>}
      <div role="tablist" aria-label={text.details.tabs} className="ds-tabs">
        {VIEWS.map((name, index, all) => (
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
            {text.details.views[name]}
          </button>
        ))}
      </div>
      <div
        role="tabpanel"
        id="ds-tabpanel"
        aria-labelledby={`ds-tab-${view}`}
        className="ds-panel"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable area must be reachable with the keyboard
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
  const { text } = useText()
  if (answer.state === 'asking') return <p aria-busy="true">{text.details.loading}</p>
  if (answer.state === 'failed') return <p role="alert">{answer.reason}</p>
  return <ReportsView reports={answer.value.reports} />
}

const Actions: FC<{ akte: Akte; onClose: () => void; onPurge: () => void; run: Run }> = ({
  akte,
  onClose,
  onPurge,
  run,
}) => {
  const { text, purge } = useText()
  const { aktennummer, state, paused, reason, hold } = akte
  const [confirming, setConfirming] = useState<'force' | 'remove' | 'hold' | null>(null)
  const stopAsking = () => setConfirming(null)
  const isListed = state === 'failed' || state === 'stopped' || state === 'pending'
  const isPaused = paused !== null
  return (
    <div className="ds-actions">
      <Button
        needs="operate"
        kind="primary"
        onClick={() => run(text.done.asked(aktennummer), () => api.sync(aktennummer))}
      >
        {text.actions.syncNow}
      </Button>
      <Button
        needs="operate"
        onClick={() =>
          run(isPaused ? text.done.resumed(aktennummer) : text.done.paused(aktennummer), () =>
            api.pause(aktennummer, !isPaused, text.banner.pausedByAdmin),
          )
        }
      >
        {isPaused ? text.actions.resume : text.actions.pause}
      </Button>
      {state === 'stopped' && (
        <Button needs="admin" kind="danger" onClick={() => setConfirming('force')}>
          {text.actions.force}
        </Button>
      )}
      {isListed && (
        <Button needs="operate" onClick={() => setConfirming('remove')}>
          {text.actions.remove}
        </Button>
      )}
      {hold === null ? (
        <Button needs="admin" onClick={() => setConfirming('hold')}>
          {purge.dialog.hold}
        </Button>
      ) : (
        <Button
          needs="admin"
          onClick={() => run(purge.hold.released(aktennummer), () => api.hold(aktennummer, false))}
        >
          {purge.dialog.release}
        </Button>
      )}
      <Button needs="admin" kind="danger" onClick={onPurge}>
        {purge.dialog.open}
      </Button>
      {confirming === 'hold' && <HoldDialog aktennummer={aktennummer} onClose={stopAsking} run={run} />}
      {confirming === 'force' && (
        <ConfirmDialog
          title={text.force.title(aktennummer)}
          action={text.force.action}
          isDangerous
          onClose={stopAsking}
          onConfirm={() => run(text.done.forced(aktennummer), () => api.sync(aktennummer, true))}
        >
          <p>
            {text.force.stopped} <strong>{reason}</strong>
          </p>
          <p>{text.force.consequence}</p>
        </ConfirmDialog>
      )}
      {confirming === 'remove' && (
        <ConfirmDialog
          title={text.remove.title(aktennummer)}
          action={text.remove.action}
          onClose={stopAsking}
          onConfirm={async () => {
            if (await run(text.done.removed(aktennummer), () => api.remove(aktennummer))) onClose()
          }}
        >
          <p>{text.remove.consequence}</p>
        </ConfirmDialog>
      )}
    </div>
  )
}
