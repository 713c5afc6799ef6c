import type { ApiRouteConfig } from 'motia'
import { healthSchema } from '../../../services/api/health'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Health',
  description: 'Liveness and readiness, with each dependency; public. 503 only without Redis',
  method: 'GET',
  path: '/health',
  emits: [],
  flows: ['document-sync-api'],
  responseSchema: { 200: healthSchema, 503: healthSchema },
}

export const handler = answeredByServer
