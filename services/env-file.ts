import { stat } from 'node:fs/promises'

/** Beyond the owner and the owner's group. */
const OTHERS = 0o007

/**
 * What is wrong with the rights of a file that holds secrets; null where nothing is, or where there is no such file.
 * Windows keeps rights elsewhere.
 */
export async function secretFileProblem(path: string): Promise<string | null> {
  if (process.platform === 'win32') return null
  const found = await stat(path).catch(() => null)
  if (found === null || (found.mode & OTHERS) === 0) return null
  return `${path} holds secrets and is open to every user of this machine (mode ${(found.mode & 0o777).toString(8)})`
}
