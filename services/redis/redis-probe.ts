import { connect } from 'node:tls'
import type { Redis } from 'ioredis'
import type { Config } from '../config'
import { describeError } from '../errors'
import type { Language } from '../model/reasons'
import { systemReason } from '../text/network'
import { type PresenceText, presenceText } from '../text/presence'
import { KEYS } from './keys'

const TLS_TIMEOUT_MS = 2000

/** Written, read back and removed within one script. */
const TRY = `
local scratch = KEYS[1]
local value = ARGV[1]
redis.call('SET', scratch, value, 'PX', 10000)
local read = redis.call('GET', scratch)
redis.call('DEL', scratch)
return read
`

/** One name of each kind that the product and Motia use. */
const KEY_NAMES = [
  ...Object.values(KEYS).map((key) => (typeof key === 'string' ? key : key('1'))),
  ...['motia:state:1', 'motia:stream:1', 'motia:cron:lock:1', 'motia:logs:1', 'motia:trace:1', 'motia:1:1'],
]

/**
 * Tries what the product needs of Redis, with nothing left behind: writing, scripts, INFO, publishing, and every key's
 * name. Connected and answering is not enough: a Redis may be full, read-only, or grant too few rights.
 * @throws the refusal of Redis; `describeRedisTrouble` says it in words
 */
export async function probeRedis(redis: Redis): Promise<void> {
  // Whole, as to a Redis that has just started: by their hash, scripts run without the right to EVAL, too.
  if ((await redis.call('EVAL', TRY, 1, KEYS.scratch, 'document-sync')) !== 'document-sync')
    throw new Error('Redis answered something else than what it was told to keep')
  await redis.info('server')
  await redis.publish('motia:scratch', '')
  try {
    await redis.eval('return 1', KEY_NAMES.length, ...KEY_NAMES)
  } catch (error) {
    // Which name it is, Redis does not tell.
    for (const name of KEY_NAMES)
      await redis.eval('return 1', 1, name).catch((cause: unknown) => {
        throw new Error(`NOPERM the user may not use the key ${name}`, { cause })
      })
    throw error
  }
}

type Trouble = keyof {
  [Key in keyof PresenceText['redis'] as PresenceText['redis'][Key] extends string ? Key : never]: 1
}

/** What an answer of Redis that begins so means. */
const TROUBLES: [RegExp, Trouble][] = [
  [/WRONGPASS/, 'wrongLogin'],
  [/NOAUTH/, 'wantsLogin'],
  [/AUTH.*without any password/, 'noLogin'],
  [/READONLY/, 'readOnly'],
  [/OOM/, 'full'],
  [/MISCONF/, 'cannotSave'],
  [/LOADING/, 'loading'],
  [/MASTERDOWN|NOREPLICAS/, 'alone'],
  [/MOVED|CROSSSLOT|CLUSTERDOWN/, 'cluster'],
]

/** What Redis refuses and why, as the rest of a sentence that begins with "Redis"; null: it did not even answer. */
function refusalOf(error: unknown, language: Language): string | null {
  const text = presenceText(language).redis
  const message = describeError(error)
  const known = TROUBLES.find(([pattern]) => pattern.test(message))?.[1]
  if (known !== undefined) return text[known]
  return /NOPERM/.test(message) ? text.noRight(message) : null
}

/** Why Redis refuses or does not answer, as the rest of a sentence that begins with "Redis". */
export function describeRedisTrouble(error: unknown, language: Language): string {
  const refusal = refusalOf(error, language)
  if (refusal !== null) return refusal
  const message = describeError(error)
  const reason = systemReason((error as { code?: string }).code, language)
  return presenceText(language).redis.silent(reason === null ? message : `${reason} (${message})`)
}

/**
 * True when this port speaks TLS, which is why a plain connection to it just ends. Any certificate will do: nothing is
 * sent.
 */
export function speaksTls({ host, port }: Pick<Config['redis'], 'host' | 'port'>): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, rejectUnauthorized: false, timeout: TLS_TIMEOUT_MS })
    const end = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('secureConnect', () => end(true))
    socket.once('timeout', () => end(false))
    // A server that wants our certificate says so in TLS.
    socket.once('error', ({ message }) => end(/alert/.test(message)))
  })
}

/**
 * As `refusalOf`; looks itself whether a connection that just ended met a port for TLS. Null: Redis does not answer at
 * all.
 */
export async function explainRefusal(
  address: Pick<Config['redis'], 'host' | 'port'>,
  error: unknown,
  language: Language,
): Promise<string | null> {
  const isCut = /Connection is closed|ECONNRESET|socket hang up|EPIPE/.test(describeError(error))
  if (isCut && (await speaksTls(address))) return presenceText(language).redis.tls
  return refusalOf(error, language)
}
