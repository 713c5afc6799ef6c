import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useReachable } from './nodes/live'
import { Reachable } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => {
  const isThere = useReachable('advoware')
  return (
    <NoopNode data={data}>
      <Reachable isThere={isThere} />
    </NoopNode>
  )
}
