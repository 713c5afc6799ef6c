import { useCallback, useState } from 'react'

/** Does something on the server and says in words how it went. Resolves to true when it was done. */
export type Run = (done: string, action: () => Promise<unknown>) => Promise<boolean>

/** One place where the page tells what happened; screen readers read it aloud. */
export function useAnnouncer(refresh: () => Promise<void>) {
  const [message, setMessage] = useState('')
  const [isProblem, setIsProblem] = useState(false)
  const run: Run = useCallback(
    async (done, action) => {
      try {
        await action()
        setMessage(done)
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
