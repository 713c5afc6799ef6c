import type { Redis } from 'ioredis'
import { administratorOf } from '../access/administrator-header'
import type { Runtime } from '../app/runtime'
import { type StepContext, type StepRequest, wakerOf } from '../motia/flow'
import { runStep } from '../motia/step-process'
import type { Wake } from '../sync/akten-poller'
import { AktenApi } from './akten-api'
import { type ApiAnswer, answer, problem } from './answer'
import { ByHand } from './by-hand'

/** What a route of a step works with. */
export interface StepRoute {
  akten: AktenApi
  /** Whoever asks. */
  hand: ByHand
  runtime: Runtime & { redis: Redis }
  wake: Wake
}

/** Runs a route as a step of Motia. */
export const asStep =
  (route: (request: StepRequest, tools: StepRoute) => Promise<ApiAnswer>) =>
  (request: StepRequest, context: StepContext): Promise<ApiAnswer> =>
    answer(() =>
      runStep(context, (runtime) => {
        const { redis, config, systems, clock } = runtime
        const hand = new ByHand(systems.audit, clock, administratorOf(request.headers))
        const akten = new AktenApi(redis, config.sync.language, hand)
        return route(request, { akten, hand, runtime, wake: wakerOf(context) })
      }),
    )

/** For a step that only describes its route: the server itself answers it, before Motia sees the request. */
export const answeredByServer = async (): Promise<ApiAnswer> =>
  problem(503, 'The server should answer this route itself (services/api/server-routes.ts), but did not')
