import { connect, createServer, type Server, type Socket } from 'node:net'

/** A port that forwards to another one over a link with this round-trip time, half of it each way. */
export interface SlowLink {
  port: number
  close(): void
}

/** Opens a link to a port of this machine. Bytes keep their order; the bandwidth is not limited. */
export async function openSlowLink(target: number, roundTripMs: number): Promise<SlowLink> {
  const sockets = new Set<Socket>()
  const server: Server = createServer({ noDelay: true }, (near) => {
    const far = connect({ port: target, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => setTimeout(() => to.write(chunk), roundTripMs / 2))
      from.on('end', () => setTimeout(() => to.end(), roundTripMs / 2))
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
