import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { restoreAnswer } from '../../../services/api/restore-api'
import { restoredSchema, restoreSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'
import { SYNC_TOPIC } from '../../../services/motia/flow'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Restore a version',
  description: 'Makes an archived version the newest one on one side; the next sync carries it to the other',
  method: 'POST',
  path: '/archive/:hash/restore',
  emits: [SYNC_TOPIC],
  flows: ['document-sync-api'],
  bodySchema: restoreSchema,
  responseSchema: { 200: restoredSchema, 400: problemSchema, 404: problemSchema, 409: problemSchema },
}

export const handler = asStep(({ pathParams, body }, tools) => restoreAnswer(tools, pathParams.hash, body))
