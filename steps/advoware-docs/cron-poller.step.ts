import type { CronConfig } from 'motia'
import { type StepContext, SYNC_TOPIC, wakerOf } from '../../services/motia/flow'
import { runStep } from '../../services/motia/step-process'
import { pollPendingAkten } from '../../services/sync/akten-poller'

export const config: CronConfig = {
  type: 'cron',
  name: 'Advoware Document Sync - Cron Poller',
  description: 'Takes due Akten from Redis, wakes a worker for each',
  cron: '*/10 * * * * *',
  emits: [SYNC_TOPIC],
  virtualSubscribes: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

export const handler = async (context: StepContext): Promise<void> => {
  await runStep(context, (runtime) => pollPendingAkten(runtime, wakerOf(context)))
}
