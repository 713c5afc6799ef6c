import { Server } from 'node:http'
import { isLoopback, listenAddress } from './listen-address'

/**
 * Motia listens on all addresses unless --host is given, and the Workbench's reload socket always does: both stay on
 * this machine unless --host names another address.
 */
export function listenLocally(): void {
  if (!isLoopback(listenAddress())) return
  const listen = Server.prototype.listen as (...args: unknown[]) => Server
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [port, address] = args
    if (typeof port === 'number' && (address === undefined || address === '0.0.0.0')) args[1] = '127.0.0.1'
    return listen.apply(this, args)
  } as typeof Server.prototype.listen
}
