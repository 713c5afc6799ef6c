/** Aktennummern out of what people paste: lines, commas, semicolons, tabs, blanks. */
export const splitAktennummern = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((part) => part !== '')),
]
