import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { removedSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Remove an Akte from the lists',
  description: 'Removes it from pending, failed and stopped; a running sync finishes, no document is touched',
  method: 'DELETE',
  path: '/akten/:aktennummer',
  emits: [],
  flows: ['document-sync-api'],
  responseSchema: { 200: removedSchema, 503: problemSchema },
}

export const handler = asStep(({ pathParams }, { akten }) => akten.remove(pathParams.aktennummer ?? ''))
