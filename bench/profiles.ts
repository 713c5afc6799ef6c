import { KEYS } from '../services/redis/keys'
import { readProfile, type Share } from './profile'
import { onStage } from './stage'

/** The processor time of one run and the functions that were on top longest. */
export interface ProfileFigure {
  name: ProfileCase
  busyMs: number
  shares: Share[]
}

export type ProfileCase =
  | 'a small unchanged Akte'
  | 'a first sync of 500 files'
  | 'an unchanged Akte of 10,000 files'

const CASES: [ProfileCase, number, boolean][] = [
  ['a small unchanged Akte', 5, true],
  ['a first sync of 500 files', 500, false],
  ['an unchanged Akte of 10,000 files', 10_000, true],
]
const SHOWN = 12
const KILOBYTES = { small: 64, tiny: 1 }

/** CPU profiles of the product's queue step in the cases that cost most. */
export function benchProfiles(): Promise<ProfileFigure[]> {
  return onStage(async ({ contestants, world, redis, env }) => {
    const figures: ProfileFigure[] = []
    for (const [name, files, isAgreed] of CASES) {
      const akte = `profile-${files}`
      const kilobytes = files > 1000 ? KILOBYTES.tiny : KILOBYTES.small
      await world.fill(akte, files, files * kilobytes * 1024, isAgreed)
      const folder = await contestants.newFolder()
      await redis.sadd(KEYS.pending, akte)
      await contestants.run('product', [akte], env, folder)
      const { busyMs, shares } = await readProfile(folder)
      figures.push({ name, busyMs, shares: shares.slice(0, SHOWN) })
    }
    return figures
  })
}
