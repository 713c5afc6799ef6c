import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { archiveSchema } from '../../../services/api/schemas'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'List the archive',
  description: 'Versions that would otherwise be lost, newest first, and why each was replaced',
  method: 'GET',
  path: '/archive',
  emits: [],
  flows: ['document-sync-api'],
  queryParams: [
    { name: 'aktennummer', description: 'Of this Akte only' },
    { name: 'path', description: 'Of this path below the Aktenordner only' },
  ],
  responseSchema: { 200: archiveSchema, 400: problemSchema },
}

export const handler = answeredByServer
