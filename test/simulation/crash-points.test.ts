import { describe, expect, it } from 'vitest'
import { type CrashPoint, syncEveryRow } from '../../testkit/simulation/crash-points'

/** Every twentieth point, each setting its own; `npm run test:long` tries all of them. */
const STEP = Number(process.env.CRASH_POINT_STEP ?? 20)

describe.each(['restore', 'mark', 'delete'].map((deletions, first) => ({ deletions, first })))(
  'an Akte with every row, SYNC_WINDOWS_DELETIONS=$deletions',
  ({ deletions, first }) => {
    const settings = { SYNC_WINDOWS_DELETIONS: deletions, SYNC_TRANSFER_CONCURRENCY: '1' }

    it('reaches the same end, whatever call the process dies before or after', {
      timeout: 600_000,
    }, async () => {
      const undisturbed = await syncEveryRow(settings, null)
      expect(undisturbed.problems).toEqual([])
      expect(undisturbed.state).toMatchSnapshot()

      const failures: unknown[] = []
      let longest = 0
      const points = undisturbed.calls.flatMap((label, index): (CrashPoint & { label: string })[] => [
        { call: index + 1, moment: 'before', label },
        { call: index + 1, moment: 'after', label },
      ])
      const tried = points.filter((_, index) => index % STEP === first % STEP)
      for (const point of tried) {
        const { state, problems, recoveryMs } = await syncEveryRow(settings, point)
        longest = Math.max(longest, recoveryMs ?? 0)
        try {
          expect(problems).toEqual([])
          expect(state).toEqual(undisturbed.state)
        } catch (error) {
          failures.push(`${point.moment} ${point.label} (call ${point.call}): ${(error as Error).message}`)
        }
      }
      console.log(
        `${tried.length} of ${points.length} crash points with ${deletions}, the next sync after ${Math.round(longest / 1000)} s at most`,
      )
      expect(failures).toEqual([])
    })
  },
)
