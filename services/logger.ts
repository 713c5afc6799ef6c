import type { AxiosAdapter } from 'axios'
import pino, { type Logger } from 'pino'
import type { Fence } from './redis/sync-lock'

/** Where a run's lines go: the logger of Motia's context, or the console. */
export type FlowLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (message: string, fields?: unknown) => void
>

/** What a service needs of Motia's flow context, and of the run it works for. */
export interface ServiceContext {
  logger: Logger
  /** The lock of a run: asked before every request that changes something, also before each repetition of one. */
  fence?: Fence
  /** How many requests each system gets at the same time; absent: as many as there are. */
  requestsAtOnce?: number
  /** Carries the requests in place of HTTP, where a test is the network. */
  transport?: AxiosAdapter
}

const SECRETS = [
  'password',
  'apiKey',
  'secretKey',
  'token',
  'authorization',
  'access_token',
  'Password',
  'HMAC512Signature',
]

/**
 * A pino logger that delivers to `ctx.logger`, so that its lines appear in the Workbench under the step. Secrets are
 * redacted wherever they stand up to two levels deep.
 */
export function createLogger(motia: FlowLogger, level: string): Logger {
  const destination = {
    write(line: string) {
      const {
        level: severity,
        msg,
        time: _time,
        ...fields
      } = JSON.parse(line) as { level: number; msg: string; time: number }
      const deliver = severity >= 50 ? 'error' : severity >= 40 ? 'warn' : severity >= 30 ? 'info' : 'debug'
      motia[deliver](msg, Object.keys(fields).length > 0 ? fields : undefined)
    },
  }
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination)
}
