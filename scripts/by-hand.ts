import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { ByHand, type HandAction } from '../services/api/by-hand'
import { AuditLog } from '../services/audit/audit-log'
import { systemClock } from '../services/clock'
import type { Config } from '../services/config'
import { terminalText } from '../services/text/terminal'
import { actorOf } from './command'

/** Only the service's user may write: what root makes in the folder, the service could not write on with. */
async function mayWrite(directory: string): Promise<boolean> {
  if (process.getuid === undefined) return true // Windows
  const found = await stat(directory).catch(() => null)
  if (found !== null) return found.uid === process.getuid()
  const above = dirname(directory) // the first line makes the folder
  return above !== directory && mayWrite(above)
}

/**
 * Records what is about to be changed in a terminal, with the name of this machine's user.
 * @throws RetryLaterError when the log cannot be written: then nothing is to be changed
 */
export async function recordInTerminal(
  { sync }: Pick<Config, 'sync'>,
  action: HandAction,
  aktennummern: readonly string[],
  why?: string,
): Promise<void> {
  if (!(await mayWrite(resolve(sync.auditDir)))) {
    console.error(`⚠️  ${terminalText(sync.language).notRecorded}`)
    return
  }
  const who = { name: actorOf(), role: 'admin' } as const
  const audit = new AuditLog(sync.auditDir, systemClock)
  await new ByHand(audit, systemClock, who).record(action, aktennummern, why)
}
