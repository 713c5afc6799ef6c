import type { ApiRouteConfig } from 'motia'
import { akteDetailSchema } from '../../../services/api/akten-view'
import { problemSchema } from '../../../services/api/answer'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Look at one Akte',
  description: 'Its state, its progress and its last reports',
  method: 'GET',
  path: '/akten/:aktennummer',
  emits: [],
  flows: ['document-sync-api'],
  responseSchema: { 200: akteDetailSchema, 400: problemSchema, 404: problemSchema, 503: problemSchema },
}

export const handler = answeredByServer
