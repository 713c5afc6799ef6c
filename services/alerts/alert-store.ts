import type { Redis } from 'ioredis'
import { RetryLaterError } from '../errors'
import { parseJson } from '../json'
import { EXCHANGE } from '../queue/scripts'
import { KEYS } from '../redis/keys'
import { type AlertState, alertStateSchema, NOTHING_TOLD } from './alert-state'

/** As many servers as may look at the same moment. */
const MOST_TRIES = 20

/** The state of the alerts, one value in Redis that all servers share; what nobody can read counts as absent. */
export class AlertStore {
  constructor(private readonly redis: Pick<Redis, 'get' | 'eval'>) {}

  /** @throws an error of Redis */
  async read(): Promise<AlertState> {
    return parse(await this.redis.get(KEYS.alerts))
  }

  /**
   * Changes the state. `change` is called again where another server was faster, with the state that it left; whoever
   * tells something decides it in there, so that it is told once. Null: nothing is to change.
   * @throws RetryLaterError when the others never let go, an error of Redis
   */
  async update<T>(change: (state: AlertState) => { state: AlertState; result: T } | null): Promise<T | null> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = await this.redis.get(KEYS.alerts)
      const changed = change(parse(before))
      if (changed === null) return null
      const after = JSON.stringify(changed.state)
      if ((await this.redis.eval(EXCHANGE, 1, KEYS.alerts, before ?? '', after)) === 1) return changed.result
    }
    throw new RetryLaterError('The state of the alerts changes faster than it can be written')
  }
}

const parse = (json: string | null): AlertState =>
  alertStateSchema.safeParse(parseJson(json)).data ?? NOTHING_TOLD
