import type { Language } from '../model/reasons'

/** What an Akte in EspoCRM says of itself as a whole. */
export function akteText(language: Language) {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  return {
    archived: say(
      'In Advoware abgelegt: Was bis dahin geändert wurde, ist übertragen. Die Akte ist deaktiviert und wird nicht mehr abgeglichen. Wer sie wieder abgleichen will, holt sie zuerst in Advoware aus der Ablage.',
      'Archived in Advoware: what was changed until then is carried over. The Akte is deactivated and synced no more. To have it synced again, take it out of the archive in Advoware first.',
    ),
  }
}
