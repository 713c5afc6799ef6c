import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'Advoware',
  description: 'The practice software: its History names the files of an Akte',
  virtualSubscribes: ['advoware.history'],
  virtualEmits: [],
  flows: ['advoware-document-sync'],
}
