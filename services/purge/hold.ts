import type { Runtime } from '../app/runtime'
import { InvalidInputError } from '../errors'
import { isAktennummer } from '../model/aktennummer'
import type { Hold } from '../model/hold'
import { purgeText } from '../text/purge'
import { terminalText } from '../text/terminal'

/** Which Akte is held or released, by whom and why. */
export interface HoldRequest {
  aktennummer: string
  by: string
  reason: string
}

type HoldRuntime = Pick<Runtime, 'config' | 'systems' | 'clock'>

/**
 * From now on nothing of the Akte is purged and nothing goes by age. Both it and its end stand in the audit log, with
 * whoever said so. @throws InvalidInputError without a reason or an Aktennummer
 */
export async function placeHold(runtime: HoldRuntime, request: HoldRequest): Promise<Hold> {
  const { systems, clock, config } = runtime
  const { aktennummer, by } = request
  assertAktennummer(runtime, aktennummer)
  const reason = request.reason.trim()
  if (reason === '') throw new InvalidInputError(purgeText(config.sync.language).noReason)
  const hold = { reason, by, since: clock.now().toISOString() }
  await systems.holds.place(aktennummer, hold)
  await record(runtime, 'HOLD', request)
  return hold
}

/** Ends a hold. False: there was none. @throws InvalidInputError */
export async function releaseHold(runtime: HoldRuntime, request: HoldRequest): Promise<boolean> {
  assertAktennummer(runtime, request.aktennummer)
  if ((await runtime.systems.holds.of(request.aktennummer)) === null) return false
  await record(runtime, 'RELEASE', request)
  return runtime.systems.holds.release(request.aktennummer)
}

function assertAktennummer({ config }: HoldRuntime, aktennummer: string): void {
  if (isAktennummer(aktennummer)) return
  throw new InvalidInputError(terminalText(config.sync.language).sync.noAktennummer(aktennummer))
}

function record(
  { systems, clock }: HoldRuntime,
  action: 'HOLD' | 'RELEASE',
  { aktennummer, by, reason }: HoldRequest,
): Promise<void> {
  const why = reason.trim()
  return systems.audit.append({
    time: clock.now().toISOString(),
    run: clock.token(),
    aktennummer,
    path: '',
    document: null,
    side: null,
    action,
    reason: why === '' ? by : `${by}: ${why}`,
    hashBefore: null,
    hashAfter: null,
  })
}
