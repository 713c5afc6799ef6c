import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A share of a profile's processor time, in percent. */
export interface Share {
  name: string
  percent: number
}

interface CpuProfile {
  nodes: { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: number[]
  timeDeltas: number[]
}

/**
 * Where a Node program spent its processor time, from the `.cpuprofile` that `node --cpu-prof` left in a folder: the
 * functions that were on top longest, and how busy the process was. In a bundle, functions keep their names.
 */
export async function readProfile(folder: string): Promise<{ busyMs: number; shares: Share[] }> {
  const [name = ''] = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile'))
  const profile = JSON.parse(await readFile(join(folder, name), 'utf8')) as CpuProfile
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const sums = new Map<string, number>()
  let busy = 0
  for (const [at, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    const micros = profile.timeDeltas[at] ?? 0
    if (!frame || frame.functionName === '(idle)') continue
    busy += micros
    const where = frame.url.startsWith('node:') ? ` (${frame.url})` : ''
    const title = `${frame.functionName || '(anonymous)'}${where}`
    sums.set(title, (sums.get(title) ?? 0) + micros)
  }
  const shares = [...sums]
    .map(([title, micros]) => ({ name: title, percent: (micros / busy) * 100 }))
    .sort((a, b) => b.percent - a.percent)
  return { busyMs: busy / 1000, shares }
}
