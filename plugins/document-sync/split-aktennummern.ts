/** Splits pasted text into Aktennummern: at line ends, commas, semicolons, tabs and blanks. */
export const splitAktennummern = (text: string): string[] => [
  ...new Set(text.split(/[\s,;]+/).filter((part) => part !== '')),
]
