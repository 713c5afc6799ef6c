import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { acceptedSchema, byCauseSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Retry many Akten',
  description: 'Retries all Akten that were given up, or those with one cause',
  method: 'POST',
  path: '/akten/retry',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: byCauseSchema,
  responseSchema: { 202: acceptedSchema, 400: problemSchema },
}

export const handler = asStep(({ body }, { akten }) => akten.retryMany(body))
