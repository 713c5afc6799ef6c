import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { pausedSchema, pauseSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Pause or resume the whole sync',
  description: 'While it is paused, nothing is taken from pending; running syncs finish',
  method: 'POST',
  path: '/akten/pause',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: pauseSchema,
  responseSchema: { 200: pausedSchema, 400: problemSchema },
}

export const handler = asStep(({ body }, { akten }) => akten.pauseAll(body))
