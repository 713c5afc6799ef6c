import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { byCauseSchema, removedManySchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Remove many Akten',
  description:
    'Takes all Akten that were given up, or those with one cause, off the lists; touches no document',
  method: 'POST',
  path: '/akten/remove',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: byCauseSchema,
  responseSchema: { 200: removedManySchema, 400: problemSchema },
}

export const handler = asStep(({ body }, { akten }) => akten.removeMany(body))
