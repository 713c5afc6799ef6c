import { EventNode, type EventNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useAktenLive } from './nodes/live'
import { Facts, Numbers } from './nodes/parts'

export const Node: FC<EventNodeProps> = ({ data }) => {
  const live = useAktenLive()
  const lock = live?.lock
  const holder = lock ? `Akte ${lock.aktennummer}${lock.isAlive ? '' : ', no heartbeat'}` : 'free'
  const running = live?.akten.find(({ progress }) => progress !== null)
  const progress = running?.progress
  return (
    <EventNode data={data}>
      <Facts
        of={[
          ['Lock', live ? holder : '–'],
          [
            'Now',
            progress
              ? `Akte ${progress.aktennummer}: ${progress.filesDone} of ${progress.filesTotal} files`
              : 'nothing is running',
          ],
        ]}
      />
      <Numbers
        of={[
          ['processing', live?.counts.processing],
          ['given up', live?.counts.failed, (live?.counts.failed ?? 0) > 0],
          ['stopped', live?.counts.stopped, (live?.counts.stopped ?? 0) > 0],
        ]}
      />
    </EventNode>
  )
}
