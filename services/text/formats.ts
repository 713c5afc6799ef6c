import type { Language } from '../model/reasons'

const LOCALES: Record<Language, string> = { de: 'de-DE', en: 'en-GB' }
const UNITS = ['B', 'KB', 'MB', 'GB', 'TB']

/** How numbers, times and sizes are written in one language. */
export interface Formats {
  /** `2,4` or `2.4`; whole numbers with their thousands apart. */
  number(value: number, digits?: number): string
  /** Date and time of an ISO 8601 time, as this machine's clock shows it. */
  dateTime(iso: string): string
  /** The time alone when it is today. */
  when(iso: string, now?: Date): string
  /** `340 ms`, `2.4 s`, `3 min 5 s`, `2 h 10 min`. */
  duration(ms: number): string
  /** `0 B`, `12.3 KB`, `4.0 GB`. */
  bytes(bytes: number): string
}

function build(language: Language): Formats {
  const locale = LOCALES[language]
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'medium' })
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'medium' })
  const number: Formats['number'] = (value, digits = 0) =>
    value.toLocaleString(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits })
  return {
    number,
    dateTime: (iso) => dateTime.format(new Date(iso)),
    when: (iso, now = new Date()) => {
      const at = new Date(iso)
      return (at.toDateString() === now.toDateString() ? time : dateTime).format(at)
    },
    duration: (ms) => {
      if (ms < 1000) return `${Math.round(ms)} ms`
      if (ms < 59_950) return `${number(ms / 1000, 1)} s`
      const minutes = Math.floor(Math.round(ms / 1000) / 60)
      if (minutes < 60) return `${minutes} min ${Math.round(ms / 1000) % 60} s`
      return `${number(Math.floor(minutes / 60))} h ${minutes % 60} min`
    },
    bytes: (bytes) => {
      const power = Math.min(UNITS.length - 1, Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1024)))
      return power === 0 ? `${bytes} B` : `${number(bytes / 1024 ** power, 1)} ${UNITS[power]}`
    },
  }
}

const FORMATS: Record<Language, Formats> = { de: build('de'), en: build('en') }

export const formatsOf = (language: Language): Formats => FORMATS[language]

/** `1 Akte`, `2 Akten`: both languages have one form for one and another for everything else. */
export const plural =
  (language: Language) =>
  (count: number, one: string, many: string): string =>
    `${formatsOf(language).number(count)} ${count === 1 ? one : many}`
