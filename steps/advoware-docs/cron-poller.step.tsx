import { BaseNode, type CronNodeProps } from '@motiadev/workbench'
import type { FC } from 'react'
import { useAktenLive } from './nodes/live'
import { Facts, Numbers } from './nodes/parts'

export const Node: FC<CronNodeProps> = ({ data }) => {
  const live = useAktenLive()
  return (
    <BaseNode
      data={data}
      variant="cron"
      title={data.name}
      language={data.language ?? ''}
      disableTargetHandle={!data.virtualSubscribes?.length}
      {...(data.description === undefined ? {} : { subtitle: data.description })}
    >
      <Facts
        of={[
          ['Schedule', 'every 10 seconds'],
          ...(live?.paused ? [['Paused', live.paused] as [string, string]] : []),
        ]}
      />
      <Numbers
        of={[
          ['pending', live?.counts.pending],
          ['processing', live?.counts.processing],
          ['s overdue', live?.oldestOverdueSeconds, (live?.oldestOverdueSeconds ?? 0) > 120],
        ]}
      />
    </BaseNode>
  )
}
