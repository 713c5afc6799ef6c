/** The width of a text in terminal columns: emoji count as two, joiners and marks as none. */
export const width = (text: string): number =>
  [...text.normalize('NFC')].reduce((sum, one, i, all) => {
    if (/\p{M}|\uFE0F/u.test(one)) return sum
    const isWide = /\p{Emoji_Presentation}/u.test(one) || all[i + 1] === '\uFE0F'
    return sum + (isWide ? 2 : 1)
  }, 0)

/** The text, padded with blanks to that many columns. */
export const pad = (text: string, columns: number): string =>
  text + ' '.repeat(Math.max(0, columns - width(text)))
