import type { Language } from '../model/reasons'

/** Why an Akte is not synced though somebody asked for it. */
const TEXTS = {
  de: {
    noAktennummer: 'Das ist keine Aktennummer',
    nameless: (id: string) => `Die Akte mit der EspoCRM-ID ${id} hat keine Aktennummer`,
    unknownAkte: (akte: string) => `EspoCRM kennt keine Akte ${akte}`,
    notSynced: (status: string | null) =>
      `Wird nicht abgeglichen: In EspoCRM ist der Aktivierungsstatus „${status ?? 'leer'}“; Neu, Aktiv und Import werden abgeglichen`,
  },
  en: {
    noAktennummer: 'This is not an Aktennummer',
    nameless: (id: string) => `The Akte with the EspoCRM id ${id} has no Aktennummer`,
    unknownAkte: (akte: string) => `EspoCRM knows no Akte ${akte}`,
    notSynced: (status: string | null) =>
      `Is not synced: its aktivierungsstatus in EspoCRM is ${status ?? 'empty'}; Neu, Aktiv and Import are synced`,
  },
}

export const pollerText = (language: Language): (typeof TEXTS)['en'] => TEXTS[language]
