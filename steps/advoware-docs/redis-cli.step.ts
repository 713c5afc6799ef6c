import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'Operator (redis-cli)',
  description: 'Requests a sync; the Windows watcher does the same',
  virtualSubscribes: [],
  virtualEmits: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}
