import { createTransport } from 'nodemailer'
import type { Config } from '../config'
import { RetryLaterError } from '../errors'
import type { AlertMessage } from '../model/alert'

type MailSettings = NonNullable<Config['alerts']['mail']>

/** A server that takes longer is tried again later, ms. */
const LONGEST_MS = 60_000
const CONNECT_MS = 10_000
const SILENCE_MS = 20_000
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/

/**
 * Sends one mail in plain text, over TLS wherever the server offers it, and never a password without TLS to another
 * machine. @throws RetryLaterError that names what failed, nobody's address and no part of the login
 */
export async function sendMail({ server, from, to }: MailSettings, message: AlertMessage): Promise<void> {
  const { host, port, secure, login } = server
  const transport = createTransport({
    host,
    port,
    secure,
    requireTLS: !secure && login !== undefined && !LOOPBACK.test(host),
    ...(login === undefined ? {} : { auth: login }),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    await transport.sendMail({
      from,
      to,
      subject: message.subject,
      text: message.text,
      headers: { 'Auto-Submitted': 'auto-generated' },
      signal: AbortSignal.timeout(LONGEST_MS),
    })
  } catch (error) {
    throw new RetryLaterError(`The mail server did not take it: ${whatFailed(error)}`)
  } finally {
    transport.close()
  }
}

/** The codes alone: what a mail server says may name addresses. */
function whatFailed(error: unknown): string {
  const { code, responseCode, name } = error as { code?: string; responseCode?: number; name?: string }
  return [code ?? name ?? 'failed', responseCode].filter(Boolean).join(' ')
}
