import axios from 'axios'

const TIMEOUT_MS = 10_000

/** Asks an address without credentials; every answer counts. @throws when nothing answers within ten seconds */
export async function probe(
  url: string,
  method: 'GET' | 'POST' = 'GET',
): Promise<{ status: number; date: unknown; location: string | undefined }> {
  const answer = await axios.request({
    url,
    method,
    ...(method === 'POST' ? { data: '[]', headers: { 'Content-Type': 'application/json' } } : {}),
    timeout: TIMEOUT_MS,
    signal: AbortSignal.timeout(TIMEOUT_MS),
    maxRedirects: 0,
    responseType: 'stream',
    validateStatus: () => true,
  })
  answer.data.destroy()
  const { date, location } = answer.headers
  return { status: answer.status, date, location: typeof location === 'string' ? location : undefined }
}
