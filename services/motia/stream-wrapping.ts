import { LockedData } from '@motiadev/core'
import { systemClock } from '../clock'
import { TRACE_STREAM, type TraceStream, traceEachAkte } from './trace-per-akte'

type StreamFactory = () => object

/** The part used here of Motia's class, whose types declare both as private. */
interface StreamRegistry {
  streamWrapper?: (name: string, factory: StreamFactory) => StreamFactory
  createFactoryWrapper(stream: { config: { name: string } }, factory: StreamFactory): StreamFactory
}

/**
 * Motia calls every stream's factory in every step run, and wraps the result. The streams of its traces are one object
 * each for the whole life of the server: each run and each tick added one more wrapping, and every later write to a
 * trace went through all of them (measured: after 40 minutes and 800 runs over 200,000 promises at a time and 100 MB,
 * ever growing). From here on an object is wrapped once, and its traces are those of single Akten (`traceEachAkte`). Call
 * it before Motia creates its streams. Returns how to undo it; streams that Motia created meanwhile keep what they have.
 */
export function wrapStreamsOnce(): () => void {
  const registry = LockedData.prototype as unknown as StreamRegistry
  const original = registry.createFactoryWrapper
  const wrapped = new WeakSet<object>()
  const mended = new WeakSet<object>()
  registry.createFactoryWrapper = function (this: StreamRegistry, stream, factory) {
    return () => {
      const made = factory()
      if (stream.config.name === TRACE_STREAM && !mended.has(made)) {
        mended.add(made)
        traceEachAkte(made as TraceStream, {
          now: () => systemClock.now().getTime(),
          later: systemClock.later,
        })
      }
      if (wrapped.has(made) || this.streamWrapper === undefined) return made
      wrapped.add(made)
      return this.streamWrapper(stream.config.name, () => made)()
    }
  }
  return () => {
    registry.createFactoryWrapper = original
  }
}
