import { useCallback, useState } from 'react'

/** Runs an action on the server and announces the result. Resolves to true if it succeeded. */
export type Run = (done: string | (() => string), action: () => Promise<unknown>) => Promise<boolean>

/** The one place where the page announces what happened; screen readers read it aloud. */
export function useAnnouncer(refresh: () => Promise<void>) {
  const [message, setMessage] = useState('')
  const [isProblem, setIsProblem] = useState(false)
  const run: Run = useCallback(
    async (done, action) => {
      try {
        await action()
        setMessage(typeof done === 'string' ? done : done())
        setIsProblem(false)
        return true
      } catch (error) {
        setMessage(error instanceof Error ? error.message : String(error))
        setIsProblem(true)
        return false
      } finally {
        void refresh()
      }
    },
    [refresh],
  )
  return { message, isProblem, run }
}
