import { createContext, type FC, type PropsWithChildren, useContext } from 'react'
import { AkteText } from '../../services/api/akte-text'
import type { Language } from '../../services/model/reasons'
import { type Formats, formatsOf } from '../../services/text/formats'
import { type OfficeText, officeText } from '../../services/text/office'
import { type PurgeText, purgeText } from '../../services/text/purge'
import { type SweepText, sweepText } from '../../services/text/sweep'

/** Everything that a part of the page says, in the language of the office. */
interface Texts {
  text: OfficeText
  formats: Formats
  words: AkteText
  /** What nobody asked for: freshness, drift, the first import. */
  sweep: SweepText
  /** Purges and holds. */
  purge: PurgeText
}

const textsOf = (language: Language): Texts => ({
  text: officeText(language),
  formats: formatsOf(language),
  words: new AkteText(language),
  sweep: sweepText(language),
  purge: purgeText(language),
})

const TextContext = createContext(textsOf('de'))

/** Gives all parts below it their language (`SYNC_LANGUAGE`). */
export const TextProvider: FC<PropsWithChildren<{ language: Language }>> = ({ language, children }) => (
  <TextContext.Provider value={textsOf(language)}>{children}</TextContext.Provider>
)

export const useText = (): Texts => useContext(TextContext)
