import type { AxiosRequestConfig } from 'axios'
import { z } from 'zod'
import type { Config } from '../config'
import { UnprovenError } from '../errors'
import { parseAnswer } from '../http/http-client'
import type { EspoClient } from './espo-client'
import { espoRequirements, type RequiredEntity } from './espo-requirements'

const SYSTEM = 'EspoCRM'
const PATH = 'App/user'

const rightsSchema = z.record(z.string(), z.unknown())

/** `GET App/user`: who the API user is, and what its roles allow it. */
export const espoUserSchema = z.object({
  user: z.object({ id: z.string(), userName: z.string().nullish(), type: z.string().nullish() }),
  acl: z.object({ table: z.record(z.string(), z.union([z.boolean(), rightsSchema, z.null()])) }),
})

/** Such an answer, parsed. */
export type EspoUser = z.output<typeof espoUserSchema>

/** The rights of an entity that the roles of this user do not give. */
export function missingRights({ entity, rights }: RequiredEntity, { user, acl }: EspoUser) {
  if (user.type === 'admin') return []
  const granted = acl.table[entity]
  return rights.filter(({ action, level }) => {
    const has = typeof granted === 'object' && granted !== null ? granted[action] : granted
    return has !== level && has !== true && !(level === 'yes' && has === 'all')
  })
}

/**
 * Proves that EspoCRM's lists show every Akte and every document: a role with read `own` or `team` makes them partial,
 * and the answer is a clean 200. One request.
 * @throws UnprovenError naming the missing right; ContractError, FixAccessError, RetryLaterError
 */
export async function assertReadsAll(
  client: EspoClient,
  config: Pick<Config['espo'], 'mapping'>,
  request: AxiosRequestConfig = {},
): Promise<void> {
  const answer = await client.request('GET', PATH, request)
  const user = parseAnswer(SYSTEM, PATH, espoUserSchema, answer.data)
  const missing = espoRequirements(config).flatMap((entity) =>
    missingRights(entity, user)
      .filter(({ action }) => action === 'read')
      .map(({ action, level }) => `${action}: ${level} on ${entity.entity}`),
  )
  if (missing.length === 0) return
  throw new UnprovenError(`EspoCRM may hide records: the role of the API user lacks ${missing.join(', ')}`, {
    system: SYSTEM,
  })
}
