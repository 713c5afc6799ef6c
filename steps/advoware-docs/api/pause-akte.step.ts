import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { pausedSchema, pauseSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Pause or resume one Akte',
  description: 'A paused Akte stays in pending; a running sync finishes',
  method: 'POST',
  path: '/akten/:aktennummer/pause',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: pauseSchema,
  responseSchema: { 200: pausedSchema, 400: problemSchema },
}

export const handler = asStep(({ pathParams, body }, { akten }) =>
  akten.pauseOne(pathParams.aktennummer, body),
)
