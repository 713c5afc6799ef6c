import { useStreamGroup } from '@motiadev/stream-client-react'
import { useCallback, useEffect, useRef, useState } from 'react'
import type { Akte, Akten, Query } from '../../services/api/akten-view'
import { PROGRESS_GROUP, PROGRESS_STREAM } from '../../services/model/progress-stream-name'
import { api, ProblemError } from './api'

const REFRESH_MS = 3000

/** The state of the connection to the server. */
export type Connection =
  | { state: 'loading' }
  | { state: 'live' }
  /** The last answer is still shown. */
  | { state: 'disconnected'; since: Date }
  | { state: 'refused'; status: number; reason: string }

/** The list, kept up to date: requested every few seconds, and at once when a sync starts or ends. */
export function useAkten(query: Query) {
  const [akten, setAkten] = useState<Akten | null>(null)
  const [connection, setConnection] = useState<Connection>({ state: 'loading' })
  const { data: running } = useStreamGroup<Progress>({ streamName: PROGRESS_STREAM, groupId: PROGRESS_GROUP })
  const { state, search, limit } = query
  const latest = useRef(0)

  const refresh = useCallback(async () => {
    const request = ++latest.current
    try {
      const answer = await api.list({ state, search, limit })
      if (request !== latest.current) return // a newer request is under way
      setAkten(answer)
      setConnection({ state: 'live' })
    } catch (error) {
      if (request !== latest.current) return
      setConnection((before) => toConnection(error, before))
    }
  }, [state, search, limit])

  useEffect(() => {
    void refresh()
    const timer = setInterval(() => {
      if (!document.hidden) void refresh()
    }, REFRESH_MS)
    return () => clearInterval(timer)
  }, [refresh])

  const names = running.map(({ aktennummer }) => aktennummer).join()
  // biome-ignore lint/correctness/useExhaustiveDependencies: a sync that started or ended triggers this
  useEffect(() => {
    void refresh()
  }, [names])

  return { akten: akten && withProgress(akten, running), connection, refresh }
}

type Progress = NonNullable<Akte['progress']> & { id: string }

/** The stream is more recent than the list. */
function withProgress(akten: Akten, running: Progress[]): Akten {
  const live = new Map(running.map((progress) => [progress.aktennummer, progress]))
  return {
    ...akten,
    akten: akten.akten.map((akte) => {
      const progress = akte.state === 'processing' ? live.get(akte.aktennummer) : undefined
      return progress ? { ...akte, progress } : akte
    }),
  }
}

function toConnection(error: unknown, before: Connection): Connection {
  if (error instanceof ProblemError && error.status !== 503) {
    return { state: 'refused', status: error.status, reason: error.message }
  }
  return before.state === 'disconnected' ? before : { state: 'disconnected', since: new Date() }
}
