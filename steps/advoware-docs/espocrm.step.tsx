import { NoopNode, type NoopNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useReachable } from './nodes/live'
import { Code, Facts, Reachable } from './nodes/parts'

export const Node: FC<NoopNodeProps> = ({ data }) => {
  const isThere = useReachable('espocrm')
  return (
    <NoopNode data={data}>
      <Facts
        of={[
          ['Setting', <Code key="setting">ESPOCRM_API_BASE_URL</Code>],
          ['Transfers', 'documents, their attachments and status'],
        ]}
      />
      <Reachable isThere={isThere} />
    </NoopNode>
  )
}
