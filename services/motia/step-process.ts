import type { Redis } from 'ioredis'
import { type Runtime, withRuntime } from '../app/runtime'
import type { FlowLogger } from '../logger'
import { STEP_ALIVE, STEP_ALIVE_MS } from './step-watch'

/**
 * Runs a step in its process with all that it needs. Meanwhile the process tells the server, which is its parent, that
 * it is alive (`StepWatch` ends one that does not), and ends when the server is gone: nobody would answer it any more,
 * and the sets bring its Akte back. @throws ConfigError, and what `work` throws
 */
export async function runStep<T>(
  context: { logger: FlowLogger },
  work: (runtime: Runtime & { redis: Redis }) => Promise<T>,
): Promise<T> {
  const tell = () => process.send?.(STEP_ALIVE, undefined, {}, () => {}) // a parent that is gone disconnects
  process.once('disconnect', () => process.exit(1))
  tell()
  const telling = setInterval(tell, STEP_ALIVE_MS)
  try {
    return await withRuntime(context, work)
  } finally {
    clearInterval(telling)
  }
}
