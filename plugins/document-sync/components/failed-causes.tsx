import { type FC, useState } from 'react'
import type { Akten } from '../../../services/api/akten-view'
import { api } from '../api'
import { useText } from '../text'
import type { Run } from '../use-announcer'
import { Button } from './button'
import { ConfirmDialog } from './confirm-dialog'

const SHOWN = 5

/** Why Akten were given up: all with one cause can be tried again, or taken off the lists. */
export const FailedCauses: FC<{ causes: Akten['causes']; run: Run }> = ({ causes, run }) => {
  const { text } = useText()
  const [removing, setRemoving] = useState<Akten['causes'][number] | null>(null)
  if (causes.length === 0) return null
  const total = causes.reduce((sum, { count }) => sum + count, 0)
  const retry = (count: number, cause?: string) =>
    run(text.done.akteRetried(count), () => api.retryMany(cause))
  return (
    <section className="ds-banner ds-causes" aria-label={text.causes.label}>
      <ul>
        {causes.slice(0, SHOWN).map((one) => (
          <li key={one.cause}>
            <span className="ds-clamp" title={one.cause}>
              <b>{one.count} ×</b> {one.cause || text.causes.none}
            </span>
            <span className="ds-actions">
              <Button needs="operate" onClick={() => retry(one.count, one.cause)}>
                {text.causes.retry(one.count)}
              </Button>
              <Button needs="operate" kind="quiet" onClick={() => setRemoving(one)}>
                {text.causes.remove(one.count)}
              </Button>
            </span>
          </li>
        ))}
      </ul>
      {causes.length > 1 && (
        <Button needs="operate" onClick={() => retry(total)}>
          {text.causes.retryAll(total)}
        </Button>
      )}
      {removing && (
        <ConfirmDialog
          title={text.causes.confirm(removing.count)}
          action={text.remove.action}
          onClose={() => setRemoving(null)}
          onConfirm={() => run(text.done.akteRemoved(removing.count), () => api.removeMany(removing.cause))}
        >
          <p>
            <strong>{removing.cause || text.causes.none}</strong>
          </p>
          <p>{text.remove.consequence}</p>
        </ConfirmDialog>
      )}
    </section>
  )
}
