import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'Windows Watcher',
  description: 'The file share: lists, reads and stores files',
  virtualSubscribes: ['watcher.files'],
  virtualEmits: [],
  flows: ['advoware-document-sync'],
}
