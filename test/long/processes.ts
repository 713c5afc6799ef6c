import { readdirSync, readFileSync } from 'node:fs'

/** The processes that `parent` started for steps. Linux only, as `/proc` is. */
export function stepsOf(parent: number | undefined): number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const [, ppid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      const isStep = readFileSync(`/proc/${name}/cmdline`, 'utf8').includes('node-runner.mjs')
      return isStep && Number(ppid) === parent ? [Number(name)] : []
    } catch {
      return [] // ended meanwhile
    }
  })
}

/** True while a process is there, and no zombie. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z')
  } catch {
    return false
  }
}
