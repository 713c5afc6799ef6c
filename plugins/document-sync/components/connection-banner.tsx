import { Button } from '@motiadev/ui'
import type { FC } from 'react'
import { formatWhen } from '../../../services/format'
import type { Connection } from '../use-akten'

/** Shows what is wrong with the connection to the server; nothing while all is well. */
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
          {formatWhen(connection.since.toISOString())}. The page shows the state of that time and reconnects
          automatically.
        </span>
        <Button variant="outline" onClick={onRetry}>
          Retry now
        </Button>
      </div>
    )
  }
  return (
    <div className="ds-banner ds-error" role="alert">
      <span>
        <strong>
          {connection.status === 401 ? 'Your session has ended.' : 'The server refused the request.'}
        </strong>{' '}
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
