import type { NoopConfig } from 'motia'

export const config: NoopConfig = {
  type: 'noop',
  name: 'EspoCRM',
  description: 'The documents that staff read and replace',
  virtualSubscribes: ['espocrm.documents'],
  virtualEmits: ['espocrm.webhook'],
  flows: ['advoware-document-sync'],
}
