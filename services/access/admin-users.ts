import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { z } from 'zod'
import { startTimer, systemClock } from '../clock'
import { writeDurably } from '../content/durable-file'
import { withFileLock } from '../content/file-lock'
import { ConfigError, describeError, InvalidInputError } from '../errors'
import { ROLES, type Role } from '../model/administrator'
import { visible } from '../visible-text'

/** A name: what a person types, a header carries and a cookie may hold. */
const NAME = /^[a-z0-9]([a-z0-9.@-]{0,62}[a-z0-9])?$/
/** 256 random bits, as `addUser` makes them. A token is `name.secret`. */
const SECRET_BYTES = 32
const TOKEN = /^(.+)\.([\w-]{43})$/
/** A changed file counts within this time. */
const LOOK_EVERY_MS = 1000
const LARGEST_FILE_BYTES = 1024 * 1024

const userSchema = z.object({
  name: z.string().regex(NAME, 'is no name of up to 64 lower-case letters, digits, ".", "@" and "-"'),
  role: z.enum(ROLES, { error: `is not one of ${ROLES.join(', ')}` }),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 of 64 hex digits'),
})
const fileSchema = z.object({
  users: z
    .array(userSchema)
    .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names somebody twice'),
})

/** A person with a name, a role and the SHA-256 of a token. */
export type AdminUser = z.infer<typeof userSchema>

/**
 * SHA-256 is enough for a token: it is 256 random bits, which nobody guesses however fast a guess is. That nobody uses a
 * shorter one is why a token has a form.
 */
export const hashOfToken = (token: string): string => createHash('sha256').update(token).digest('hex')

/** The name in a token of the form that `addUser` makes; null for any other text. */
export const nameInToken = (token: string): string | null => TOKEN.exec(token)?.[1] ?? null

/** @throws what makes the file useless, without any of its values */
function read(file: string): AdminUser[] {
  if (statSync(file).size > LARGEST_FILE_BYTES) throw new Error('is larger than 1 MB')
  const text = readFileSync(file, 'utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new Error('is not JSON')
  }
  const parsed = fileSchema.safeParse(json)
  if (parsed.success) return parsed.data.users
  throw new Error(
    parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim()).join('; '),
  )
}

/** What an error of the file system or of `read` says, without the path. */
const why = (error: unknown): string => {
  const { code } = error as NodeJS.ErrnoException
  return code === undefined
    ? describeError(error)
    : code === 'ENOENT'
      ? 'names no file that exists'
      : `cannot be read (${code})`
}

/**
 * The named administrators of `SYNC_ADMIN_USERS_FILE`. A change of the file counts within a second, without a restart; one
 * that cannot be read lets nobody in by name.
 */
export class AdminUsers {
  private users = new Map<string, AdminUser>()
  private stamp = ''
  private sinceLook: (() => number) | undefined

  /** @throws ConfigError when the file is missing or malformed */
  constructor(private readonly file: string) {
    try {
      read(file)
    } catch (error) {
      throw new ConfigError([`SYNC_ADMIN_USERS_FILE ${why(error)}`])
    }
  }

  /** Who that is now; undefined: nobody of this name any more. */
  find(name: string): AdminUser | undefined {
    if (this.sinceLook === undefined || this.sinceLook() > LOOK_EVERY_MS) this.look()
    return this.users.get(name)
  }

  private look(): void {
    this.sinceLook = startTimer(systemClock)
    let stamp = ''
    try {
      const { mtimeMs, size, ino } = statSync(this.file)
      stamp = `${mtimeMs} ${size} ${ino}`
      if (stamp === this.stamp) return
      this.users = new Map(read(this.file).map((user) => [user.name, user]))
    } catch (error) {
      const problem = visible(`SYNC_ADMIN_USERS_FILE ${why(error)}`)
      if (this.users.size > 0 || stamp !== this.stamp)
        console.error(`❌ Nobody is let in by name until it is repaired: ${problem}`)
      this.users = new Map()
    }
    this.stamp = stamp
  }
}

/** Everybody in the file; nobody where there is none. @throws ConfigError when it is malformed */
export function listUsers(file: string): AdminUser[] {
  try {
    return read(file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new ConfigError([`SYNC_ADMIN_USERS_FILE ${why(error)}`])
  }
}

/**
 * Adds somebody, or gives somebody a new role and a new token; resolves to the token, which is kept nowhere.
 * @throws InvalidInputError for a name that is none, ConfigError for a file that is malformed
 */
export async function addUser(file: string, name: string, role: Role): Promise<string> {
  if (!NAME.test(name))
    throw new InvalidInputError(`"${name}" ${userSchema.shape.name.safeParse('').error?.issues[0]?.message}`)
  const token = `${name}.${randomBytes(SECRET_BYTES).toString('base64url')}`
  await changeUsers(file, (users) => [
    ...users.filter((user) => user.name !== name),
    { name, role, sha256: hashOfToken(token) },
  ])
  return token
}

/** Takes somebody out; false where nobody of this name is in the file. @throws as `listUsers` */
export async function removeUser(file: string, name: string): Promise<boolean> {
  if (!listUsers(file).some((user) => user.name === name)) return false
  await changeUsers(file, (users) => users.filter((user) => user.name !== name))
  return true
}

/** One at a time: of two changes at once, the later one would take the other back. */
const changeUsers = (file: string, change: (users: AdminUser[]) => AdminUser[]): Promise<void> =>
  withFileLock(file, systemClock, async () => {
    const users = change(listUsers(file)).sort((a, b) => a.name.localeCompare(b.name))
    await writeDurably(file, `${JSON.stringify({ users }, null, 2)}\n`)
  })
