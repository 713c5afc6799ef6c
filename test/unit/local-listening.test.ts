import { once } from 'node:events'
import { createServer, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, it, onTestFinished } from 'vitest'
import { listenLocally } from '../../services/motia/local-listening'

const original = Server.prototype.listen

/** Where a server listens that asks for this address. */
async function listeningAt(...address: string[]): Promise<string> {
  const server = createServer().listen(0, ...(address as [string]))
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).address
}

it('keeps servers that name no address on this machine, until it is undone', async () => {
  const undo = listenLocally(['node', 'motia', 'dev'])
  onTestFinished(undo)
  expect(await listeningAt()).toBe('127.0.0.1')
  expect(await listeningAt('0.0.0.0')).toBe('127.0.0.1')
  expect(await listeningAt('127.0.0.2')).toBe('127.0.0.2')
  undo()
  expect(Server.prototype.listen).toBe(original)
})

it('changes nothing where --host lets others in', () => {
  listenLocally(['node', 'motia', 'dev', '--host', '127.0.0.1', '--host', '0.0.0.0'])
  expect(Server.prototype.listen).toBe(original)
})
