import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'

/**
 * Collects the garbage of a Node process and tells what is left on its heap, bytes: what it uses besides is what V8 has
 * not collected yet, and says nothing about growth. The process must run with `--inspect-port=<port>`.
 */
export async function retainedHeap(pid: number, port: number): Promise<number> {
  process.kill(pid, 'SIGUSR1') // opens the inspector; it stays open
  const socket = new WebSocket(await inspectorUrl(port))
  try {
    await new Promise((opened, failed) => socket.once('open', opened).once('error', failed))
    await ask(socket, 1, 'HeapProfiler.collectGarbage')
    const { usedSize } = await ask(socket, 2, 'Runtime.getHeapUsage')
    return usedSize ?? 0
  } finally {
    socket.close()
  }
}

async function inspectorUrl(port: number): Promise<string> {
  for (let left = 50; ; left -= 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/json`).catch(() => undefined)
    const [target] = ((await answer?.json()) as { webSocketDebuggerUrl: string }[] | undefined) ?? []
    if (target) return target.webSocketDebuggerUrl
    if (left === 0) throw new Error(`no inspector on port ${port}`)
    await sleep(100)
  }
}

function ask(socket: WebSocket, id: number, method: string): Promise<{ usedSize?: number }> {
  return new Promise((done, failed) => {
    socket.on('message', (text) => {
      const answer = JSON.parse(String(text)) as { id?: number; result: { usedSize?: number } }
      if (answer.id === id) done(answer.result)
    })
    socket.once('close', () => failed(new Error(`the inspector closed before it answered ${method}`)))
    socket.send(JSON.stringify({ id, method }))
  })
}
