import type { Language } from '../model/reasons'

/** The page that asks for a token. */
const TEXTS = {
  de: {
    title: 'Document Sync: Anmeldung',
    label: 'Zugangsschlüssel (SYNC_ADMIN_TOKEN oder der eigene)',
    button: 'Anmelden',
    wrong: 'Das ist weder SYNC_ADMIN_TOKEN noch der Schlüssel einer benannten Person',
    tooMany: 'Zu viele fehlgeschlagene Anmeldungen; in einer Minute noch einmal versuchen',
  },
  en: {
    title: 'Document Sync: log in',
    label: 'Administrator token (SYNC_ADMIN_TOKEN or your own)',
    button: 'Log in',
    wrong: 'This is not SYNC_ADMIN_TOKEN, nor the token of an administrator',
    tooMany: 'Too many failed logins; try again in a minute',
  },
}

export const loginText = (language: Language): (typeof TEXTS)['en'] => TEXTS[language]
