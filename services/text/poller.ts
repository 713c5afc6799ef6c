import type { Language } from '../model/reasons'

/** Why an Akte is not synced though somebody asked for it. */
const TEXTS = {
  de: {
    noAktennummer: 'Das ist keine Aktennummer',
    unknownAkte: (akte: string) => `EspoCRM kennt keine Akte ${akte}`,
    notSynced: (status: string | null) =>
      `Wird nicht abgeglichen: In EspoCRM ist der Aktivierungsstatus „${status ?? 'leer'}“; Neu, Aktiv und Import werden abgeglichen`,
  },
  en: {
    noAktennummer: 'This is not an Aktennummer',
    unknownAkte: (akte: string) => `EspoCRM knows no Akte ${akte}`,
    notSynced: (status: string | null) =>
      `Is not synced: its aktivierungsstatus in EspoCRM is ${status ?? 'empty'}; Neu, Aktiv and Import are synced`,
  },
}

export const pollerText = (language: Language): (typeof TEXTS)['en'] => TEXTS[language]
