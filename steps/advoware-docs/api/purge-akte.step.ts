import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { purgeAnswer } from '../../../services/api/purge-api'
import { purgeRequestSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'
import { purgeReceiptSchema } from '../../../services/model/purge'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Purge an Akte',
  description:
    'Removes all that is kept of an Akte beside the three systems, for good; the answer is the receipt',
  method: 'POST',
  path: '/akten/:aktennummer/purge',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: purgeRequestSchema,
  responseSchema: {
    200: purgeReceiptSchema,
    400: problemSchema,
    404: problemSchema,
    409: problemSchema,
    503: problemSchema,
  },
}

export const handler = asStep(({ pathParams, body }, { runtime, hand }) =>
  purgeAnswer(runtime, pathParams.aktennummer, body, hand.who.name),
)
