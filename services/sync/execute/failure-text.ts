import {
  ContractError,
  describeError,
  type FailedSystem,
  FileAccessError,
  FixAccessError,
  FixAddressError,
  failedSystemOf,
  InvalidInputError,
  MaintenanceError,
  NotFoundError,
  RunOverdueError,
  UnprovenError,
} from '../../errors'
import type { Language } from '../../model/reasons'

/** Who that is in words for people. */
const WHO: Record<FailedSystem, Record<Language, string>> = {
  'Windows watcher': { de: 'Der Windows-Dateiserver', en: 'The Windows file server' },
  Advoware: { de: 'Advoware', en: 'Advoware' },
  EspoCRM: { de: 'EspoCRM', en: 'EspoCRM' },
  archive: { de: 'Das Archiv', en: 'The archive' },
}

/**
 * A failure in words for people: who, what, and what happens next. The technical text stands behind it, for the
 * administrator whom they will ask.
 */
export function failureText(error: unknown, language: Language): string {
  const system = failedSystemOf(error)
  const who = system && WHO[system][language]
  return `${sentence(error, who, language)} [${describeError(error)}]`
}

function sentence(error: unknown, who: string | undefined, language: Language): string {
  const say = (de: string, en: string) => (language === 'de' ? de : en)
  if (error instanceof InvalidInputError) {
    return say('Der Abgleich ist nicht möglich.', 'The sync is not possible.')
  }
  if (error instanceof RunOverdueError) {
    return say(
      'Der Abgleich dauerte zu lange und wird von selbst fortgesetzt.',
      'The sync took too long and continues by itself.',
    )
  }
  if (who === undefined) {
    return say(
      'Der Abgleich ist fehlgeschlagen und wird von selbst wiederholt.',
      'The sync failed and retries by itself.',
    )
  }
  if (error instanceof FixAddressError) {
    const target = error.target ?? '?'
    return say(
      `${who} leitet unter der eingestellten Adresse zu ${target} weiter. Bitte die Administration verständigen.`,
      `${who} redirects from the address in the settings to ${target}. Please tell the administrator.`,
    )
  }
  if (error instanceof MaintenanceError) {
    return say(
      `${who} wird gerade gewartet (Wartungsmodus). Der Abgleich geht danach von selbst weiter.`,
      `${who} is in maintenance mode. The sync goes on by itself afterwards.`,
    )
  }
  if (error instanceof FixAccessError) {
    return say(
      `${who} verweigert den Zugriff. Bitte die Administration verständigen.`,
      `${who} refuses access. Please tell the administrator.`,
    )
  }
  if (error instanceof UnprovenError) {
    return say(
      `${who} zeigt möglicherweise nicht alles. Es wurde nichts verändert. Bitte die Administration verständigen.`,
      `${who} may not show everything. Nothing was changed. Please tell the administrator.`,
    )
  }
  if (error instanceof FileAccessError) {
    return say(
      `${who} darf auf diese Datei nicht zugreifen. Bitte die Administration verständigen.`,
      `${who} has no right to this file. Please tell the administrator.`,
    )
  }
  if (error instanceof ContractError) {
    return say(
      `${who} hat unerwartet geantwortet. Bitte die Administration verständigen.`,
      `${who} gave an unexpected answer. Please tell the administrator.`,
    )
  }
  if (error instanceof NotFoundError) {
    return say(
      `${who} findet nicht, was gebraucht wird. Bitte die Administration verständigen.`,
      `${who} does not find what is needed. Please tell the administrator.`,
    )
  }
  return say(
    `${who} ist zurzeit nicht erreichbar oder gestört. Der Abgleich wird von selbst wiederholt.`,
    `${who} cannot be reached or has a problem. The sync retries by itself.`,
  )
}
