import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock'

const SESSION_MS = 12 * 3600_000
const COOKIE = 'document_sync_session'
/** A second cookie that scripts can read, unlike the session: the tab offers to log out only where it is set. */
const MARK = 'document_sync_logged_in'

const digest = (text: string) => createHash('sha256').update(text).digest()
const equals = (a: string, b: string) => timingSafeEqual(digest(a), digest(b)) // constant time for all lengths

/** A browser's session: `id` names it and opens nothing; `expiresAt` is epoch milliseconds. */
export interface Session {
  id: string
  expiresAt: number
}

/**
 * Verifies that a caller holds `SYNC_ADMIN_TOKEN`. A browser gets a session derived from the token, so that the token
 * itself is never stored there; a new token ends all sessions. All comparisons take constant time.
 */
export class Credentials {
  constructor(
    private readonly token: string,
    private readonly clock: Pick<Clock, 'now'>,
  ) {}

  /** True when this is the token itself. */
  isToken(presented: string): boolean {
    return equals(presented, this.token)
  }

  /** The token in `Authorization: Bearer …`, right or wrong; null without one. */
  static bearer(authorization: string | undefined): string | null {
    return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
  }

  /** The session in a `Cookie` header that this token issued and whose time has not come; null without one. */
  sessionOf(cookies: string | undefined): Session | null {
    for (const cookie of (cookies ?? '').split(';')) {
      const [name, value = ''] = cookie.trim().split('=', 2)
      if (name !== COOKIE) continue
      const id = value.slice(0, value.lastIndexOf('.'))
      const expiresAt = Number(id.split('.', 1)[0])
      if (expiresAt > this.now && equals(value, this.signed(id))) return { id, expiresAt }
    }
    return null
  }

  /** `Set-Cookie` values for a new session of twelve hours. */
  issue(isSecure: boolean): string[] {
    const value = this.signed(`${this.now + SESSION_MS}.${randomBytes(12).toString('base64url')}`)
    const [rest, age] = [attributes(isSecure), `Max-Age=${SESSION_MS / 1000}`]
    return [`${COOKIE}=${value}; HttpOnly; ${rest}; ${age}`, `${MARK}=1; ${rest}; ${age}`]
  }

  /** `Set-Cookie` values that end the session in this browser. */
  static clear(isSecure: boolean): string[] {
    const rest = attributes(isSecure)
    return [`${COOKIE}=; HttpOnly; ${rest}; Max-Age=0`, `${MARK}=; ${rest}; Max-Age=0`]
  }

  private get now(): number {
    return this.clock.now().getTime()
  }

  private signed(id: string): string {
    const key = digest(`document-sync session ${this.token}`)
    return `${id}.${createHmac('sha256', key).update(id).digest('base64url')}`
  }
}

const attributes = (isSecure: boolean) => `Path=/; SameSite=Strict${isSecure ? '; Secure' : ''}`
