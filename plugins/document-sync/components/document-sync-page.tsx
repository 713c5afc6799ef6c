import { type FC, useCallback, useState } from 'react'
import type { Akten, Filter } from '../../../services/api/akten-view'
import type { Language } from '../../../services/model/reasons'
import { presenceText } from '../../../services/text/presence'
import { api } from '../api'
import { TextProvider, useText } from '../text'
import { useAkten } from '../use-akten'
import { type Run, useAnnouncer } from '../use-announcer'
import { useHealth } from '../use-health'
import { AddDialog } from './add-dialog'
import { AkteDetails } from './akte-details'
import { AktenTable } from './akten-table'
import { Button } from './button'
import { ConnectionBanner } from './connection-banner'
import { DriftWarnings } from './drift-warnings'
import { FailedCauses } from './failed-causes'
import { FirstImport } from './first-import'
import { Overview } from './overview'
import { StateFilter } from './state-filter'
import '../styles.css'

const LIMIT = 200

interface Props {
  language: Language
  /** The page of its own has a heading; the tab stands under the Workbench's. */
  isWholeWindow?: boolean
}

/** The whole office at one glance, and what an administrator does about it: the tab, and the page `/office`. */
export const DocumentSyncPage: FC<Props> = ({ language, isWholeWindow = false }) => (
  <TextProvider language={language}>
    <Office isWholeWindow={isWholeWindow} />
  </TextProvider>
)

const Office: FC<{ isWholeWindow: boolean }> = ({ isWholeWindow }) => {
  const { text } = useText()
  const [filter, setFilter] = useState<Filter | undefined>()
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<string | null>(null)
  const [isAdding, setIsAdding] = useState(false)
  const query = { state: filter, search: search.trim() || undefined, limit: LIMIT }
  const { akten, connection, refresh } = useAkten(query)
  const health = useHealth()
  const { message, isProblem, run } = useAnnouncer(refresh)
  const close = useCallback(() => setSelected(null), [])
  const Outer = isWholeWindow ? 'main' : 'section'

  return (
    <Outer className="document-sync" aria-label={text.title} data-testid="document-sync">
      <div className="ds-head">
        {isWholeWindow && <h1>{text.title}</h1>}
        <p role="status" className={isProblem ? 'ds-message ds-problem' : 'ds-message'}>
          {message}
        </p>
        {akten && <HeadActions akten={akten} run={run} onAdd={() => setIsAdding(true)} />}
      </div>
      <ConnectionBanner connection={connection} onRetry={refresh} />
      {akten && (
        <>
          <Overview akten={akten} health={health} onShow={setFilter} />
          <Warnings akten={akten} run={run} />
          <DriftWarnings drift={akten.drift} />
          <FirstImport akten={akten} run={run} />
          <FailedCauses causes={akten.causes} run={run} />
          <div className="ds-toolbar">
            <StateFilter counts={akten.counts} selected={filter} onSelect={setFilter} />
            <input
              type="search"
              className="ds-search"
              aria-label={text.search.label}
              placeholder={text.search.placeholder}
              value={search}
              onChange={(event) => setSearch(event.target.value.slice(0, 32))}
            />
          </div>
          <div className={selected === null ? 'ds-content' : 'ds-content ds-with-details'}>
            {akten.akten.length === 0 ? (
              <Nothing isFiltered={filter !== undefined || search !== ''} />
            ) : (
              <AktenTable
                akten={akten.akten}
                total={akten.total}
                selected={selected}
                onSelect={setSelected}
                run={run}
              />
            )}
            {selected !== null && (
              <AkteDetails
                key={selected}
                aktennummer={selected}
                row={akten.akten.find(({ aktennummer }) => aktennummer === selected)}
                onClose={close}
                run={run}
              />
            )}
          </div>
        </>
      )}
      {isAdding && <AddDialog onClose={() => setIsAdding(false)} run={run} />}
    </Outer>
  )
}

const HeadActions: FC<{ akten: Akten; run: Run; onAdd: () => void }> = ({ akten, run, onAdd }) => {
  const { text } = useText()
  return (
    <div className="ds-actions">
      {akten.paused === null && (
        <Button
          needs="operate"
          onClick={() => run(text.done.allPaused, () => api.pauseAll(true, text.banner.pausedByAdmin))}
        >
          {text.actions.pauseAll}
        </Button>
      )}
      <Button needs="operate" kind="primary" onClick={onAdd}>
        {text.actions.add}
      </Button>
      {document.cookie.includes('document_sync_logged_in=') && (
        <form method="post" action="/logout">
          <Button type="submit" kind="quiet">
            {text.actions.logOut}
          </Button>
        </form>
      )}
    </div>
  )
}

/** What keeps everything from going on. */
const Warnings: FC<{ akten: Akten; run: Run }> = ({ akten, run }) => {
  const { paused, lock, emptied, differences, language } = akten
  const { text, formats } = useText()
  const presence = presenceText(language)
  const found = emptied && presence.emptied(formats.dateTime(emptied.at), emptied.recalled)
  return (
    <>
      {paused !== null && (
        <div className="ds-banner ds-warning">
          <span>
            <strong>{text.banner.paused}</strong> {text.banner.pausedWhy(paused)}
          </span>
          <Button
            needs="operate"
            kind="primary"
            onClick={() => run(text.done.allResumed, () => api.pauseAll(false))}
          >
            {text.actions.resumeAll}
          </Button>
        </div>
      )}
      {[found, ...differences].filter(Boolean).map((line) => (
        <div key={line} className="ds-banner ds-warning">
          <span>{line}</span>
        </div>
      ))}
      {lock && !lock.isAlive && (
        <div className="ds-banner ds-warning">
          <span>
            <strong>{text.banner.lock}</strong> Akte {lock.aktennummer}:{' '}
            {lock.isForeign ? presence.lockOfStranger : presence.lockOfOurs}
          </span>
        </div>
      )}
    </>
  )
}

const Nothing: FC<{ isFiltered: boolean }> = ({ isFiltered }) => {
  const { noFit, noFitHint, empty, emptyHint } = useText().text.list
  return (
    <div className="ds-empty">
      <p className="ds-headline">{isFiltered ? noFit : empty}</p>
      <p className="ds-note">{isFiltered ? noFitHint : emptyHint}</p>
    </div>
  )
}
