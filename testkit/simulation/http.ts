import { HttpAnswer } from '../../sandbox/stand-in'

/** A request as a system sees it. */
export interface Request {
  method: string
  /** Path segments below the base address, each decoded. */
  segments: string[]
  query: URLSearchParams
  /** Names in lower case. */
  headers: Record<string, string>
  body: Buffer
  /** Which run of the product sent it. */
  from: string
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string | Buffer
  /** The product cannot know which content to expect: nobody could tell that it arrived damaged. */
  isUncheckable?: boolean
}

export const json = (status: number, body: unknown): Answer => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

export const nothing = (status: number): Answer => ({ status, headers: {}, body: '' })

/** What `work` answers, or the answer that a rule of the stand-ins throws instead. */
export function answered(work: () => Answer): Answer {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof HttpAnswer)) throw error
    const body = typeof error.body === 'string' ? error.body : JSON.stringify(error.body)
    const headers = Object.entries(error.headers).map(([name, value]) => [name.toLowerCase(), value])
    return { status: error.status, headers: Object.fromEntries(headers), body }
  }
}
