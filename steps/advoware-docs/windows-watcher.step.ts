import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'Windows Watcher',
  description: 'The file share: lists, reads and stores the files of an Aktenordner',
  virtualSubscribes: ['watcher.files'],
  virtualEmits: [],
  flows: ['advoware-document-sync'],
}
