import { ApiNode, type ApiNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { Code, Facts } from '../nodes/parts'

export const Node: FC<ApiNodeProps> = ({ data }) => (
  <ApiNode data={data}>
    <Facts
      of={[
        ['Wakes', <Code key="topic">advoware.document.sync</Code>],
        ['More', 'flow document-sync-api'],
      ]}
    />
  </ApiNode>
)
