/**
 * The address of a URL as EspoCRM compares it with its `webhookAllowedAddressList` (docs/contracts.md, Webhooks):
 * `host:port`, the host as the URL spells it, the port always there.
 */
export function addressOf(url: string): string {
  const [, scheme = '', host = '', port] =
    /^(https?):\/\/(?:[^@/]*@)?(\[[^\]]*\]|[^:/?#]+)(?::(\d+))?/i.exec(url) ?? []
  return `${host}:${port ?? (scheme.toLowerCase() === 'https' ? 443 : 80)}`
}
