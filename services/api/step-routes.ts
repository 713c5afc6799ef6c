import type { Redis } from 'ioredis'
import type { ApiRequest, FlowContext } from 'motia'
import { type Runtime, withRuntime } from '../runtime'
import { AktenApi } from './akten-api'
import { type ApiAnswer, answer, problem } from './answer'

/** Topic that wakes a worker for one Akte. */
export const SYNC_TOPIC = 'advoware.document.sync'

type Context = FlowContext<{ topic: typeof SYNC_TOPIC; data: { aktennummer: string } }>

/** What a route of a step works with. */
export interface StepRoute {
  akten: AktenApi
  runtime: Runtime & { redis: Redis }
  wake: (aktennummer: string) => Promise<void>
}

/** Runs a route as a step of Motia. */
export const asStep =
  (route: (request: ApiRequest, tools: StepRoute) => Promise<ApiAnswer>) =>
  (request: ApiRequest, context: Context): Promise<ApiAnswer> =>
    answer(() =>
      withRuntime(context, (runtime) =>
        route(request, {
          akten: new AktenApi(runtime.redis, runtime.clock, runtime.config.sync.language),
          runtime,
          wake: (aktennummer) => context.emit({ topic: SYNC_TOPIC, data: { aktennummer } }),
        }),
      ),
    )

/** For a step that only describes its route: the server itself answers it, before Motia sees the request. */
export const answeredByServer = async (): Promise<ApiAnswer> =>
  problem(503, 'The server answers this route itself (services/api/server-routes.ts), and is not set up to')
