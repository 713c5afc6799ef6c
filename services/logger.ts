import pino, { type Logger } from 'pino'
import { visible, visibleFields } from './visible-text'

/** Where a run's lines go: the logger of Motia's context, or the console. */
export type FlowLogger = Record<
  'debug' | 'info' | 'warn' | 'error',
  (message: string, fields?: unknown) => void
>

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
 * redacted wherever they stand up to two levels deep; each message is one line that shows all its characters.
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
      motia[deliver](visible(msg), Object.keys(fields).length > 0 ? visibleFields(fields) : undefined)
    },
  }
  const paths = SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`])
  return pino({ level, base: null, redact: { paths, censor: '[redacted]' } }, destination)
}
