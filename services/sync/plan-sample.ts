import type { Runtime } from '../app/runtime'
import { describeError, FixAccessError } from '../errors'
import { isAktennummer } from '../model/aktennummer'
import type { PlanSummary } from '../model/plan-summary'
import { type AktePlan, planAkte } from './plan'

/** What the first import would do to some of the Akten, as a whole and Akte by Akte. */
export interface PlanSample {
  /** How many Akten have never been synced. */
  total: number
  summary: PlanSummary
  plans: AktePlan[]
}

const ACTIONS = {
  CREATE: 'created',
  UPDATE_ESPO: 'updated',
  UPLOAD_WINDOWS: 'uploaded',
  DELETE: 'deleted',
} as const

/**
 * Plans up to `size` of the Akten that were never synced, spread evenly over all of them, and changes nothing.
 * @throws ContractError, FixAccessError, RetryLaterError while EspoCRM does not tell which ones they are
 */
export async function planSample(
  runtime: Pick<Runtime, 'config' | 'logger' | 'systems'>,
  size: number,
): Promise<PlanSample> {
  const { espo } = runtime.systems
  const total = await espo.countNeverSynced()
  const names: string[] = []
  for (const offset of spread(total, size)) {
    const [akte] = (await espo.listStaleAkten('isNull', offset, 1)).akten
    names.push(akte?.aktennummer || `EspoCRM ${akte?.id ?? '–'}`)
  }
  const plans: AktePlan[] = []
  const failed: PlanSummary['failed'] = []
  for (const aktennummer of names.filter((name, at) => names.indexOf(name) === at)) {
    try {
      plans.push(await planAkte(runtime, aktennummer))
    } catch (error) {
      if (error instanceof FixAccessError && isAktennummer(aktennummer)) throw error
      failed.push({ aktennummer, reason: describeError(error) })
    }
  }
  return { total, summary: summarizePlans(plans, failed), plans }
}

/** `size` places in a list of `total`, evenly apart; all of them where there are no more. */
function spread(total: number, size: number): number[] {
  const places = Math.min(total, size)
  return Array.from({ length: places }, (_, at) => Math.floor((at * total) / places))
}

/** Adds up what the plans say. */
function summarizePlans(plans: AktePlan[], failed: PlanSummary['failed']): PlanSummary {
  const files: PlanSummary['files'] = {
    ...{ created: 0, updated: 0, uploaded: 0, deleted: 0, conflicts: 0 },
    ...{ flagged: 0, deferred: 0, failed: 0, bytes: 0 },
  }
  for (const { outcome, action, conflict, bytes } of plans.flatMap((plan) => plan.files)) {
    files.bytes += bytes
    if (conflict) files.conflicts++
    if (outcome === 'act') {
      if (action !== 'SKIP') files[ACTIONS[action]]++
    } else if (outcome !== 'nothing') files[outcome]++
  }
  return {
    akten: plans.length,
    files,
    stopped: plans.filter(({ state }) => state === 'stopped').length,
    failed,
  }
}
