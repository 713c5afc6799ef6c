import type { CronConfig, FlowContext } from 'motia'
import { withRuntime } from '../../services/runtime'
import { pollPendingAkten } from '../../services/sync/akten-poller'

const TOPIC = 'advoware.document.sync'

export const config: CronConfig = {
  type: 'cron',
  name: 'Advoware Document Sync - Cron Poller',
  description:
    'Takes due Aktennummern from Redis, checks their status in EspoCRM and wakes a worker for each',
  cron: '*/10 * * * * *',
  emits: [TOPIC],
  virtualSubscribes: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

type Context = FlowContext<{ topic: typeof TOPIC; data: { aktennummer: string } }>

export const handler = async (context: Context): Promise<void> => {
  await withRuntime(context, (runtime) =>
    pollPendingAkten(runtime, async (data) => {
      await context.emit({ topic: TOPIC, data })
    }),
  )
}
