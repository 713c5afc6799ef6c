import axios from 'axios'

/** How long an answer may take, ms. */
export const REACH_TIMEOUT_MS = 3000

/**
 * Asks without credentials and reads nothing: any answer but a server error shows that the system is there.
 * @throws an error with the `code` of the failure (`ECONNREFUSED`, `HTTP 502` …)
 */
export async function reach(url: string): Promise<void> {
  const { status } = await axios.get(url, {
    timeout: REACH_TIMEOUT_MS,
    signal: AbortSignal.timeout(REACH_TIMEOUT_MS),
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
    transformResponse: (stream: { destroy(): void }) => {
      stream.destroy()
      return null
    },
  })
  if (status >= 500) throw Object.assign(new Error(`HTTP ${status}`), { code: `HTTP ${status}` })
}
