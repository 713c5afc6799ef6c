import { useEffect, useState } from 'react'
import type { HealthReport } from '../../services/api/health'
import { api } from './api'

const REFRESH_MS = 10_000

/** What `/health` says, as fresh as it is worth; null while nobody knows. */
export function useHealth(): HealthReport | null {
  const [health, setHealth] = useState<HealthReport | null>(null)
  useEffect(() => {
    const refresh = () => api.health().then(setHealth, () => setHealth(null))
    void refresh()
    const timer = setInterval(() => {
      if (!document.hidden) void refresh()
    }, REFRESH_MS)
    return () => clearInterval(timer)
  }, [])
  return health
}
