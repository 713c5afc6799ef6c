import type { AxiosRequestConfig } from 'axios'
import { z } from 'zod'
import type { Config } from '../config'
import { FileAccessError, type FixAccessError, UnprovenError } from '../errors'
import { parseAnswer, statusOf } from '../http/http-client'
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

/** What the API user may do. @throws ContractError, FixAccessError, RetryLaterError */
async function readRights(client: EspoClient, request: AxiosRequestConfig = {}): Promise<EspoUser> {
  return parseAnswer(SYSTEM, PATH, espoUserSchema, (await client.request('GET', PATH, request)).data)
}

/** The right that a request to one document, or to the file of one, takes; null for any other. */
function rightFor(method: string, path: string, dokumente: string): 'read' | 'edit' | 'delete' | null {
  const [entity, id] = path.split('/')
  if (id === undefined) return null
  if (entity === 'Attachment') return method === 'GET' ? 'read' : null
  if (entity !== dokumente) return null
  return method === 'GET' ? 'read' : method === 'DELETE' ? 'delete' : 'edit'
}

/**
 * What a 403 to one document or attachment means: where the role may do that to all, it is about this one alone (a team of
 * its own, a hook, a second role). Asks for the rights, once.
 */
export class RefusalOfOne {
  private rights: Promise<EspoUser | null> | undefined

  constructor(
    private readonly client: () => EspoClient,
    private readonly config: Pick<Config['espo'], 'mapping'>,
  ) {}

  /** FileAccessError where it is about this one, else the refusal itself. */
  async meaningOf(refusal: FixAccessError, method: string, path: string): Promise<Error> {
    const { entity: dokumente } = this.config.mapping.dokument
    const right = rightFor(method, path, dokumente)
    if (right === null || statusOf(refusal) !== 403) return refusal
    this.rights ??= readRights(this.client()).catch(() => null)
    const user = await this.rights
    const required = espoRequirements(this.config).find(({ entity }) => entity === dokumente)
    const isLacking =
      !user || !required || missingRights(required, user).some(({ action }) => action === right)
    return isLacking
      ? refusal
      : new FileAccessError(refusal.message, { cause: refusal.cause, system: SYSTEM })
  }
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
  const user = await readRights(client, request)
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
