import { describe, expect, it } from 'vitest'
import { type CrashPoint, syncEveryRow } from '../../testkit/simulation/crash-points'

describe.each(['restore', 'mark', 'delete'])(
  'an Akte with every row, SYNC_WINDOWS_DELETIONS=%s',
  (deletions) => {
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
      for (const point of points) {
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
        `${points.length} crash points with ${deletions}, the next sync after ${Math.round(longest / 1000)} s at most`,
      )
      expect(failures).toEqual([])
    })
  },
)
