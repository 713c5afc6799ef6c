import type { ApiRouteConfig } from 'motia'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Metrics',
  description: 'Sums of all runs on all instances and the present state, in the text format of Prometheus',
  method: 'GET',
  path: '/metrics',
  emits: [],
  flows: ['document-sync-api'],
}

export const handler = answeredByServer
