import type { FC } from 'react'
import { useText } from '../text'
import type { Connection } from '../use-akten'
import { Button } from './button'

/** Says what is wrong between this page and the server; nothing while all is well. */
export const ConnectionBanner: FC<{ connection: Connection; onRetry: () => void }> = ({
  connection,
  onRetry,
}) => {
  const { text, formats } = useText()
  if (connection.state === 'live') return null
  if (connection.state === 'loading') {
    return (
      <p className="ds-banner" aria-busy="true">
        {text.banner.loading}
      </p>
    )
  }
  if (connection.state === 'disconnected') {
    return (
      <div className="ds-banner ds-warning" role="alert">
        <span>
          <strong>{text.banner.disconnected}</strong>{' '}
          {text.banner.disconnectedSince(formats.when(connection.since.toISOString()))}
        </span>
        <Button onClick={onRetry}>{text.actions.tryNow}</Button>
      </div>
    )
  }
  const isOver = connection.status === 401
  return (
    <div className="ds-banner ds-error" role="alert">
      <span>
        <strong>{isOver ? text.banner.sessionEnded : text.banner.refused}</strong>{' '}
        {isOver ? '' : connection.reason}
      </span>
      {isOver ? (
        <a href={`/login?next=${encodeURIComponent(window.location.pathname + window.location.search)}`}>
          {text.actions.logIn}
        </a>
      ) : (
        <Button onClick={onRetry}>{text.actions.tryAgain}</Button>
      )}
    </div>
  )
}
