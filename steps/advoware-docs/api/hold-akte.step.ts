import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { holdAnswer } from '../../../services/api/purge-api'
import { heldSchema, holdRequestSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Hold an Akte',
  description: 'Nothing of a held Akte is purged or goes by age; also releases it',
  method: 'POST',
  path: '/akten/:aktennummer/hold',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: holdRequestSchema,
  responseSchema: { 200: heldSchema, 400: problemSchema, 503: problemSchema },
}

export const handler = asStep(({ pathParams, body }, { runtime, hand }) =>
  holdAnswer(runtime, pathParams.aktennummer, body, hand.who.name),
)
