import type { ApiRequest, ApiResponse, ApiRouteConfig, FlowContext } from 'motia'
import { runStep } from '../../services/motia/step-process'
import { receiveWebhook } from '../../services/webhooks/webhook-delivery'

export const config: ApiRouteConfig = {
  type: 'api',
  name: 'EspoCRM Webhook',
  description: 'EspoCRM reports created, replaced and deleted documents: their Akten become pending',
  path: '/webhooks/espocrm',
  method: 'POST',
  emits: [],
  virtualSubscribes: ['espocrm.webhook'],
  virtualEmits: ['advoware.pending'],
  flows: ['advoware-document-sync'],
}

export const handler = async (request: ApiRequest, context: FlowContext): Promise<ApiResponse> => {
  const { signature } = request.headers
  const delivery = {
    signature: typeof signature === 'string' ? signature : undefined,
    rawBody: request.rawBody,
  }
  return runStep(context, (runtime) => receiveWebhook(runtime, delivery))
}
