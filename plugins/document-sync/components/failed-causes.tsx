import { Button } from '@motiadev/ui'
import type { FC } from 'react'
import type { Akten } from '../../../services/api/akten-view'
import { api } from '../api'
import type { Run } from '../use-announcer'

/** Why Akten were given up, with buttons to retry all of them or all with one cause. */
export const FailedCauses: FC<{ causes: Akten['causes']; run: Run }> = ({ causes, run }) => {
  if (causes.length === 0) return null
  const total = causes.reduce((sum, { count }) => sum + count, 0)
  const retry = (count: number, cause?: string) =>
    run(`${count === 1 ? '1 Akte is' : `${count} Akten are`} retried`, () => api.retryMany(cause))
  return (
    <section className="ds-banner ds-causes" aria-label="Akten that were given up">
      <ul>
        {causes.slice(0, 5).map(({ cause, count }) => (
          <li key={cause}>
            <span>
              <b>{count} ×</b> {cause || 'no reason given'}
            </span>
            <Button variant="outline" size="sm" onClick={() => retry(count, cause)}>
              Retry {count === 1 ? 'this one' : `these ${count}`}
            </Button>
          </li>
        ))}
      </ul>
      {causes.length > 1 && (
        <Button variant="outline" size="sm" onClick={() => retry(total)}>
          Retry all {total}
        </Button>
      )}
    </section>
  )
}
