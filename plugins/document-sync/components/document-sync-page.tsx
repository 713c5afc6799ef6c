import { Button, Empty, EmptyDescription, EmptyHeader, EmptyTitle } from '@motiadev/ui'
import { type FC, useCallback, useState } from 'react'
import type { Akte } from '../../../services/api/akten-view'
import { api } from '../api'
import { useAkten } from '../use-akten'
import { useAnnouncer } from '../use-announcer'
import { AddDialog } from './add-dialog'
import { AkteDetails } from './akte-details'
import { AktenTable } from './akten-table'
import { ConnectionBanner } from './connection-banner'
import { FailedCauses } from './failed-causes'
import { StateFilter } from './state-filter'
import '../styles.css'

const LIMIT = 200

/** The tab "Document Sync": an overview of the office, and the actions of an administrator. */
export const DocumentSyncPage: FC = () => {
  const [state, setState] = useState<Akte['state'] | undefined>()
  const [search, setSearch] = useState('')
  const [selected, setSelected] = useState<string | null>(null)
  const [isAdding, setIsAdding] = useState(false)
  const { akten, connection, refresh } = useAkten({ state, search: search.trim() || undefined, limit: LIMIT })
  const { message, isProblem, run } = useAnnouncer(refresh)
  const close = useCallback(() => setSelected(null), [])

  return (
    <section className="document-sync" aria-label="Document Sync" data-testid="document-sync">
      <p role="status" className={isProblem ? 'ds-message ds-problem' : 'ds-message'}>
        {message}
      </p>
      <ConnectionBanner connection={connection} onRetry={refresh} />
      {akten && (
        <>
          <div className="ds-toolbar">
            <StateFilter counts={akten.counts} selected={state} onSelect={setState} />
            <input
              type="search"
              className="ds-search"
              aria-label="Search by Aktennummer"
              placeholder="Search Aktennummer"
              value={search}
              onChange={(event) => setSearch(event.target.value.slice(0, 32))}
            />
            <Button onClick={() => setIsAdding(true)}>Add Akten</Button>
            {akten.paused === null && (
              <Button variant="outline" onClick={() => run('The sync is paused', () => api.pauseAll(true))}>
                Pause sync
              </Button>
            )}
            {document.cookie.includes('document_sync_logged_in=') && (
              <form method="post" action="/logout">
                <Button type="submit" variant="ghost">
                  Log out
                </Button>
              </form>
            )}
          </div>
          {akten.paused !== null && (
            <div className="ds-banner ds-warning">
              <span>
                <strong>The sync is paused.</strong> Nothing is taken: {akten.paused}
              </span>
              <Button onClick={() => run('The sync is resumed', () => api.pauseAll(false))}>
                Resume sync
              </Button>
            </div>
          )}
          {akten.lock && !akten.lock.isAlive && (
            <div className="ds-banner ds-warning">
              <span>
                <strong>The lock has no holder.</strong> Akte {akten.lock.aktennummer} holds it without a
                heartbeat; if a server died, it is replaced as holder within a minute.
              </span>
            </div>
          )}
          <FailedCauses causes={akten.causes} run={run} />
          <div className="ds-content">
            {akten.akten.length === 0 ? (
              <Nothing isFiltered={state !== undefined || search !== ''} />
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
    </section>
  )
}

const Nothing: FC<{ isFiltered: boolean }> = ({ isFiltered }) => (
  <Empty>
    <EmptyHeader>
      <EmptyTitle>{isFiltered ? 'No Akte matches' : 'No Akte was synced yet'}</EmptyTitle>
      <EmptyDescription>
        {isFiltered
          ? 'Try another state or another part of the Aktennummer.'
          : 'Add Aktennummern, or let EspoCRM and the file server request syncs.'}
      </EmptyDescription>
    </EmptyHeader>
  </Empty>
)
