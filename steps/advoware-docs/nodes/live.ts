import { useSyncExternalStore } from 'react'
import type { z } from 'zod'
import type { Akten } from '../../../services/api/akten-view'
import type { healthSchema } from '../../../services/api/health'

type Health = z.infer<typeof healthSchema>

/** One answer of the server for all nodes, requested while at least one of them is on the page. Null: unknown. */
class Live<T> {
  private value: T | null = null
  private readonly listeners = new Set<() => void>()
  private timer: ReturnType<typeof setInterval> | undefined

  constructor(
    private readonly path: string,
    private readonly everyMs: number,
  ) {}

  readonly subscribe = (listener: () => void) => {
    if (this.listeners.size === 0) {
      void this.refresh()
      this.timer = setInterval(() => {
        if (!document.hidden) void this.refresh()
      }, this.everyMs)
    }
    this.listeners.add(listener)
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size === 0) clearInterval(this.timer)
    }
  }

  readonly get = () => this.value

  private async refresh(): Promise<void> {
    try {
      const response = await fetch(this.path)
      this.value = response.ok || response.status === 503 ? ((await response.json()) as T) : null
    } catch {
      this.value = null
    }
    for (const listener of this.listeners) listener()
  }
}

const akten = new Live<Akten>('/akten?state=processing&limit=50', 3000)
const health = new Live<Health>('/health', 15_000)

/** An overview of the sync, and the Akten that are being processed. */
export const useAktenLive = () => useSyncExternalStore(akten.subscribe, akten.get)

/** Whether a dependency answers; null while unknown. */
export function useReachable(dependency: string): boolean | null {
  const report = useSyncExternalStore(health.subscribe, health.get)
  return report?.dependencies?.[dependency]?.ok ?? null
}
