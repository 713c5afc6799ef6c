import { visible } from '../visible-text'
import { fileName } from './paths'

/** An owner file is smaller by far; a larger one is none. */
export const LARGEST_OWNER_FILE = 4096
/** As long as Office keeps a name. */
const LONGEST_NAME = 52
/** Where Word (162 bytes), and Excel and PowerPoint (165), have the name's length a second time, before it in UTF-16. */
const UTF16_AT = [54, 55]

/**
 * Who has a document open, by the content of its owner file (docs/contracts.md, Owner files); null where it does not say.
 *
 * @example ownerIn('.~lock.Brief.odt#', Buffer.from('Anna Müller,anna,PC-7,26.11.2026 09:12,file:///C:/x;')) === 'Anna Müller'
 */
export function ownerIn(path: string, content: Buffer): string | null {
  const name = fileName(path).startsWith('.~lock.') ? ofLibreOffice(content) : ofOffice(content)
  const shown = visible(name.trim()).slice(0, LONGEST_NAME)
  return /\p{L}/u.test(shown) ? shown : null
}

/** One byte for the name's length, the name in the machine's code page; then both again in UTF-16. */
function ofOffice(content: Buffer): string {
  const length = content[0] ?? 0
  if (length === 0 || length > LONGEST_NAME) return ''
  for (const at of UTF16_AT) {
    const end = at + 2 + 2 * length
    if (content.length >= end && content.readUInt16LE(at) === length)
      return content.toString('utf16le', at + 2, end)
  }
  return new TextDecoder('windows-1252').decode(content.subarray(1, 1 + length)).replace(/\0.*$/s, '')
}

/** `full name,login,machine,time,profile;` in UTF-8, with `\` before what is no separator; the full name may be empty. */
function ofLibreOffice(content: Buffer): string {
  const fields = [...content.toString('utf8').matchAll(/((?:\\.|[^\\,;])*)[,;]/gs)]
  const [fullName = '', login = ''] = fields.map(([, field = '']) => field.replace(/\\(.)/gs, '$1'))
  return fullName.trim() || login
}
