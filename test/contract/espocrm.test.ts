import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { until } from '../../testkit/installation'
import { installations } from './installations'
import { type Answer, Fixtures, type Installation, reasonOf, WebhookListener, Wire } from './wire'

// A real EspoCRM takes its time, above all for webhooks.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 })

const JUST_NOW_MS = 10 * 60_000
const TIME = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/
const CHUNK = 64 * 1024

/** Waits until EspoCRM's clock, which counts whole seconds, shows another one. */
const anotherSecond = () => new Promise((done) => setTimeout(done, 1100))

/** docs/contracts.md is the table of contents. */
describe.each(installations())('EspoCRM by docs/contracts.md: $name', ({ open, delivers, throttles }) => {
  let installation: Installation
  let wire: Wire
  let office: Wire
  let fixtures: Fixtures
  let akten: string
  let dokumente: string

  beforeAll(async () => {
    installation = await open()
    wire = new Wire(installation.config)
    office = new Wire(installation.office)
    fixtures = new Fixtures(wire, office)
    akten = installation.config.mapping.akte.entity
    dokumente = installation.config.mapping.dokument.entity
  })
  afterAll(async () => {
    await fixtures?.removeAll()
    await installation?.close()
  })

  const equals = (attribute: string, value: string) => ({
    'where[0][type]': 'equals',
    'where[0][attribute]': attribute,
    'where[0][value]': value,
  })
  const show = async (entity: string, id: string) => (await wire.get(`${entity}/${id}`)).json
  const expectRefusal = (answer: Answer, field: string, type: string) => {
    expect(answer.status).toBe(400)
    expect(reasonOf(answer)).toContain(`field: ${field}, type: ${type}`)
    expect(answer.json.messageTranslation.data).toMatchObject({ field, type })
  }

  describe('Entities', () => {
    it('an Akte has name, number, status and what the sync says of it', async () => {
      const { id, aktennummer } = await fixtures.akte()
      expect(await show(akten, id)).toMatchObject({
        name: `Contract ${aktennummer}`,
        aktennummer,
        aktivierungsstatus: 'Neu',
        syncStatus: 'unclean',
        lastSync: null,
        syncMessage: null,
      })
    })

    it.each(['Neu', 'Aktiv', 'Import', 'Deaktiviert', 'Abgelegt'])(
      'aktivierungsstatus can be %s',
      async (aktivierungsstatus) => {
        expect(await fixtures.akte({ aktivierungsstatus })).toMatchObject({ aktivierungsstatus })
      },
    )

    it('the Aktennummer is unique, and free again once its Akte is deleted', async () => {
      const { id, aktennummer } = await fixtures.akte()
      const again = { name: 'Again', aktennummer }
      const skip = { headers: { 'X-Skip-Duplicate-Check': 'true' } }
      const twice = await office.post(akten, again, skip)
      expect([twice.status, reasonOf(twice)]).toEqual([409, 'duplicate'])
      expect(twice.json).toEqual([expect.objectContaining({ id, aktennummer })])
      await office.delete(`${akten}/${id}`)
      const answer = await office.post(akten, again, skip)
      expect(answer.status).toBe(200)
      fixtures.keep(`${akten}/${answer.json.id}`)
    })

    it('a document keeps every attribute that the sync writes', async () => {
      const { id: cAktenId } = await fixtures.akte()
      const given = {
        dateipfad: 'Schriftsätze\\Klage § 5 = neu.docx',
        blake3hash: 'a'.repeat(64),
        syncHash: 'b'.repeat(64),
        sync_usn: 5_368_709_120_000,
        syncAttachmentId: '65f0c0ffee65f0c0f',
        fileStatus: 'synced',
        syncStatus: 'synced',
        syncMessage: 'Zeile eins\nZeile zwei',
        lastSync: '2026-03-24 10:15:00',
        hnr: 12,
        historyArt: 'Schreiben',
        historyText: 'An das Gericht',
        historyDatum: '2026-03-24',
      }
      const { id } = await fixtures.dokument(cAktenId, given)
      expect(await show(dokumente, id)).toMatchObject({ ...given, cAktenId, dokumentId: null })
    })

    it.each(['new', 'changed', 'synced', 'deferred', 'conflict', 'deleted', 'failed'])(
      'fileStatus can be %s',
      async (fileStatus) => {
        const { id } = await fixtures.akte()
        expect(await fixtures.dokument(id, { fileStatus })).toMatchObject({ fileStatus })
      },
    )

    it('the field dokument has the attributes dokumentId and dokumentName', async () => {
      const { id: cAktenId } = await fixtures.akte()
      const { id: dokumentId } = await fixtures.attachment('text', 'Größe.txt')
      const { id } = await fixtures.dokument(cAktenId, { dokumentId })
      expect(await show(dokumente, id)).toMatchObject({ dokumentId, dokumentName: 'Größe.txt' })
    })

    it('an Akte lists its documents', async () => {
      const akte = await fixtures.akte()
      const { id } = await fixtures.dokument(akte.id)
      const { json } = await wire.get(`${akten}/${akte.id}/dokumente`)
      expect(json.list.map((one: { id: string }) => one.id)).toEqual([id])
    })

    it('unknown attributes are ignored on write and absent on read', async () => {
      const { id } = await fixtures.akte({ nochNieGehoert: 'x' })
      expect(await show(akten, id)).not.toHaveProperty('nochNieGehoert')
      expect((await wire.put(`${akten}/${id}`, { nochNieGehoert: 'x' })).status).toBe(200)
    })
  })

  describe('Authentication', () => {
    it('takes the key, or a signature over method and path without query', async () => {
      expect((await wire.get(akten, { query: { maxSize: 1 } })).status).toBe(200)
    })

    it('answers a wrong key with 401 and nothing else', async () => {
      const answer = await fetch(`${installation.config.url}/${akten}`, { headers: { 'X-Api-Key': 'wrong' } })
      expect([answer.status, await answer.text()]).toEqual([401, ''])
    })
  })

  describe('Errors', () => {
    it('400: the header says the reason, the body names field and type', async () => {
      expectRefusal(await office.post(akten, { aktennummer: fixtures.nextNumber() }), 'name', 'required')
    })

    it('403: a link to what does not exist', async () => {
      const answer = await wire.post(dokumente, { name: 'Contract', cAktenId: '0000000000000000a' })
      expect(answer.status).toBe(403)
      expect(reasonOf(answer)).toMatch(/non-existing record/i)
    })

    it('403: no permission', async () => {
      expect((await wire.get('Role')).status).toBe(403)
      const { id } = await fixtures.akte()
      const deleted = await wire.delete(`${akten}/${id}`)
      expect([deleted.status, reasonOf(deleted)]).toEqual([403, 'No delete access.'])
      const made = await wire.post(akten, { name: 'Contract', aktennummer: fixtures.nextNumber() })
      expect([made.status, reasonOf(made)]).toEqual([403, 'No create access.'])
    })

    it('404: no such record, no such entity', async () => {
      expect((await wire.get(`${dokumente}/0000000000000000a`)).status).toBe(404)
      expect((await wire.get('NoSuchEntity')).status).toBe(404)
    })

    it('405: HTML', async () => {
      const answer = await wire.request('DELETE', akten)
      expect(answer.status).toBe(405)
      expect(answer.headers.get('content-type')).toContain('text/html')
    })

    it('500 without a body: malformed JSON', async () => {
      const malformed = await office.request('POST', akten, { body: '{"name":' })
      expect([malformed.status, malformed.text]).toEqual([500, ''])
    })
  })

  describe('Lists', () => {
    let cAktenId: string
    const ids: string[] = []
    beforeAll(async () => {
      cAktenId = (await fixtures.akte()).id
      for (const name of ['doc.pdf', 'Über Maß.pdf', 'zebra.pdf']) {
        ids.push((await fixtures.dokument(cAktenId, { name, dateipfad: name })).id)
        await anotherSecond()
      }
    })
    const list = (query: Record<string, string | number>, headers = {}) =>
      wire.get(dokumente, { query: { ...equals('cAktenId', cAktenId), ...query }, headers })

    it('answer total and list', async () => {
      const { json } = await list({})
      expect(json.total).toBe(3)
      expect(json.list).toHaveLength(3)
    })

    it('take 200 rows at most; one more is 403', async () => {
      expect((await list({ maxSize: 200 })).status).toBe(200)
      const answer = await list({ maxSize: 201 })
      expect(answer.status).toBe(403)
      expect(reasonOf(answer)).toContain('200')
    })

    it('select attributes, order and page', async () => {
      const query = { select: 'id,name', orderBy: 'createdAt', order: 'asc', offset: 1, maxSize: 1 }
      const { json } = await list(query)
      expect(json.total).toBe(3)
      expect(json.list).toEqual([expect.objectContaining({ id: ids[1], name: 'Über Maß.pdf' })])
      expect(json.list[0]).not.toHaveProperty('dateipfad')
      const descending = await list({ orderBy: 'name', order: 'desc' })
      expect(descending.json.list.map((one: { id: string }) => one.id)[0]).toBe(ids[2])
    })

    it('go on behind an id: greaterThan on id, ordered by id', async () => {
      const first = (await list({ orderBy: 'id', order: 'asc', maxSize: 2 })).json.list
      const after = {
        'where[1][type]': 'greaterThan',
        'where[1][attribute]': 'id',
        'where[1][value]': first[1].id,
      }
      const rest = (await list({ orderBy: 'id', order: 'asc', ...after })).json.list
      expect([...first, ...rest].map((one: { id: string }) => one.id)).toEqual([...ids].sort())
    })

    it('tell what changed at or after a time: greaterThanOrEquals on modifiedAt, that second included', async () => {
      const changed = (time: string) =>
        list({
          'where[1][type]': 'greaterThanOrEquals',
          'where[1][attribute]': 'modifiedAt',
          'where[1][value]': time,
        })
      const all = (await list({})).json.list as { modifiedAt: string }[]
      const newest =
        all
          .map(({ modifiedAt }) => modifiedAt)
          .sort()
          .at(-1) ?? ''
      const young = all.filter(({ modifiedAt }) => modifiedAt === newest)
      expect((await changed(newest)).json.list).toHaveLength(young.length)
      expect((await changed('2000-01-01 00:00:00')).json.list).toHaveLength(all.length)
      expect((await changed('2999-01-01 00:00:00')).json.list).toEqual([])
    })

    it('find several ids at once', async () => {
      const query = {
        'where[0][type]': 'in',
        'where[0][attribute]': 'id',
        'where[0][value][0]': ids[0] ?? '',
        'where[0][value][1]': ids[2] ?? '',
        'where[0][value][2]': '0000000000000000a',
      }
      const { json } = await wire.get(dokumente, { query })
      expect(json.list.map((one: { id: string }) => one.id).sort()).toEqual([ids[0], ids[2]].sort())
    })

    it('X-No-Total gives -1 for more and -2 for no more', async () => {
      const none = { 'X-No-Total': 'true' }
      expect((await list({ maxSize: 2 }, none)).json.total).toBe(-1)
      expect((await list({ maxSize: 3 }, none)).json.total).toBe(-2)
    })

    it.each([
      ['case', 'DOC.PDF'],
      ['accents', 'dóc.pdf'],
      ['trailing blanks', 'doc.pdf '],
      ['all of them', 'DÓC.PDF '],
    ])('equality ignores %s', async (_what, value) => {
      const query = {
        'where[1][type]': 'equals',
        'where[1][attribute]': 'dateipfad',
        'where[1][value]': value,
      }
      expect((await list(query)).json.list.map((one: { id: string }) => one.id)).toEqual([ids[0]])
    })
  })

  describe('Writing', () => {
    let cAktenId: string
    let id: string
    beforeAll(async () => {
      cAktenId = (await fixtures.akte()).id
      id = (await fixtures.dokument(cAktenId)).id
    })
    const put = (record: object) => wire.put(`${dokumente}/${id}`, record)

    it('POST answers 200 with the record', async () => {
      const answer = await wire.post(dokumente, { name: 'Contract', cAktenId })
      expect(answer.status).toBe(200)
      fixtures.keep(`${dokumente}/${answer.json.id}`)
    })

    it('PUT changes what it names and nothing else', async () => {
      await put({ dateipfad: 'a\\b.txt', historyArt: 'Schreiben' })
      await put({ historyArt: 'Vertrag' })
      expect(await show(dokumente, id)).toMatchObject({ dateipfad: 'a\\b.txt', historyArt: 'Vertrag' })
    })

    it('read-only attributes are ignored without a word', async () => {
      const { createdAt, createdById, modifiedAt } = await show(dokumente, id)
      const given = { createdAt: '2001-01-01 00:00:00', modifiedAt: '2001-01-01 00:00:00', createdById: 'x' }
      expect((await put(given)).status).toBe(200)
      const after = await show(dokumente, id)
      expect(after).toMatchObject({ createdAt, createdById })
      expect(after.modifiedAt >= modifiedAt).toBe(true)
    })

    it.each(['a<b', 'a>b', 'a=b'])('the name %s is refused', async (name) => {
      expectRefusal(await put({ name }), 'name', 'pattern')
    })

    it('enum null and an unknown option are refused', async () => {
      expectRefusal(await put({ fileStatus: null }), 'fileStatus', 'valid')
      expectRefusal(await put({ fileStatus: 'lost' }), 'fileStatus', 'valid')
    })

    it('a datetime is UTC with whole seconds; ISO with milliseconds is refused', async () => {
      expect((await put({ lastSync: '2026-03-24 10:15:00' })).status).toBe(200)
      expectRefusal(await put({ lastSync: '2026-03-24T10:15:00.000Z' }), 'lastSync', 'valid')
      expect((await put({ lastSync: null })).status).toBe(200)
      expect(await show(dokumente, id)).toMatchObject({ lastSync: null })
    })

    it('integers beyond 31 bits are refused, but for bigint fields', async () => {
      expectRefusal(await put({ hnr: 2_147_483_648 }), 'hnr', 'rangeInternal')
      expect((await put({ sync_usn: Number.MAX_SAFE_INTEGER })).status).toBe(200)
      expect(await show(dokumente, id)).toMatchObject({ sync_usn: Number.MAX_SAFE_INTEGER })
    })

    it('an empty text is kept as null', async () => {
      await put({ historyArt: '', syncMessage: '' })
      expect(await show(dokumente, id)).toMatchObject({ historyArt: null, syncMessage: null })
    })

    it('blanks around a text of one line are cut off; a text of several lines keeps them', async () => {
      await put({ historyArt: '  Schreiben  ', historyText: ' An das Gericht \n' })
      const { historyArt, historyText } = await show(dokumente, id)
      expect({ historyArt, historyText }).toEqual({
        historyArt: 'Schreiben',
        historyText: ' An das Gericht \n',
      })
    })
  })

  describe('modifiedAt', () => {
    it('changes with a real change only where there is no stream, and modifiedById tells who', async () => {
      const created = await fixtures.akte({ syncMessage: 'so' })
      expect(created.modifiedById ?? null).toBeNull()
      expect(created.modifiedAt).toMatch(TIME)
      expect(Math.abs(Date.parse(`${created.createdAt}Z`) - Date.now())).toBeLessThan(JUST_NOW_MS)
      await anotherSecond()
      await wire.put(`${akten}/${created.id}`, { syncMessage: 'so' })
      const same = await show(akten, created.id)
      expect([same.modifiedAt, same.modifiedById ?? null]).toEqual([created.modifiedAt, null])
      await wire.put(`${akten}/${created.id}`, { syncMessage: 'anders' })
      const changed = await show(akten, created.id)
      expect(changed.modifiedAt > created.modifiedAt).toBe(true)
      expect(changed.modifiedById).toBe((await wire.get('App/user')).json.user.id)
    })

    it('changes with every write where there is a stream, and so does the version', async () => {
      const { id: cAktenId } = await fixtures.akte()
      const created = await fixtures.dokument(cAktenId, { historyArt: 'Schreiben' })
      await anotherSecond()
      await wire.put(`${dokumente}/${created.id}`, { historyArt: 'Schreiben' })
      const same = await show(dokumente, created.id)
      expect(same.modifiedAt > created.modifiedAt).toBe(true)
      expect([same.modifiedById, same.versionNumber]).toEqual([
        created.createdById,
        created.versionNumber + 1,
      ])
    })
  })

  describe('Optimistic concurrency', () => {
    it('a stale version with another value is 409 with the current values', async () => {
      const { id: cAktenId } = await fixtures.akte()
      const { id, versionNumber } = await fixtures.dokument(cAktenId, { dateipfad: 'eins.txt' })
      const put = (dateipfad: string, headers = {}) =>
        wire.put(`${dokumente}/${id}`, { dateipfad }, { headers })
      expect((await put('zwei.txt')).status).toBe(200)
      const stale = { 'X-Version-Number': `${versionNumber}` }
      const refused = await put('drei.txt', stale)
      expect(refused.status).toBe(409)
      expect(refused.json.values).toMatchObject({ dateipfad: 'zwei.txt' })
      expect((await put('zwei.txt', stale)).status).toBe(200)
      const { versionNumber: current } = await show(dokumente, id)
      expect((await put('vier.txt', { 'X-Version-Number': `${current}` })).status).toBe(200)
      expect((await put('fuenf.txt')).status).toBe(200)
    })
  })

  describe('Attachments', () => {
    let cAktenId: string
    beforeAll(async () => {
      cAktenId = (await fixtures.akte()).id
    })
    const download = (id: string, headers = {}) => wire.get(`Attachment/file/${id}`, { headers })

    it('one request stores a file; GET tells size and time', async () => {
      const { id, size } = await fixtures.attachment('Grüße')
      expect(size).toBe(7)
      const shown = await show('Attachment', id)
      expect(shown).toMatchObject({ id, size: 7, createdAt: expect.stringMatching(TIME) })
      expect((await download(id)).text).toBe('Grüße')
    })

    it('chunks are appended, each answered by true', async () => {
      const pieces = [Buffer.alloc(CHUNK, 'a'), Buffer.alloc(10, 'b')]
      const { id } = await fixtures.announced(CHUNK + 10)
      for (const piece of pieces) expect((await fixtures.chunk(id, piece)).text).toBe('true')
      expect((await download(id)).text).toBe(Buffer.concat(pieces).toString())
      expect((await fixtures.chunk(id, 'more')).status).toBe(403)
    })

    it('a chunk that is sent twice is appended twice; the overrun is 500, and written', async () => {
      const { id } = await fixtures.announced(15)
      expect((await fixtures.chunk(id, '0123456789')).status).toBe(200)
      const answer = await fixtures.chunk(id, '0123456789')
      expect([answer.status, reasonOf(answer)]).toEqual([500, 'File size mismatch.'])
      expect((await download(id)).text).toBe('01234567890123456789')
    })

    it('an unfinished one can be downloaded and linked', async () => {
      const { id: dokumentId } = await fixtures.announced(100)
      await fixtures.chunk(dokumentId, 'half')
      expect((await download(dokumentId)).text).toBe('half')
      const { id } = await fixtures.dokument(cAktenId)
      expect((await wire.put(`${dokumente}/${id}`, { dokumentId })).status).toBe(200)
      expect(await show(dokumente, id)).toMatchObject({ dokumentId })
    })

    it('the settings tell the size limit', async () => {
      const { json } = await wire.get('Settings')
      expect(json.attachmentUploadMaxSize).toEqual(expect.any(Number))
    })

    it.each(['replaced', 'cleared'])('a %s file is erased at once', async (how) => {
      const { id: former } = await fixtures.attachment('former')
      const { id: next } = await fixtures.attachment('next')
      const { id } = await fixtures.dokument(cAktenId, { dokumentId: former })
      await wire.put(`${dokumente}/${id}`, { dokumentId: how === 'replaced' ? next : null })
      expect((await download(former)).status).toBe(404)
    })

    it('one that nothing links can be deleted', async () => {
      const { id } = await fixtures.attachment('orphan')
      expect((await wire.delete(`Attachment/${id}`)).status).toBe(200)
      expect((await download(id)).status).toBe(404)
    })

    it('a download has a raw UTF-8 name and neither ETag nor ranges', async () => {
      const { id } = await fixtures.attachment('0123456789', 'Größe.txt')
      const answer = await download(id, { Range: 'bytes=0-3' })
      expect([answer.status, answer.text]).toEqual([200, '0123456789'])
      expect(answer.headers.get('etag')).toBeNull()
      const disposition = Buffer.from(answer.headers.get('content-disposition') ?? '', 'latin1').toString()
      expect(disposition).toContain('Größe.txt')
      expect(answer.headers.get('content-length')).toBe('10')
    })
  })

  describe('Delete', () => {
    it('a deleted record answers 404 and is listed no more', async () => {
      const akte = await fixtures.akte()
      const { id } = await fixtures.dokument(akte.id)
      expect((await office.delete(`${dokumente}/${id}`)).status).toBe(200)
      expect((await wire.get(`${dokumente}/${id}`)).status).toBe(404)
      expect((await wire.get(dokumente, { query: equals('cAktenId', akte.id) })).json.total).toBe(0)
    })
  })

  describe('What the checks read', () => {
    it('App/user tells who asks and what the role allows', async () => {
      const { json } = await wire.get('App/user')
      expect(json.user).toMatchObject({ id: expect.any(String), type: 'api' })
      expect(json.acl.table[dokumente]).toMatchObject({ read: expect.any(String), create: 'yes' })
    })

    it('Metadata tells the fields', async () => {
      const { json } = await wire.get('Metadata', { query: { key: `entityDefs.${dokumente}` } })
      expect(json.fields.sync_usn).toMatchObject({ type: 'int', dbType: 'bigint' })
      expect(json.optimisticConcurrencyControl).toBe(true)
    })

    it('every answer has a Date header', async () => {
      const { headers } = await wire.get('App/user')
      expect(Math.abs(Date.parse(headers.get('date') ?? '') - Date.now())).toBeLessThan(JUST_NOW_MS)
    })
  })

  describe('Webhooks', () => {
    it('POST answers 201 with the secret, the list shows it too, the event cannot be changed', async () => {
      const event = `${dokumente}.fieldUpdate.dokument`
      const url = `http://${installation.listen.host}:${installation.listen.port}/`
      const answer = await wire.post('Webhook', { event, url, skipOwn: true })
      expect(answer.status).toBe(201)
      const { id, secretKey } = answer.json
      fixtures.keep(`Webhook/${id}`)
      expect(answer.json).toMatchObject({ event, skipOwn: true, isActive: true })
      const { json } = await wire.get('Webhook', { query: { maxSize: 200 } })
      expect(json.list).toContainEqual(expect.objectContaining({ id, event, secretKey }))
      expect((await wire.put(`Webhook/${id}`, { url: `${url}x` })).json.secretKey).toBe(secretKey)
    })

    it('an event of an unknown field is refused', async () => {
      const event = `${dokumente}.fieldUpdate.nochNieGehoert`
      const url = `http://${installation.listen.host}:${installation.listen.port}/`
      expect((await wire.post('Webhook', { event, url })).status).toBe(403)
    })

    it('an internal address that is on no list is refused from 9.3.2 on', async () => {
      const { json } = await wire.get('App/user')
      const hook = { event: `${dokumente}.delete`, url: 'http://127.0.0.1:9/', skipOwn: true }
      const answer = await wire.post('Webhook', hook)
      const isNewer = json.settings.version.localeCompare('9.3.2', 'en', { numeric: true }) >= 0
      if (isNewer) return expectRefusal(answer, 'url', 'notInternal')
      expect(answer.status).toBe(201)
      fixtures.keep(`Webhook/${answer.json.id}`)
    })

    it.runIf(delivers)('deliver an array of events, signed over the raw body', async () => {
      const kinds = ['create', 'fieldUpdate.dokument', 'delete']
      const listener = await WebhookListener.open(installation.listen)
      try {
        const hooks = new Map<string, { kind: string; secretKey: string }>()
        for (const kind of kinds) {
          const hook = { event: `${dokumente}.${kind}`, url: listener.url, skipOwn: false }
          const { json } = await wire.post('Webhook', hook)
          fixtures.keep(`Webhook/${json.id}`)
          hooks.set(json.id, { kind, secretKey: json.secretKey })
        }
        const { id: cAktenId } = await fixtures.akte()
        const { id } = await fixtures.dokument(cAktenId)
        const { id: dokumentId } = await fixtures.attachment('text', 'Größe.txt')
        await wire.put(`${dokumente}/${id}`, { dokumentId })
        await office.delete(`${dokumente}/${id}`)

        const delivered = (kind: string) =>
          listener.received.flatMap(({ signature, raw }) => {
            const [hookId = '', hex] = Buffer.from(signature, 'base64').toString().split(':')
            const hook = hooks.get(hookId)
            if (hook === undefined) return [] // another test's: it was made for the same address
            const expected = createHmac('sha256', hook.secretKey).update(raw)
            expect(hex).toBe(expected.digest('hex'))
            // Events from before their hook was made may come along.
            const events = JSON.parse(raw.toString()) as { id: string }[]
            return hook.kind === kind ? events.filter((event) => event.id === id) : []
          })
        const isDelivered = async () => {
          await installation.deliverWebhooks()
          return kinds.every((kind) => delivered(kind).length > 0)
        }
        await until('the three events', isDelivered, 150_000)
        expect(delivered('create')).toEqual([expect.objectContaining({ id, cAktenId })])
        expect(delivered('fieldUpdate.dokument')).toEqual([{ id, dokumentId, dokumentName: 'Größe.txt' }])
        expect(delivered('delete')).toEqual([{ id }])
      } finally {
        listener.close()
      }
    })
  })

  // Last: it shuts this address out.
  describe.runIf(throttles)('The login throttle', () => {
    it('after about 11 failed logins valid keys are refused too', async () => {
      const fail = async () =>
        (await fetch(`${installation.config.url}/${akten}`, { headers: { 'X-Api-Key': 'wrong' } })).status
      const statuses: number[] = []
      for (let attempt = 0; attempt < 14; attempt += 1) statuses.push(await fail())
      expect(statuses.at(0)).toBe(401)
      expect(statuses.at(-1)).toBe(403)
      const valid = await wire.get(akten)
      expect([valid.status, reasonOf(valid), valid.text]).toEqual([403, '', '']) // and says nothing
      installation.resetThrottle()
      await until(
        'the address to be let in again',
        async () => (await wire.get(akten)).status === 200,
        120_000,
      )
    })
  })
})
