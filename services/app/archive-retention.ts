import { type Clock, systemClock } from '../clock'
import { type Config, loadConfig } from '../config'
import { Archive } from '../content/archive'
import { describeError } from '../errors'

const DAY_MS = 24 * 3600 * 1000
/** Not in the minutes in which the server starts its work. */
const FIRST_MS = 10 * 60_000

/**
 * Removes what `SYNC_ARCHIVE_DAYS` lets go (docs/operations.md), and enters what an archive of before has into the index of
 * documents; resolves to the number of versions removed.
 */
export async function removeExpired(
  { archiveDir, archiveDays }: Pick<Config['sync'], 'archiveDir' | 'archiveDays'>,
  clock: Clock,
): Promise<number> {
  const logger = { warn: (text: string) => console.warn(text) }
  const archive = new Archive({ logger, clock }, archiveDir)
  await archive.completeIndex()
  if (archiveDays === 0) return 0
  const before = new Date(clock.now().getTime() - archiveDays * DAY_MS)
  return (await archive.prune(before)).length
}

/** Removes them once a day while this process lives. Several servers on one archive may do so at the same time. */
export function keepRetention(): void {
  const remove = () =>
    removeExpired(loadConfig().sync, systemClock).then(
      (count) => {
        if (count > 0) console.log(`🧹 ${count} archived versions removed, older than SYNC_ARCHIVE_DAYS`)
      },
      (error: unknown) => console.warn(`⚠️  Nothing was removed from the archive: ${describeError(error)}`),
    )
  setTimeout(remove, FIRST_MS).unref()
  setInterval(remove, DAY_MS).unref()
}
