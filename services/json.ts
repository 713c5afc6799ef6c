/** What a text says as JSON; null where it says nothing of the kind. For values that somebody else may have written. */
export function parseJson(text: string | null | undefined): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
