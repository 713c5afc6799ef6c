import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useAktenLive } from './nodes/live'
import { Code, Facts, Numbers } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => {
  const live = useAktenLive()
  return (
    <NoopNode data={data}>
      <Facts of={[['Ask', <Code key="ask">SADD advoware:pending_aktennummern 12345</Code>]]} />
      <Numbers of={[['pending', live?.counts.pending]]} />
    </NoopNode>
  )
}
