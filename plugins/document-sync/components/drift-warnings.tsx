import type { FC } from 'react'
import type { Akten } from '../../../services/api/akten-view'
import { useText } from '../text'

/** What the sweep found changed on a side that announces nothing: its webhooks or its watcher are broken. */
export const DriftWarnings: FC<{ drift: Akten['drift'] }> = ({ drift }) => {
  const { sweep } = useText()
  return drift.map(({ side, changes, announcedAt }) =>
    changes === 0 || side === 'Advoware' ? null : (
      <div key={side} className="ds-banner ds-warning">
        <span>
          <strong>
            {sweep.drift(side, announcedAt === null ? null : Date.now() - Date.parse(announcedAt), changes)}
          </strong>{' '}
          {sweep.driftAdvice(side)}
        </span>
      </div>
    ),
  )
}
