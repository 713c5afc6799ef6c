import type { Random } from '../random'
import { type Answer, json, nothing, type Request } from './http'

export interface HistoryLine {
  hnr: number
  dat: string
  art: string
  text: string
  datei?: string
  /** Who gave it its path. */
  by: 'person' | 'product'
}

interface PracticeAkte {
  ablage: boolean
  history: HistoryLine[]
}

/** Advoware, by the contract of section 3.2. */
export class Practice {
  readonly akten = new Map<string, PracticeAkte>()
  private tokens = new Set<string>()
  private given = 0

  constructor(private readonly random: Random) {}

  akte(aktennummer: string): PracticeAkte {
    const akte = this.akten.get(aktennummer) ?? { ablage: false, history: [] }
    this.akten.set(aktennummer, akte)
    return akte
  }

  enter(
    aktennummer: string,
    line: { datei?: string; text?: string },
    by: HistoryLine['by'] = 'person',
  ): void {
    const { history } = this.akte(aktennummer)
    const dat = new Date().toISOString().slice(0, 10)
    history.push({ art: 'Schreiben', text: '', dat, ...line, hnr: history.length + 1, by })
  }

  /** Every entry of one file names another one from now on. */
  rename(aktennummer: string, from: string, to: string): void {
    for (const line of this.akte(aktennummer).history) {
      if (line.datei === from) Object.assign(line, { datei: to, by: 'person' })
    }
  }

  expireTokens(): void {
    this.tokens.clear()
  }

  handle({ method, segments, headers, body }: Request): Answer {
    if (segments.at(-1) === 'Token') {
      const token = `token-${++this.given}`
      this.tokens.add(token)
      return json(200, { access_token: token, expires_in: this.random.pick([90, 3600]) })
    }
    if (!this.tokens.has(String(headers.authorization).replace('Bearer ', ''))) return nothing(401)
    const [aktennummer = '', part] = segments.slice(segments.indexOf('Akten') + 1)
    const akte = this.akten.get(aktennummer)
    if (!akte) return nothing(404)
    if (part === undefined) return json(200, { ablage: akte.ablage ? 1 : 0 })
    if (method === 'POST') {
      this.enter(aktennummer, JSON.parse(body.toString()) as { datei: string }, 'product')
      return json(200, akte.history.at(-1))
    }
    return json(200, akte.history)
  }
}
