import { ApiNode, type ApiNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { Code, Facts } from './nodes/parts'

export const Node: FC<ApiNodeProps> = ({ data }) => (
  <ApiNode data={data}>
    <Facts
      of={[
        ['Key', <Code key="key">advoware:pending_aktennummern</Code>],
        ['Trust', 'only a valid signature over the raw body'],
      ]}
    />
  </ApiNode>
)
