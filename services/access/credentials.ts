import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../clock'
import type { Administrator } from '../model/administrator'
import { type AdminUser, type AdminUsers, hashOfToken, nameInToken } from './admin-users'

const SESSION_MS = 12 * 3600_000
const COOKIE = 'document_sync_session'
/**
 * A second cookie that scripts can read, unlike the session. It says the role: the tab offers to log out only where it is
 * set, and only what the role may do.
 */
const MARK = 'document_sync_logged_in'

const digest = (text: string) => createHash('sha256').update(text).digest()
const equals = (a: string, b: string) => timingSafeEqual(digest(a), digest(b)) // constant time for all lengths

/** A browser's session: `id` names it and opens nothing; `expiresAt` is epoch milliseconds. */
export interface Session {
  id: string
  expiresAt: number
  who: Administrator
}

/** Whoever holds the shared token. No user can have this name. */
const SHARED: Administrator = { name: 'SYNC_ADMIN_TOKEN', role: 'admin' }

/**
 * Verifies that a caller holds `SYNC_ADMIN_TOKEN`, or the token of a named administrator. A browser gets a session derived
 * from it, so that the token itself is never stored there; a new token ends all sessions of the old one, and a session
 * has the role that its holder has now. All comparisons take constant time.
 */
export class Credentials {
  constructor(
    private readonly token: string,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly users?: Pick<AdminUsers, 'find'>,
  ) {}

  /** Who presents this token; null for a wrong one. */
  holderOf(presented: string): Administrator | null {
    if (equals(presented, this.token)) return SHARED
    const user = this.find(nameInToken(presented))
    return user !== undefined && equals(hashOfToken(presented), user.sha256) ? user : null
  }

  /** The token in `Authorization: Bearer …`, right or wrong; null without one. */
  static bearer(authorization: string | undefined): string | null {
    return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1] ?? null
  }

  /** The session in a `Cookie` header that a token of today issued and whose time has not come; null without one. */
  sessionOf(cookies: string | undefined): Session | null {
    for (const cookie of (cookies ?? '').split(';')) {
      const [name, value = ''] = cookie.trim().split('=', 2)
      if (name !== COOKIE) continue
      const id = value.slice(0, value.lastIndexOf('.'))
      const [expires, , ...rest] = id.split('.')
      const [expiresAt, user] = [Number(expires), this.find(rest.length > 0 ? rest.join('.') : null)]
      if (rest.length > 0 && user === undefined) continue
      if (expiresAt > this.now && equals(value, this.signed(id, user)))
        return { id, expiresAt, who: user ?? SHARED }
    }
    return null
  }

  /** `Set-Cookie` values for a new session of twelve hours. */
  issue(isSecure: boolean, { name, role }: Administrator = SHARED): string[] {
    const id = `${this.now + SESSION_MS}.${randomBytes(12).toString('base64url')}`
    const user = this.find(name)
    const value = user === undefined ? this.signed(id, user) : this.signed(`${id}.${name}`, user)
    const [rest, age] = [attributes(isSecure), `Max-Age=${SESSION_MS / 1000}`]
    return [`${COOKIE}=${value}; HttpOnly; ${rest}; ${age}`, `${MARK}=${role}; ${rest}; ${age}`]
  }

  /** `Set-Cookie` values that end the session in this browser. */
  static clear(isSecure: boolean): string[] {
    const rest = attributes(isSecure)
    return [`${COOKIE}=; HttpOnly; ${rest}; Max-Age=0`, `${MARK}=; ${rest}; Max-Age=0`]
  }

  private find(name: string | null): AdminUser | undefined {
    return name === null ? undefined : this.users?.find(name)
  }

  private get now(): number {
    return this.clock.now().getTime()
  }

  /** The key holds the shared token, which no file has: whoever reads the users' file can sign nothing. */
  private signed(id: string, user: AdminUser | undefined): string {
    const key = digest(`document-sync session ${this.token}${user === undefined ? '' : ` ${user.sha256}`}`)
    return `${id}.${createHmac('sha256', key).update(id).digest('base64url')}`
  }
}

const attributes = (isSecure: boolean) => `Path=/; SameSite=Strict${isSecure ? '; Secure' : ''}`
