import { may, ROLES, type Role } from '../../services/model/administrator'

/** The cookie beside a session that says its role (services/access/credentials.ts); without one everything is offered. */
const ROLE = /(?:^|;\s*)document_sync_logged_in=(\w+)/

/** Whether to offer something to whoever looks at the page. What the role may not do, the server refuses as well. */
export function isOfferedTo(cookies: string, needed: Role): boolean {
  const said = ROLE.exec(cookies)?.[1]
  const role = ROLES.find((one) => one === said) ?? 'admin'
  return may({ role }, needed)
}

export const isOffered = (needed: Role): boolean => isOfferedTo(document.cookie, needed)
