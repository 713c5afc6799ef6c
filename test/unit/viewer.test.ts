import { expect, it } from 'vitest'
import { isOfferedTo } from '../../plugins/document-sync/viewer'

it.each([
  ['', 'admin', true],
  ['document_sync_logged_in=1', 'admin', true], // a session from before there were roles
  ['document_sync_logged_in=admin', 'admin', true],
  ['a=b; document_sync_logged_in=operate', 'operate', true],
  ['a=b; document_sync_logged_in=operate', 'admin', false],
  ['document_sync_logged_in=read; a=b', 'read', true],
  ['document_sync_logged_in=read', 'operate', false],
  ['x_document_sync_logged_in=read', 'admin', true],
] as const)(
  'the page offers whoever has the cookies "%s" what needs %s: %s',
  (cookies, needed, isOffered) => {
    expect(isOfferedTo(cookies, needed)).toBe(isOffered)
  },
)
