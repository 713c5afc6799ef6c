import { LockedData, MemoryStreamAdapter, NoPrinter } from '@motiadev/core'
import { expect, it } from 'vitest'
import { wrapStreamsOnce } from '../../services/motia/stream-wrapping'

/** How often a stream that lives as long as the server is wrapped in so many step runs. */
function wrappings(runs: number): number {
  const data = new LockedData('', undefined as never, new NoPrinter(), undefined as never)
  let count = 0
  data.applyStreamWrapper((_name, factory) => {
    count += 1
    return factory
  })
  const traces = new MemoryStreamAdapter('traces')
  const config = {
    name: 'traces',
    schema: null as never,
    baseConfig: { storageType: 'custom', factory: () => traces },
  }
  data.createStream({ filePath: 'traces', hidden: true, config } as never, { disableTypeCreation: true })
  for (let run = 0; run < runs; run += 1) expect(data.getStreams().traces?.()).toBe(traces)
  return count
}

it('a stream that lives as long as the server is wrapped once, not once more with every step run', () => {
  expect(wrappings(50), 'Motia alone; when this fails, stream-wrapping.ts is not needed any more').toBe(50)
  const undo = wrapStreamsOnce()
  expect(wrappings(50)).toBe(1)
  undo()
  expect(wrappings(50)).toBe(50)
})
