import { z } from 'zod'
import { type Administrator, ROLES } from '../model/administrator'

/**
 * How a route learns who asks: `role name`. `AccessControl` writes it on every request that it lets through, and takes away
 * what a client sent.
 */
export const ADMINISTRATOR_HEADER = 'x-document-sync-administrator'

const schema = z
  .string()
  .transform((text) => text.split(' '))
  .pipe(z.tuple([z.enum(ROLES), z.string().min(1)]))

export const administratorHeader = ({ role, name }: Administrator): string => `${role} ${name}`

/** Who sent a request; somebody who may only look where nobody checked. */
export function administratorOf(headers: Record<string, unknown>): Administrator {
  const parsed = schema.safeParse(headers[ADMINISTRATOR_HEADER])
  if (!parsed.success) return { role: 'read', name: '(unchecked)' }
  const [role, name] = parsed.data
  return { role, name }
}
