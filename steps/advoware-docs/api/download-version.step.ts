import type { ApiRouteConfig } from 'motia'
import { problemSchema } from '../../../services/api/answer'
import { answeredByServer } from '../../../services/api/step-routes'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'Download a version',
  description:
    'The content of an archived version, by its Blake3 hash; written to the audit log before it is sent',
  method: 'GET',
  path: '/archive/:hash',
  emits: [],
  flows: ['document-sync-api'],
  queryParams: [
    {
      name: 'aktennummer',
      description: 'With path: where the version is current, if it is not in the archive',
    },
    { name: 'path', description: 'Path below the Aktenordner' },
  ],
  responseSchema: { 400: problemSchema, 404: problemSchema },
}

export const handler = answeredByServer
