import { Server } from 'node:http'
import { isLoopback, listenAddress } from './listen-address'

/**
 * Motia listens on all addresses unless --host is given, and the Workbench's reload socket always does: both stay on
 * this machine unless --host names another address. Returns how to undo it.
 */
export function listenLocally(argv: readonly string[] = process.argv): () => void {
  if (!isLoopback(listenAddress(argv))) return () => {}
  const original = Server.prototype.listen
  const listen = original as (...args: unknown[]) => Server
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [port, address] = args
    if (typeof port === 'number' && (address === undefined || address === '0.0.0.0')) args[1] = '127.0.0.1'
    return listen.apply(this, args)
  } as typeof Server.prototype.listen
  return () => {
    Server.prototype.listen = original
  }
}
