import { refuse } from './query'

export type Action = 'create' | 'read' | 'edit' | 'delete'
/** What the API user's role allows, in the form of EspoCRM's `GET App/user`. */
export type Rights = Record<string, boolean | Record<Action, 'yes' | 'all' | 'own' | 'no'>>

/** A role as the extension package's note asks for it. */
export const fullRights = (akten: string, dokumente: string): Rights => ({
  [akten]: { create: 'yes', read: 'all', edit: 'all', delete: 'all' },
  [dokumente]: { create: 'yes', read: 'all', edit: 'all', delete: 'all' },
  Attachment: { create: 'yes', read: 'own', edit: 'own', delete: 'own' },
  Webhook: true,
})

const ADMINISTRATION = ['Role', 'User', 'Team']

/** Refuses what the role does not allow, in EspoCRM's words; administration is always refused. */
export function demand(rights: Rights, entity: string, action: Action, mustExist: () => void): void {
  if (!ADMINISTRATION.includes(entity)) mustExist()
  const right = rights[entity]
  const allowed = typeof right === 'object' ? right[action] !== 'no' : right === true
  if (!allowed) throw refuse(403, `No ${action} access.`)
}
