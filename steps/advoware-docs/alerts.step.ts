import type { CronConfig } from 'motia'
import { watchAndTell } from '../../services/alerts/alert-tick'
import type { StepContext } from '../../services/motia/flow'
import { runStep } from '../../services/motia/step-process'

export const config: CronConfig = {
  type: 'cron',
  name: 'Advoware Document Sync - Alerts',
  description: 'Tells people by mail and chat what is wrong',
  cron: '35 * * * * *',
  emits: [],
  virtualSubscribes: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

export const handler = async (context: StepContext): Promise<void> => {
  await runStep(context, watchAndTell)
}
