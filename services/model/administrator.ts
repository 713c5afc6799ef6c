/** What somebody may do: look; ask for syncs, pause and clear lists; and all else, contents of documents and force included. */
export const ROLES = ['read', 'operate', 'admin'] as const
export type Role = (typeof ROLES)[number]

/** Who asks for something by hand. */
export interface Administrator {
  /** A name of `SYNC_ADMIN_USERS_FILE`; else one that no user can have. */
  name: string
  role: Role
}

/** True when the role includes the other one. */
export const may = ({ role }: Pick<Administrator, 'role'>, needed: Role): boolean =>
  ROLES.indexOf(role) >= ROLES.indexOf(needed)
