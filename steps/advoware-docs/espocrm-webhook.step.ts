import type { ApiRouteConfig } from 'motia'
import { answeredByServer } from '../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'EspoCRM Webhook',
  description: 'EspoCRM reports changed documents, signed',
  path: '/webhooks/espocrm',
  method: 'POST',
  emits: [],
  virtualSubscribes: ['espocrm.webhook'],
  virtualEmits: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

export const handler = answeredByServer
