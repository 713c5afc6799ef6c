import { expect, it } from 'vitest'
import { contentInMemory, isBlank } from '../../services/content/spool'
import { worseContent } from '../../services/sync/decide/worse-content'

const HOUR = 3_600_000
const at = Date.parse('2026-03-24T12:00:00Z')

it.each([
  ['an ordinary save', {}, null],
  ['emptied', { size: 0 }, 'empty now'],
  ['emptied, and old', { size: 0, savedAt: at - 100 * HOUR }, 'empty now'],
  ['nothing but zeros', { isBlank: true }, 'nothing but zeros now'],
  ['of yesterday', { savedAt: at - 24 * HOUR }, 'older than what it replaces'],
  ['of more than an hour before', { savedAt: at - HOUR - 1 }, 'older than what it replaces'],
  ['saved before the transfer of its predecessor', { savedAt: at - HOUR }, null],
  ['a time that nobody knows', { savedAt: Number.NaN }, null],
  ['a predecessor of unknown time', { savedAt: 0, replacedSavedAt: Number.NaN }, null],
])('%s', (_what, change, expected) => {
  const replacement = { size: 1, isBlank: false, savedAt: at + HOUR, replacedSavedAt: at, ...change }
  expect(worseContent(replacement)).toBe(expected)
})

it.each([
  ['nothing', Buffer.alloc(0), false],
  ['one zero', Buffer.alloc(1), true],
  ['three megabytes of zeros', Buffer.alloc(3 << 20), true],
  ['zeros with one byte at the end', Buffer.concat([Buffer.alloc(3 << 20), Buffer.from('x')]), false],
  ['text', Buffer.from('Klage'), false],
])('%s is blank: %s', async (_what, bytes, expected) => {
  expect(await isBlank(await contentInMemory(bytes))).toBe(expected)
})
