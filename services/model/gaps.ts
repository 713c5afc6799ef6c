import type { SystemName } from '../errors'
import type { Side } from './model'

/** Why something of an Akte at a moment is not known; times are ISO 8601. */
export type Gap =
  | { kind: 'another document'; hash: string }
  | { kind: 'first synced'; time: string }
  | { kind: 'renamed'; time: string }
  | { kind: 'never synced' }
  | { kind: 'unsynced version'; side: Side; hash: string }
  | { kind: 'nowhere'; hash: string }
  | { kind: 'not written'; error: string }

/** What limits what is known of an Akte. */
export type Limit =
  | { kind: 'no answer'; system: SystemName; error: string }
  | { kind: 'log begins'; time: string | null }
