import { Button } from '@motiadev/ui'
import type { FC } from 'react'
import { formatWhen } from '../../../services/format'
import type { Connection } from '../use-akten'

/** Says what is wrong between this page and the server; nothing while all is well. */
export const ConnectionBanner: FC<{ connection: Connection; onRetry: () => void }> = ({
  connection,
  onRetry,
}) => {
  if (connection.state === 'live') return null
  if (connection.state === 'loading') {
    return (
      <p className="ds-banner" aria-busy="true">
        Loading …
      </p>
    )
  }
  if (connection.state === 'disconnected') {
    return (
      <div className="ds-banner ds-warning" role="alert">
        <span>
          <strong>No connection</strong> to the server or its Redis since{' '}
          {formatWhen(connection.since.toISOString())}. What you see is as of then; the page tries again by
          itself.
        </span>
        <Button variant="outline" onClick={onRetry}>
          Try now
        </Button>
      </div>
    )
  }
  return (
    <div className="ds-banner ds-error" role="alert">
      <span>
        <strong>{connection.status === 401 ? 'Your session has ended.' : 'The server refused.'}</strong>{' '}
        {connection.reason}
      </span>
      {connection.status === 401 ? (
        <a href={`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`}>
          Log in
        </a>
      ) : (
        <Button variant="outline" onClick={onRetry}>
          Try again
        </Button>
      )}
    </div>
  )
}
