import { refuse } from './query'
import type { EspoRecord } from './schema'

export type Action = 'create' | 'read' | 'edit' | 'delete' | 'stream'
/** What a role allows, in the form of EspoCRM's `GET App/user`. */
export type Rights = Record<string, boolean | Partial<Record<Action, 'yes' | 'all' | 'team' | 'own' | 'no'>>>

/** The role that docs/espocrm.md asks for: the sync creates no Akte and deletes nothing. */
export const documentedRights = (akten: string, dokumente: string): Rights => ({
  [akten]: { create: 'no', read: 'all', edit: 'all', delete: 'no' },
  [dokumente]: { create: 'yes', read: 'all', edit: 'all', delete: 'no', stream: 'all' },
  Attachment: { create: 'yes', read: 'own', edit: 'own', delete: 'own' },
  Webhook: true,
})

/** The same with everything else that a person of the office may do with Akten and documents. */
export const fullRights = (akten: string, dokumente: string): Rights => ({
  [akten]: { create: 'yes', read: 'all', edit: 'all', delete: 'all' },
  [dokumente]: { create: 'yes', read: 'all', edit: 'all', delete: 'all', stream: 'all' },
  Attachment: { create: 'yes', read: 'own', edit: 'own', delete: 'own' },
  Webhook: true,
})

const ADMINISTRATION = ['Role', 'User', 'Team']

/** Refuses what the role does not allow, in EspoCRM's words; administration is always refused. */
export function demand(rights: Rights, entity: string, action: Action, mustExist: () => void): void {
  if (!ADMINISTRATION.includes(entity)) mustExist()
  const right = rights[entity]
  const allowed = typeof right === 'object' ? (right[action] ?? 'no') !== 'no' : right === true
  if (!allowed) throw refuse(403, `No ${action} access.`)
}

/**
 * True for a record that a user may read. Level `team` shows what `own` does: the records of the stand-in have no teams.
 * EspoCRM's lists leave the others out without a word, and a single one answers 403. Whoever may read a document may
 * read its attachment.
 */
export function isVisible(rights: Rights, entity: string, record: EspoRecord, userId: string): boolean {
  const right = rights[entity]
  if (entity === 'Attachment') return true
  const isNarrow = typeof right === 'object' && (right.read === 'own' || right.read === 'team')
  return !isNarrow || record.createdById === userId
}
