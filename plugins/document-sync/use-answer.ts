import { useEffect, useState } from 'react'

/** An answer of the server that is asked for once. */
export type Answer<T> =
  | { state: 'asking' }
  | { state: 'answered'; value: T }
  | { state: 'failed'; reason: string }

/** Asks again whenever the key changes; the former answer stays until the new one is there. */
export function useAnswer<T>(ask: () => Promise<T>, key: string): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'asking' })
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the question
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
