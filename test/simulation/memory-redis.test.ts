import type { Redis } from 'ioredis'
import { MemoryRedis } from '../../testkit/simulation/memory-redis'
import { describeSetsAndLock } from '../support/sets-and-lock'

/** The client's face over the simulation's Redis, for the commands that the contract uses. */
function clientOf(memory: MemoryRedis): Redis {
  const call = async (name: string, args: (string | number)[]): Promise<unknown> => {
    if (name === 'eval') return memory.eval(String(args[0]), Number(args[1]), ...args.slice(2))
    const reply = memory.command([name, ...args.flat()])
    if (name !== 'hgetall' || !Array.isArray(reply)) return reply
    const pairs = reply.map(String)
    return Object.fromEntries(pairs.flatMap((field, at) => (at % 2 === 0 ? [[field, pairs[at + 1]]] : [])))
  }
  return new Proxy({} as Redis, {
    get: (_target, name) =>
      name === 'then' ? undefined : (...args: (string | number)[]) => call(String(name), args),
  })
}

describeSetsAndLock('sets and lock on the Redis of the simulation', async () => {
  const memory = new MemoryRedis()
  return { first: clientOf(memory), second: clientOf(memory), stop: async () => {} }
})
