import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { acceptedSchema, syncOneSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'
import { SYNC_TOPIC } from '../../../services/motia/flow'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Sync one Akte',
  description: 'Requests a sync now',
  method: 'POST',
  path: '/akten/:aktennummer/sync',
  emits: [SYNC_TOPIC],
  flows: ['advoware-document-sync'],
  bodySchema: syncOneSchema,
  responseSchema: { 202: acceptedSchema, 400: problemSchema },
}

export const handler = asStep(({ pathParams, body }, { akten, wake }) =>
  akten.syncOne(pathParams.aktennummer, body, wake),
)
