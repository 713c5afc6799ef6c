import { prefixesOf } from '../advoware/advoware-client'
import type { Config } from '../config'
import { describeError } from '../errors'
import { statusOf } from '../http/http-client'
import type { Language } from '../model/reasons'
import { ADDRESSES, doctorText } from '../text/doctor'
import { systemReason } from '../text/network'
import { probe } from './probe'

/** A system that has an address of its own. */
export type System = keyof typeof ADDRESSES

/** Nothing that any system has at this path. */
const NOTHING = '/document-sync-doctor'

const statusAt = (url: string, method: 'GET' | 'POST' = 'GET') =>
  probe(url, method).then(
    ({ status }) => status,
    () => null,
  )

/** True for the watcher alone: it wants its token before it looks at a path. */
export async function isWatcher(url: string): Promise<boolean> {
  return URL.canParse(url) && (await statusAt(`${new URL(url).origin}${NOTHING}`)) === 401
}

/**
 * Which of the systems answers at this address, by what only that one does, and without any credentials: the watcher
 * wants its token before it looks at a path, EspoCRM's API wants a login at `/api/v1`, Advoware's at its prefix. Null:
 * none of them. Contracts: docs/security.md names what each is sent.
 */
async function whoAnswers(url: string, { advoware }: Pick<Config, 'advoware'>): Promise<System | null> {
  if (!URL.canParse(url)) return null
  const { origin } = new URL(url)
  const nothing = await statusAt(`${origin}${NOTHING}`)
  if (nothing === null) return null
  if (nothing === 401) return 'watcher'
  if ((await statusAt(`${origin}/api/v1/App/user`)) === 401) return 'espocrm'
  const [token, ...data] = await Promise.all([
    statusAt(`${origin}/api/v1/Token`, 'POST'),
    ...prefixesOf(advoware).map((prefix) => statusAt(`${origin}${prefix}/Akten/doctor`)),
  ])
  return data.includes(401) || token === 400 || token === 401 ? 'advoware' : null
}

/** Where offices put EspoCRM below a host that has other things, too. */
const USUAL_FOLDERS = ['', '/espocrm', '/espo', '/crm']

/**
 * Where on the same host EspoCRM's API answers, which it does not at `url`: with `/api/v1` added, where the host's own
 * page leads, or in one of the usual folders; null where nowhere there. A handful of requests without credentials.
 */
export async function espoBelow(url: string): Promise<string | null> {
  if (!URL.canParse(url)) return null
  const { origin } = new URL(url)
  const home = await probe(`${origin}/`).catch(() => null)
  const { pathname, origin: host } = new URL(home?.location ?? '/', `${origin}/`)
  const folder = host === origin ? pathname.replace(/\/[^/]*$/, '') : ''
  const bases = [url.replace(/\/api(\/v1)?$/, ''), `${origin}${folder}`]
  bases.push(...USUAL_FOLDERS.map((one) => `${origin}${one}`))
  for (const api of new Set(bases.map((base) => `${base}/api/v1`)))
    if (api !== url && (await statusAt(`${api}/App/user`)) === 401) return api
  return null
}

/**
 * What is wrong with an address at which a system was asked in vain, as advice that names the variable; null where the
 * address itself seems right.
 */
export async function addressAdvice(
  system: System,
  variable: string,
  url: string,
  { advoware, sync }: Pick<Config, 'advoware' | 'sync'>,
): Promise<string | null> {
  const { address, systems } = doctorText(sync.language)
  const other = await otherScheme(url)
  if (other !== null) return address.otherScheme(variable, other)
  const who = await whoAnswers(url, { advoware })
  if (who === null || who === system) return null
  return address.exchanged(variable, systems[who], ADDRESSES[who])
}

/** The same address with https for http, or the other way round, where only that one answers. */
async function otherScheme(url: string): Promise<string | null> {
  if (!URL.canParse(url)) return null
  const isSpoken = await probe(url).then(
    ({ status }) => status !== 400, // what a TLS port says to plain HTTP
    () => false,
  )
  if (isSpoken) return null
  const other = /^https:/.test(url) ? url.replace(/^https:/, 'http:') : url.replace(/^http:/, 'https:')
  return probe(other).then(
    ({ status }) => (status === 400 && other.startsWith('http:') ? null : other),
    // A certificate that is not trusted is one all the same: TLS is spoken there.
    (error: { code?: string }) =>
      other.startsWith('https:') && /CERT|SIGNATURE/.test(error.code ?? '') ? other : null,
  )
}

/** A failure in the language of the office: what the code means, and behind it the technical text. */
export function problemText(error: unknown, language: Language): string {
  const technical = describeError(error)
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  const reason = systemReason(cause?.code ?? code, language)
  if (reason === null) return technical
  return technical.includes(reason) ? technical : `${reason} [${technical}]`
}

/** The advice for a system that was asked in vain: about its address, unless its login is what was refused. */
export async function adviceAfter(
  error: unknown,
  about: { system: System; variable: string; url: string; login: string; reach: string },
  config: Pick<Config, 'advoware' | 'sync'>,
): Promise<string> {
  const { system, variable, url, login, reach } = about
  const status = statusOf(error)
  const isRefused = status === 401 || status === 403
  return (await addressAdvice(system, variable, url, config)) ?? (isRefused ? login : reach)
}
