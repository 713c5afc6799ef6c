import { readdir } from 'node:fs/promises'
import type { Redis } from 'ioredis'
import type { Clock } from '../clock'
import type { Config } from '../config'
import { type Folder, foldersOf, LITTLE_ROOM, tryFolder } from '../content/folder-state'
import { type Finding, Findings } from '../model/finding'
import type { ServiceContext } from '../model/service-context'
import { LastRuns } from '../redis/last-runs'
import { createRedis } from '../redis/redis-factory'
import { ReportStore } from '../redis/report-store'
import { doctorText } from '../text/doctor'
import { systemReason } from '../text/network'
import { presenceText } from '../text/presence'
import { TOLERATED_MS } from './clock-check'

const GB = 1024 ** 3
/** Akten whose reports are looked through for versions that the archive should have. */
const AKTEN_LOOKED_AT = 200

/** The folders that documents pass through or stay in are writable, have room, and hold what reports say. */
export async function checkFolders({ clock }: ServiceContext, config: Config): Promise<Finding[]> {
  const { disk: text, systems } = doctorText(config.sync.language)
  const findings = new Findings(systems.disk)
  for (const folder of foldersOf(config)) await checkFolder(findings, folder, clock, config)
  const missing = await versionsMissing(config)
  if (missing > 0) findings.error(text.moved(config.sync.archiveDir, missing), text.movedAdvice)
  return findings.all
}

async function checkFolder(
  findings: Findings,
  { path, setting }: Folder,
  clock: Pick<Clock, 'now'>,
  { sync }: Config,
): Promise<void> {
  const text = doctorText(sync.language).disk
  const name = text.names[setting]
  const before = clock.now().getTime()
  const state = await tryFolder(path)
  if (state.ok) {
    const { fileTime } = state
    const aheadMs = fileTime < before ? fileTime - before : Math.max(0, fileTime - clock.now().getTime())
    const { fileTime: says, fileTimeAdvice } = presenceText(sync.language)
    const seconds = Math.round(Math.abs(aheadMs) / 1000)
    if (Math.abs(aheadMs) > TOLERATED_MS)
      findings.warning(says(name, path, seconds, aheadMs < 0), fileTimeAdvice)
  }
  if (!state.ok) {
    const why = systemReason(state.code, sync.language)
    findings.error(
      text.failed(name, path, why ? `${why} (${state.code})` : state.code),
      text.failedAdvice(setting),
    )
  } else if (state.freeBytes >= LITTLE_ROOM) findings.ok(text.free(name, path, state.freeBytes / GB))
  else findings.warning(text.little(name, path, state.freeBytes / GB), text.littleAdvice(setting))
}

/** How many reports name a version in the archive while that is empty; 0 where Redis does not answer. */
async function versionsMissing({ redis: settings, sync }: Config): Promise<number> {
  if ((await readdir(sync.archiveDir).catch(() => [])).some((name) => /^[0-9a-f]{2}$/.test(name))) return 0
  const redis = createRedis(settings, () => {}) // the check of Redis says it
  try {
    return await reportsWithVersions(redis)
  } catch {
    return 0
  } finally {
    redis.disconnect()
  }
}

async function reportsWithVersions(redis: Redis): Promise<number> {
  const store = new ReportStore(redis)
  let found = 0
  for (const aktennummer of await new LastRuns(redis).newest(AKTEN_LOOKED_AT)) {
    const reports = await store.list(aktennummer)
    found += reports.filter(({ items }) => items.some(({ archived }) => archived !== undefined)).length
  }
  return found
}
