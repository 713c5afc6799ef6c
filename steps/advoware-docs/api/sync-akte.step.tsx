import { ApiNode, type ApiNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { Facts } from '../nodes/parts'

export const Node: FC<ApiNodeProps> = ({ data }) => (
  <ApiNode data={data}>
    <Facts of={[['More', 'flow document-sync-api']]} />
  </ApiNode>
)
