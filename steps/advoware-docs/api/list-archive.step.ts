import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { archiveSchema } from '../../../services/api/schemas'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'List the archive',
  description: 'Archived versions, newest first, and why each was replaced',
  method: 'GET',
  path: '/archive',
  emits: [],
  flows: ['document-sync-api'],
  queryParams: [
    { name: 'aktennummer', description: 'Only versions of this Akte' },
    { name: 'path', description: 'Only versions of this path below the Aktenordner' },
  ],
  responseSchema: { 200: archiveSchema, 400: problemSchema },
}

export const handler = answeredByServer
