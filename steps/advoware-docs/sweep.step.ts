import type { CronConfig, FlowContext } from 'motia'
import { withRuntime } from '../../services/app/runtime'
import { sweepInTurn } from '../../services/sync/sweep'

export const config: CronConfig = {
  type: 'cron',
  name: 'Advoware Document Sync - Sweep',
  description: 'Finds Akten that were not synced for long',
  cron: '5 * * * * *',
  emits: [],
  virtualSubscribes: ['espocrm.documents'],
  virtualEmits: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

export const handler = async (context: FlowContext): Promise<void> => {
  await withRuntime(context, sweepInTurn)
}
