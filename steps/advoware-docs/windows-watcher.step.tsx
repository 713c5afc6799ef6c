import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useReachable } from './nodes/live'
import { Code, Facts, Reachable } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => {
  const isThere = useReachable('windows-watcher')
  return (
    <NoopNode data={data}>
      <Facts
        of={[
          ['Setting', <Code key="setting">ADVOWARE_WATCHER_URL</Code>],
          ['Transfers', 'files, verified by Blake3'],
        ]}
      />
      <Reachable isThere={isThere} />
    </NoopNode>
  )
}
