import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { planAnswer } from '../../../services/api/plan-api'
import { planSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Plan one Akte',
  description: 'What a sync would do now, file by file. Reads all three systems, writes nothing',
  method: 'GET',
  path: '/akten/:aktennummer/plan',
  emits: [],
  flows: ['document-sync-api'],
  responseSchema: { 200: planSchema, 400: problemSchema, 502: problemSchema, 503: problemSchema },
}

export const handler = asStep(({ pathParams }, { runtime }) => planAnswer(runtime, pathParams.aktennummer))
