import { z } from 'zod'
import {
  ContractError,
  DecideAgainError,
  describeError,
  FileAccessError,
  FixAccessError,
  InvalidInputError,
  LockBusyError,
  LockLostError,
  NotFoundError,
  RetryLaterError,
  SettleFirstError,
  UnprovenError,
} from '../errors'
import { DeferError, FlagError } from '../model/file-errors'
import { visible } from '../visible-text'

/** What an API route answers; Motia and the server's own routes both send it. */
export interface ApiAnswer {
  status: number
  headers?: Record<string, string>
  body: unknown
}

/** A problem as RFC 9457 describes it. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
})

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  500: 'Internal Server Error',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
}

/** What the caller can do about an error: change the request, settle something first, repeat it later, call for help. */
const STATUS_OF: [number, (abstract new (...args: never[]) => Error)[]][] = [
  [400, [InvalidInputError]],
  [404, [NotFoundError]],
  [409, [LockBusyError, DeferError, FlagError, DecideAgainError, SettleFirstError]],
  [503, [RetryLaterError, LockLostError]],
  [502, [FixAccessError, FileAccessError, UnprovenError, ContractError]],
]

/** A problem+json answer; `detail` is for people. */
export function problem(status: number, detail: string): ApiAnswer {
  const body = { type: 'about:blank', title: TITLES[status] ?? 'Error', status, detail }
  return { status, headers: { 'Content-Type': 'application/problem+json' }, body }
}

/** Runs a route; whatever it throws becomes a problem by what the caller can do about it. */
export async function answer(route: () => Promise<ApiAnswer>): Promise<ApiAnswer> {
  try {
    return await route()
  } catch (error) {
    if (error instanceof z.ZodError) return problem(400, describeIssues(error))
    if (isRedisFailure(error)) return problem(503, withoutPaths(error))
    const [status] = STATUS_OF.find(([, kinds]) => kinds.some((kind) => error instanceof kind)) ?? []
    if (status !== undefined)
      return problem(status, status < 500 ? (error as Error).message : withoutPaths(error))
    console.error(`❌ A request could not be answered: ${visible(describeError(error))}`)
    return problem(500, 'Something unexpected went wrong; the log of the server says what')
  }
}

/** What an error says, without the places on this machine that the system's own errors name. */
function withoutPaths(error: unknown): string {
  let text = describeError(error)
  for (let at = error; at instanceof Error; at = at.cause) {
    const { path, dest, code = 'failed' } = at as NodeJS.ErrnoException & { dest?: string }
    if (path !== undefined || dest !== undefined) text = text.replaceAll(at.message, code)
  }
  return text
}

const describeIssues = ({ issues }: z.ZodError) =>
  issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`).join('; ')

/** ioredis' own errors have no class in common: it gave up on a command, or the server refused it. */
function isRedisFailure(error: unknown): boolean {
  const { name, message } = error as Error
  return name === 'MaxRetriesPerRequestError' || name === 'ReplyError' || message === 'Connection is closed.'
}
