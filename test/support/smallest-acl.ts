import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../scripts/motia-process'

/** The rules that docs/deployment.md gives for a user of Redis, without the name and the password. */
export async function smallestAcl(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/deployment.md'), 'utf8')
  const [, rules = ''] = /^ACL SETUSER document-sync on >secret (.+)$/m.exec(text) ?? []
  if (rules === '') throw new Error('docs/deployment.md names no ACL')
  return rules.split(' ')
}
