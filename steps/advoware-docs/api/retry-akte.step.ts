import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { acceptedSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'
import { SYNC_TOPIC } from '../../../services/motia/flow'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Retry one Akte',
  description: 'Retries a failed, stopped or waiting Akte now, with a fresh count of attempts',
  method: 'POST',
  path: '/akten/:aktennummer/retry',
  emits: [SYNC_TOPIC],
  flows: ['document-sync-api'],
  responseSchema: { 202: acceptedSchema, 400: problemSchema, 404: problemSchema },
}

export const handler = asStep(({ pathParams }, { akten, wake }) =>
  akten.retryOne(pathParams.aktennummer, wake),
)
