import type { ApiRouteConfig } from 'motia'
import { aktenSchema } from '../../../services/api/akten-view'
import { problemSchema } from '../../../services/api/answer'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'List Akten',
  description: 'Who waits, runs, failed, was stopped or was synced last, and the whole sync at one glance',
  method: 'GET',
  path: '/akten',
  emits: [],
  flows: ['document-sync-api'],
  queryParams: [
    {
      name: 'state',
      description:
        'pending, processing, failed, stopped, synced or idle (on no list, last run not in agreement)',
    },
    { name: 'search', description: 'Part of the Aktennummer' },
    { name: 'limit', description: 'How many Akten at most: 1 to 5000, default 500' },
  ],
  responseSchema: { 200: aktenSchema, 400: problemSchema, 503: problemSchema },
}

export const handler = answeredByServer
