import type { Language } from '../model/reasons'

/** What Redis' own settings put at risk, and what to set. */
const TEXTS = {
  de: {
    evicts: (policy: string) => ({
      text: `darf Schlüssel verwerfen, wenn sein Speicher voll ist (maxmemory-policy ${policy}): Wartende Akten und Sperren könnten verschwinden`,
      advice: 'maxmemory-policy noeviction setzen',
    }),
    keepsNothing: {
      text: 'behält nichts auf dem Datenträger (appendonly no, kein save): Nach einem Neustart ist jede wartende Akte vergessen',
      advice: 'appendonly yes setzen',
    },
    snapshotsOnly: (save: string) => ({
      text: `schreibt nur Momentaufnahmen (appendonly no, save ${save}): Nach einem Absturz sind die Akten vergessen, die seit der letzten dazukamen`,
      advice: 'appendonly yes setzen',
    }),
    syncsLate: {
      text: 'überlässt es dem Betriebssystem, wann seine Append-only-Datei den Datenträger erreicht (appendfsync no): Ein Stromausfall kostet bis zu einer halben Minute',
      advice: 'appendfsync everysec setzen',
    },
    unknown: (names: string) => ({
      text: `verrät seine Einstellungen ${names} nicht (üblich bei gemieteten Diensten)`,
      advice: 'Sicherstellen, dass er eine Append-only-Datei führt und nie Schlüssel verwirft',
    }),
  },
  en: {
    evicts: (policy: string) => ({
      text: `may evict keys when its memory is full (maxmemory-policy ${policy}): waiting Akten and locks could vanish`,
      advice: 'Set maxmemory-policy noeviction',
    }),
    keepsNothing: {
      text: 'keeps nothing on disk (appendonly no, no save): when it restarts, every waiting Akte is forgotten',
      advice: 'Set appendonly yes',
    },
    snapshotsOnly: (save: string) => ({
      text: `writes snapshots only (appendonly no, save ${save}): when it crashes, Akten that were added since the last one are forgotten`,
      advice: 'Set appendonly yes',
    }),
    syncsLate: {
      text: 'leaves it to the system when its append-only file reaches the disk (appendfsync no): a power cut loses up to half a minute',
      advice: 'Set appendfsync everysec',
    },
    unknown: (names: string) => ({
      text: `does not reveal its settings ${names} (usual for managed services)`,
      advice: 'Make sure that it keeps an append-only file and never evicts keys',
    }),
  },
}

export const redisSettingsText = (language: Language): (typeof TEXTS)['en'] => TEXTS[language]
