import { randomUUID } from 'node:crypto'
import { PROGRESS_STREAM } from '../model/progress-stream-name'

/** Motia's stream of traces. */
export const TRACE_STREAM = 'motia-trace'
const WRITE_EVERY_MS = 500

/** What is used of an event of Motia's trace. */
interface TraceEvent {
  type: string
  level?: string
  streamName?: string
  operation?: string
  data?: unknown
}

/** What is used of a trace; Motia changes this very object with each event and writes it again. */
interface Trace {
  id: string
  name: string
  status: string
  startTime: number
  endTime?: number | undefined
  events: TraceEvent[]
}

/** What is used of the adapter that keeps traces in Redis. */
export interface TraceStream {
  set(groupId: string, id: string, trace: Trace): Promise<unknown>
}

/** An Akte's progress is taken away when its run is over: the one event that each run ends with. */
const endsRun = ({ type, streamName, operation }: TraceEvent): boolean =>
  type === 'stream' && streamName === PROGRESS_STREAM && operation === 'delete'

/**
 * Makes Motia's traces fit jobs that go on from Akte to Akte. Motia writes a trace as a whole with each event: with a
 * thousand Akten in one trace, each line of the log would cost more than an Akte. From here on the events of a run that
 * is over become a trace of their own, named by its Akte, and a trace that is still open is written twice a second at
 * most. `now`: epoch milliseconds; `later`: as of the clock.
 */
export function traceEachAkte(
  stream: TraceStream,
  { now, later }: { now: () => number; later: (ms: number, work: () => void) => unknown },
): void {
  const write = stream.set.bind(stream)
  const resting = new Map<string, { isStale: boolean }>()
  stream.set = async (groupId, id, trace) => {
    const over = cutOffRun(trace, now())
    if (over !== null) await write(groupId, over.id, over)
    const rest = resting.get(id)
    if (rest !== undefined && trace.endTime === undefined) {
      rest.isStale = true
      return trace
    }
    if (trace.endTime === undefined) {
      const state = { isStale: false }
      resting.set(id, state)
      later(WRITE_EVERY_MS, () => {
        resting.delete(id)
        // Redis is told of by those who need it; the next event writes the trace again.
        if (state.isStale && trace.endTime === undefined) stream.set(groupId, id, trace).catch(() => {})
      })
    }
    return write(groupId, id, trace)
  }
}

/** Takes the events up to the end of a run out of a trace; null where no run is over, or nothing else is in it. */
function cutOffRun(trace: Trace, now: number): Trace | null {
  const last = trace.events.at(-1)
  if (last === undefined || !endsRun(last)) return null
  const { id: aktennummer } = last.data as { id: string }
  const events = trace.events.splice(0)
  const isFailed = events.some(({ level }) => level === 'error')
  const over = {
    ...trace,
    id: randomUUID(),
    name: `${trace.name}: ${aktennummer}`,
    status: isFailed ? 'failed' : 'completed',
    endTime: now,
    events,
  }
  trace.startTime = now
  return over
}
