import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { acceptedSchema, syncManySchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Sync many Akten',
  description: 'Requests syncs of up to 1,000 Akten; the cron step takes them as workers become free',
  method: 'POST',
  path: '/akten/sync',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: syncManySchema,
  responseSchema: { 202: acceptedSchema, 400: problemSchema },
}

export const handler = asStep(({ body }, { akten }) => akten.syncMany(body))
