import type { Language } from '../model/reasons'

/** Why an Akte is not synced though somebody asked for it. */
const TEXTS = {
  de: {
    noAktennummer: 'Das ist keine Aktennummer',
    nameless: (id: string) => `Die Akte mit der EspoCRM-ID ${id} hat keine Aktennummer`,
    unknownAkte: (akte: string) => `EspoCRM kennt keine Akte ${akte}`,
    notSynced: (status: string | null, synced: readonly string[]) =>
      `Wird nicht abgeglichen: In EspoCRM ist der Aktivierungsstatus „${status ?? 'leer'}“; abgeglichen werden ${synced.join(', ')}`,
  },
  en: {
    noAktennummer: 'This is not an Aktennummer',
    nameless: (id: string) => `The Akte with the EspoCRM id ${id} has no Aktennummer`,
    unknownAkte: (akte: string) => `EspoCRM knows no Akte ${akte}`,
    notSynced: (status: string | null, synced: readonly string[]) =>
      `Is not synced: its aktivierungsstatus in EspoCRM is ${status ?? 'empty'}; synced are ${synced.join(', ')}`,
  },
}

export const pollerText = (language: Language): (typeof TEXTS)['en'] => TEXTS[language]
