import { ApiNode, type ApiNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { Code, Facts } from '../nodes/parts'

export const Node: FC<ApiNodeProps> = ({ data }) => (
  <ApiNode data={data}>
    <Facts
      of={[
        ['Key', <Code key="key">advoware:pending_aktennummern</Code>],
        ['Wakes', <Code key="topic">advoware.document.sync</Code>],
        ['More', 'plan, retry, pause, archive, health, metrics: flow document-sync-api'],
      ]}
    />
  </ApiNode>
)
