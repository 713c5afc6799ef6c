import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { cpus, loadavg } from 'node:os'
import type { AgreementFigure } from './agreement'
import type { AkteFigure, ArchiveFigure } from './akte'
import type { BacklogFigure, GrowthFigure } from './backlog'
import type { ImportFigure } from './first-import'
import type { HashFigure } from './hashing'
import type { LargeFigure } from './large'
import type { StartFigure } from './process-start'
import type { ProfileFigure } from './profiles'
import type { ThroughputFigure } from './throughput'

/** When and where a section was measured. Load is what waited for the processors before it began, others' work. */
export interface Measured<T> {
  at: string
  cpus: number
  load: number
  node: string
  figures: T
}

/** What each section of the benchmark found last. */
export interface Results {
  akte: AkteFigure[]
  archive: ArchiveFigure[]
  large: LargeFigure[]
  decisions: { files: number; ms: number }[]
  start: StartFigure[]
  backlog: { drain: BacklogFigure; growth: GrowthFigure }
  throughput: { rates: ThroughputFigure[]; recoverySeconds: number | null }
  agreement: AgreementFigure[]
  import: ImportFigure
  hash: HashFigure[]
  profiles: ProfileFigure[]
}

export type Kept = { [Section in keyof Results]?: Measured<Results[Section]> }

const FOLDER = '.bench'
const FILE = `${FOLDER}/results.json`

/** What was measured in this working copy so far. */
export async function readResults(): Promise<Kept> {
  return readFile(FILE, 'utf8').then(
    (text) => JSON.parse(text) as Kept,
    () => ({}),
  )
}

/** Measures one section and keeps it beside the others. */
export async function keep<S extends keyof Results>(
  section: S,
  measure: () => Promise<Results[S]>,
): Promise<void> {
  const load = loadavg()[0] ?? 0
  const figures = await measure()
  const at = new Date().toISOString().slice(0, 16).replace('T', ' ')
  const measured = { at, cpus: cpus().length, load, node: process.version, figures }
  await mkdir(FOLDER, { recursive: true })
  await writeFile(FILE, JSON.stringify({ ...(await readResults()), [section]: measured }, null, 1))
}
