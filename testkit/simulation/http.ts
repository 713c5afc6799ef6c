/** A request as a system sees it. */
export interface Request {
  method: string
  /** Path segments below the base address, each decoded. */
  segments: string[]
  query: Record<string, string>
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
