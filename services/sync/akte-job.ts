import { describeError } from '../errors'
import type { Runtime } from '../runtime'
import { runAkte } from './akte-run'
import { isAktennummer } from './paths'
import type { ShowProgress } from './progress'

/**
 * What one queue job does: first the Akten that a person just asked for, however many jobs wait before theirs, then
 * its own. Their own jobs then find nothing to do.
 * @throws what `runAkte` throws for its own Akte; what happened to the others is settled and in the log
 */
export async function runJob(
  runtime: Runtime,
  aktennummer: string,
  showProgress?: ShowProgress,
): Promise<void> {
  for (const asked of await runtime.queue.asked()) {
    if (asked === aktennummer || !isAktennummer(asked)) continue
    await runAkte(runtime, asked, showProgress).catch((error: unknown) => {
      runtime.logger.warn(`⚠️ Akte ${asked}, asked for by a person: ${describeError(error)}`)
    })
  }
  await runAkte(runtime, aktennummer, showProgress)
}
