import { useEffect, useState } from 'react'

/** An answer that is requested from the server once. */
export type Answer<T> =
  | { state: 'asking' }
  | { state: 'answered'; value: T }
  | { state: 'failed'; reason: string }

/** Requests again whenever the key changes; the previous answer stays until the new one arrives. */
export function useAnswer<T>(ask: () => Promise<T>, key: string): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'asking' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key identifies the request
  useEffect(() => {
    let isWanted = true
    ask().then(
      (value) => isWanted && setAnswer({ state: 'answered', value }),
      (error: Error) => isWanted && setAnswer({ state: 'failed', reason: error.message }),
    )
    return () => {
      isWanted = false
    }
  }, [key])
  return answer
}
