import { setTimeout as sleep } from 'node:timers/promises'
import { seedManyAkten } from '../sandbox/seed'
import { type Installation, install, PENDING, PROCESSING, until } from '../testkit/installation'

/** From a person's save to agreement, seconds; each save is announced at once. */
export interface AgreementFigure {
  direction: 'Windows → EspoCRM' | 'EspoCRM → Windows'
  saves: number
  p50: number
  p95: number
  /** What the parts cost, medians: waiting for a tick and for the quiet time, the start of the process, the run. */
  waiting: number
  start: number
  run: number
}

const QUIET_SECONDS = 5
const FILE = 'Klage.docx'

/** The value that this share of them does not exceed. */
const quantile = (values: number[], share: number): number => {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** A person saves, waits for agreement, and saves again at another moment of the tick: `saves` times in each direction. */
export async function benchAgreement(saves: number): Promise<AgreementFigure[]> {
  let akte = ''
  const seen = new Map<string, number>()
  const firm = await install({
    seed: async (office) => {
      akte = (await seedManyAkten(office, 1))[0] ?? ''
    },
    command: 'start',
    env: { SYNC_QUIET_SECONDS: `${QUIET_SECONDS}`, SYNC_LOCK_SCOPE: 'akte' },
    onLine: (line) => {
      for (const sign of ['📋', '🔄', '✅ Sync']) if (line.includes(sign)) seen.set(sign, Date.now())
    },
  })
  try {
    await announced(firm, akte)
    const figures: AgreementFigure[] = []
    for (const direction of ['Windows → EspoCRM', 'EspoCRM → Windows'] as const) {
      const [all, waits, starts, runs]: number[][] = [[], [], [], []]
      for (let at = 0; at < saves; at++) {
        await sleep(((at * 7919) % 10_000) + 1000) // at every moment of the ten seconds between two ticks
        const begin = Date.now()
        await save(firm, akte, direction, `${direction} ${at}`)
        await announced(firm, akte)
        const [taken = 0, started = 0, done = 0] = ['📋', '🔄', '✅ Sync'].map((sign) => seen.get(sign))
        all?.push((done - begin) / 1000)
        waits?.push((taken - begin) / 1000)
        starts?.push((started - taken) / 1000)
        runs?.push((done - started) / 1000)
      }
      figures.push({
        ...{ direction, saves, p50: quantile(all ?? [], 0.5), p95: quantile(all ?? [], 0.95) },
        waiting: quantile(waits ?? [], 0.5),
        start: quantile(starts ?? [], 0.5),
        run: quantile(runs ?? [], 0.5),
      })
    }
    return figures
  } finally {
    await firm.close()
  }
}

async function save(
  { office }: Installation,
  akte: string,
  direction: AgreementFigure['direction'],
  content: string,
): Promise<void> {
  if (direction === 'Windows → EspoCRM') {
    await office.watcher.write(akte, FILE, content, new Date())
    return
  }
  const dokument = office.espo.dokumente(akte).find(({ dokumentName }) => dokumentName === FILE)
  await office.espo.replaceFile(`${dokument?.id}`, content)
}

/** As the watcher or a webhook does, and until nothing is left to do. */
async function announced({ redis }: Installation, akte: string): Promise<void> {
  await redis.sadd(PENDING, akte)
  const isDone = async () =>
    (await redis.sismember(PENDING, akte)) + (await redis.sismember(PROCESSING, akte)) === 0
  await until(`the sync of ${akte}`, isDone, 120_000)
}
