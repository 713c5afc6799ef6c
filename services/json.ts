/** Parses JSON; null where the text is absent or no JSON. For values that others may have written. */
export function parseJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
