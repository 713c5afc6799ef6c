import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { previewAnswer } from '../../../services/api/purge-api'
import { asStep } from '../../../services/api/step-routes'
import { purgePreviewSchema } from '../../../services/model/purge'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Preview a purge',
  description: 'What a purge of an Akte would remove now, and what stands against it. Changes nothing',
  method: 'GET',
  path: '/akten/:aktennummer/purge',
  emits: [],
  flows: ['document-sync-api'],
  responseSchema: {
    200: purgePreviewSchema,
    400: problemSchema,
    404: problemSchema,
    502: problemSchema,
    503: problemSchema,
  },
}

export const handler = asStep(({ pathParams }, { runtime }) => previewAnswer(runtime, pathParams.aktennummer))
