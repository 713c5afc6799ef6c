import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useReachable } from './nodes/live'
import { Code, Facts, Reachable } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => {
  const isThere = useReachable('advoware')
  return (
    <NoopNode data={data}>
      <Facts
        of={[
          ['Setting', <Code key="setting">ADVOWARE_API_BASE_URL</Code>],
          ['Token', <Code key="token">advoware:token</Code>],
          ['Transfers', 'History entries, the Ablage'],
        ]}
      />
      <Reachable isThere={isThere} />
    </NoopNode>
  )
}
