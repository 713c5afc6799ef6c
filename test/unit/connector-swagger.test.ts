import { describe, expect, it } from 'vitest'
import { documentedHistory } from '../../services/advoware/connector-swagger'

const path = '/api/v1/Akten/{aktenId}/History'
const entry = { type: 'object', properties: { hNr: {}, datum: {}, dateiname: {} } }
const openapi3 = (schema: object, schemas: object = {}) => ({
  openapi: '3.0.1',
  paths: {
    '/api/v1/Akten': {},
    [path]: { get: { responses: { 200: { content: { 'application/json': { schema } } } } } },
  },
  components: { schemas },
})

describe('what a connector documents about the History', () => {
  const items = { $ref: '#/components/schemas/Entry' }
  it.each<[string, unknown, string[]]>([
    ['OpenAPI 3', openapi3({ type: 'array', items }, { Entry: entry }), ['hNr', 'datum', 'dateiname']],
    [
      'a list of its own name',
      openapi3({ $ref: '#/components/schemas/List' }, { List: { items }, Entry: entry }),
      ['hNr', 'datum', 'dateiname'],
    ],
    [
      'a schema made of others',
      openapi3(
        { items },
        {
          Entry: { allOf: [{ $ref: '#/components/schemas/Base' }, entry] },
          Base: { properties: { rowId: {} } },
        },
      ),
      ['rowId', 'hNr', 'datum', 'dateiname'],
    ],
    [
      'Swagger 2',
      {
        swagger: '2.0',
        paths: {
          [path]: { get: { responses: { 200: { schema: { items: { $ref: '#/definitions/Entry' } } } } } },
        },
        definitions: { Entry: entry },
      },
      ['hNr', 'datum', 'dateiname'],
    ],
    ['a circle', openapi3({ items }, { Entry: { allOf: [items, entry] } }), ['hNr', 'datum', 'dateiname']],
    ['names that no terminal should show', openapi3({ properties: { 'a\u001b[2J': {}, ok: {} } }), ['ok']],
    ['no schema', openapi3({}), []],
    ['a reference to nothing', openapi3({ $ref: '#/nowhere/__proto__' }), []],
  ])('%s', (_what, document, fields) => {
    expect(documentedHistory(document)).toEqual({ path, fields })
  })

  it.each([[undefined], ['<html>'], [[]], [{ paths: [] }], [{ paths: { '/api/v1/Akten': {} } }]])(
    '%j says nothing',
    (document) => {
      expect(documentedHistory(document)).toBeNull()
    },
  )
})
