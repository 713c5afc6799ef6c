import { isDeepStrictEqual } from 'node:util'
import type { LockedData } from '@motiadev/core'

/** What is used here of a trace: one run of one step. Times are epoch milliseconds. */
export interface Trace {
  status: 'running' | 'completed' | 'failed'
  startTime: number
  endTime?: number
}

/** A group of traces (a tick or a request and the runs it led to) as the Workbench shows it. */
export interface GroupState {
  status: Trace['status']
  /** Absent while a step runs. */
  endTime?: number
  lastActivity: number
  metadata: { completedSteps: number; activeSteps: number; totalSteps: number }
}

/** Motia's record of a group, and what is added to it here. */
type Group = { id: string; name: string; startTime: number } & Partial<GroupState>

/** Motia keeps the records of all groups in one group of a stream. */
const ALL_GROUPS = 'default'
/** Other servers write, too: who writes last looks once more, and nobody does so for ever. */
const LOOKS = 5

/** The state of a group with these traces, at least one, by the rule that the Workbench applies to traces it has loaded. */
export function stateOf(traces: readonly Trace[]): GroupState {
  const count = (status: Trace['status']) => traces.filter((trace) => trace.status === status).length
  const activeSteps = count('running')
  const lastActivity = Math.max(...traces.map(({ startTime, endTime }) => endTime ?? startTime))
  return {
    status: count('failed') > 0 ? 'failed' : activeSteps > 0 ? 'running' : 'completed',
    ...(activeSteps === 0 && { endTime: lastActivity }),
    lastActivity,
    metadata: { completedSteps: count('completed'), activeSteps, totalSteps: traces.length },
  }
}

/**
 * The plugin: the record of each group of traces gets the group's state, whenever a trace of it begins or ends. Motia
 * writes none, so that the Workbench knows only the state of groups whose traces it has loaded. No step waits for it, and
 * none fails by it: a group whose state could not be written gets it with its next trace, or goes on as "running".
 */
export function keepTraceStates({ lockedData }: { lockedData: Pick<LockedData, 'getStreams'> }) {
  const streams = lockedData.getStreams()
  const [traces, groups] = [streams['motia-trace']?.(), streams['motia-trace-group']?.()]
  if (!traces || !groups) throw new Error('Motia has no streams of traces')

  const update = async (id: string) => {
    for (let look = 0; look < LOOKS; look += 1) {
      const [group, runs]: [Group | null, Trace[]] = await Promise.all([
        groups.get(ALL_GROUPS, id),
        traces.getGroup(id),
      ])
      if (group === null || runs.length === 0) return // deleted with "Clear"
      const state = stateOf(runs)
      if (isDeepStrictEqual({ ...group, ...state }, group)) return
      await groups.set(ALL_GROUPS, id, { id, name: group.name, startTime: group.startTime, ...state })
    }
  }

  const set = traces.set
  const seen = new WeakMap<Trace, Trace['status']>() // a trace is one object from its begin to its end
  traces.set = (groupId: string, id: string, trace: Trace) => {
    const written = set.call(traces, groupId, id, trace)
    if (seen.get(trace) !== trace.status) {
      seen.set(trace, trace.status)
      written.then(() => update(groupId)).catch(() => {}) // a Redis that is away is reported by surviveRedisLoss
    }
    return written
  }
  return []
}
