import { isIPv6 } from 'node:net'

/**
 * Who sent a request, for the login limit: the address of the connection. Where that is a trusted proxy, the last one
 * in `X-Forwarded-For` that is none: everything before it is what a client said itself. Of an IPv6 address the network
 * (/64), because a single computer has all of it.
 */
export function senderOf(
  remoteAddress: string | undefined,
  forwardedFor: string | string[] | undefined,
  trustedProxies: ReadonlySet<string>,
): string {
  const direct = plain(remoteAddress ?? '')
  if (!trustedProxies.has(direct)) return networkOf(direct)
  const said = [forwardedFor ?? ''].flat().join(',').split(',').map(plain).filter(Boolean)
  return networkOf(said.findLast((address) => !trustedProxies.has(address)) ?? direct)
}

/** IPv4 in its own notation, also where the socket speaks IPv6. */
const plain = (address: string) =>
  address
    .trim()
    .toLowerCase()
    .replace(/^::ffff:(?=\d+\.)/, '')

function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address
  const [head = '', tail] = (address.split('%')[0] ?? '').split('::')
  const groups = (text: string | undefined) => (text ? text.split(':') : [])
  const [first, last] = [groups(head), groups(tail)]
  const all = [...first, ...Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0'), ...last]
  return `${all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`
}

/** What a proxy adds: a request that carries one of them was not sent from this machine. */
const FORWARDED =
  /^(forwarded|via|x-forwarded(-.*)?|x-original-(forwarded-for|host|url)|x-real-ip|x-client-ip|x-cluster-client-ip|true-client-ip|cf-connecting-ip)$/

/** True when a proxy passed the request on. */
export const isForwarded = (headers: Record<string, unknown>): boolean =>
  Object.keys(headers).some((name) => FORWARDED.test(name))
