import type { ApiRouteConfig } from 'motia'
import { aktenSchema } from '../../../services/api/akten-view'
import { problemSchema } from '../../../services/api/answer'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'List Akten',
  description: 'An overview of the sync: which Akten wait, run, failed, were stopped or were synced last',
  method: 'GET',
  path: '/akten',
  emits: [],
  flows: ['document-sync-api'],
  queryParams: [
    {
      name: 'state',
      description:
        'pending, processing, failed, stopped, synced or idle (on no list, last run not successful)',
    },
    { name: 'search', description: 'Part of the Aktennummer' },
    { name: 'limit', description: 'Maximum number of Akten: 1 to 5000, default 500' },
    { name: 'offset', description: 'How many Akten to leave out before the first one' },
  ],
  responseSchema: { 200: aktenSchema, 400: problemSchema, 503: problemSchema },
}

export const handler = answeredByServer
