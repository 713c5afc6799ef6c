import type { ApiRouteConfig } from 'motia'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Metrics',
  description: 'Sums over all runs on all instances and the current state, in the Prometheus text format',
  method: 'GET',
  path: '/metrics',
  emits: [],
  flows: ['document-sync-api'],
}

export const handler = answeredByServer
