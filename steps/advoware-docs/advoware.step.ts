import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'Advoware',
  description: 'The practice software: its History says which files belong to the Akte',
  virtualSubscribes: ['advoware.history'],
  virtualEmits: [],
  flows: ['advoware-document-sync'],
}
