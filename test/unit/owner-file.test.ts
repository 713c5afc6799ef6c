import { expect, it } from 'vitest'
import { ownerIn } from '../../services/model/owner-file'
import { officeOwnerFile } from './samples'

it.each([
  ['Word', officeOwnerFile('Anna Müller', 'word'), 'Anna Müller'],
  ['Excel and PowerPoint', officeOwnerFile('Anna Müller', 'excel'), 'Anna Müller'],
  ['a name outside of the code page', officeOwnerFile('Željko Šimić', 'word'), 'Željko Šimić'],
  ['the longest name', officeOwnerFile('x'.repeat(52), 'word'), 'x'.repeat(52)],
  ['an old one without UTF-16', officeOwnerFile('Anna Müller', 'word').subarray(0, 54), 'Anna Müller'],
  ['no name', officeOwnerFile('', 'word'), null],
  ['a length that cannot be', Buffer.alloc(162, 200), null],
  ['nothing', Buffer.alloc(0), null],
  ['zeros', Buffer.alloc(162), null],
  ['a name that turns the text round', officeOwnerFile('a\u202enna', 'word'), 'a\\u202enna'],
  ['a name of several lines', officeOwnerFile('a\r\nb', 'word'), 'a␍␊b'],
  ['a length that leads beyond the end', Buffer.from([52, 0x41]), 'A'],
])('Office: %s', (_what, content, expected) => {
  expect(ownerIn('Schriftsätze/~$age.docx', content)).toBe(expected)
})

it.each([
  ['Anna Müller,anna,PC-7,26.11.2026 09:12,file:///C:/Users/anna/AppData;', 'Anna Müller'],
  [',KANZLEI/anna,PC-7,26.11.2026 09:12,file:///C:/x;', 'KANZLEI/anna'],
  ['Müller\\, Anna,anna,PC-7,26.11.2026 09:12,file:///C:/x;', 'Müller, Anna'],
  ['a\\\\b\\;c,anna,PC-7,26.11.2026,x;', 'a\\b;c'],
  [' , ,PC-7,26.11.2026,x;', null],
  ['', null],
  ['no separator at all', null],
  [`${'x'.repeat(500)},anna;`, 'x'.repeat(52)],
])('LibreOffice: %s', (line, expected) => {
  expect(ownerIn('.~lock.Brief.odt#', Buffer.from(line))).toBe(expected)
})
