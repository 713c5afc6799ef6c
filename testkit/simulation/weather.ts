import type { Random } from '../random'

/** What goes wrong with one HTTP request. */
export type HttpFault =
  | { kind: 'refused' | 'unanswered' | 'answer lost' | 'cut off' | 'damaged' }
  | { kind: 'status'; status: number; retryAfter?: number }
/** What goes wrong with one Redis command; `twice`: the client sent it again because the answer was lost. */
export type RedisFault = 'refused' | 'answer lost' | 'twice'

/** How much goes wrong, and when: drawn once per simulation, then request by request. */
export class Weather {
  isCalm = false
  /** Redis answers nobody. */
  isRedisDown = false
  private readonly httpRate: number
  private readonly redisRate: number

  constructor(private readonly random: Random) {
    this.httpRate = random.pick([0, 0.01, 0.05, 0.2])
    this.redisRate = random.pick([0, 0, 0.01, 0.05])
  }

  http(method: string): HttpFault | null {
    if (this.isCalm || !this.random.chance(this.httpRate)) return null
    const kind = this.random.pick([
      'refused',
      'unanswered',
      'answer lost',
      'answer lost',
      'status',
      'status',
      method === 'GET' ? 'cut off' : 'answer lost',
      'damaged',
    ] as const)
    if (kind !== 'status') return { kind }
    const status = this.random.pick([500, 502, 503, 503, 429])
    if (status < 503 && status !== 429) return { kind, status }
    return { kind, status, retryAfter: this.random.pick([1, 5, 45, 120]) }
  }

  redis(): RedisFault | null {
    if (this.isRedisDown) return 'refused'
    if (this.isCalm || !this.random.chance(this.redisRate)) return null
    return this.random.pick(['refused', 'answer lost', 'twice'] as const)
  }
}
