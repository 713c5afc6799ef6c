import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { Code } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => (
  <NoopNode data={data}>
    <Code>SADD advoware:pending_aktennummern 12345</Code>
  </NoopNode>
)
