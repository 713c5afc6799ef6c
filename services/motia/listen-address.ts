/** The address that Motia's command line says to listen on, the last `--host`; 127.0.0.1 by scripts/motia.mjs. */
export function listenAddress(argv: readonly string[] = process.argv): string {
  const at = argv.findLastIndex((arg) => arg === '-H' || arg === '--host' || arg.startsWith('--host='))
  if (at < 0) return '127.0.0.1'
  const [, inline] = argv[at]?.split('=', 2) ?? []
  return inline ?? argv[at + 1] ?? ''
}

/** True when only this machine can reach the address. */
export function isLoopback(address: string): boolean {
  return address === 'localhost' || address === '::1' || /^127(\.\d{1,3}){3}$/.test(address)
}
