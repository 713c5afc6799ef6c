import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { importAnswer } from '../../../services/api/import-api'
import { pauseSchema } from '../../../services/api/schemas'
import { asStep } from '../../../services/api/step-routes'
import { importProgressSchema } from '../../../services/model/import-progress'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'First import',
  description: 'Starts, resumes or pauses the sync of all Akten that were never synced, at any hour',
  method: 'POST',
  path: '/akten/import',
  emits: [],
  flows: ['document-sync-api'],
  bodySchema: pauseSchema,
  responseSchema: { 200: importProgressSchema, 202: importProgressSchema, 404: problemSchema },
}

export const handler = asStep(({ body }, { runtime, hand }) => importAnswer(runtime, hand, body))
