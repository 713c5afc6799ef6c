import { expect, it } from 'vitest'
import { postToChat } from '../../services/alerts/chat-channel'
import { exampleNews } from '../../services/alerts/example-news'
import { sendMail } from '../../services/alerts/mail-channel'
import type { AlertKind, DailySummary, News, Trouble } from '../../services/model/alert'
import { alertMessage } from '../../services/text/alerts'
import { startChat, startMailServer } from '../scenarios/people-told'

const NOW = Date.parse('2026-11-26T11:05:00Z')
const DE = { language: 'de', timeZone: 'Europe/Berlin', hasDetails: false } as const
const EN = { ...DE, language: 'en' } as const
const KINDS: AlertKind[] = [
  ...(['stopped', 'paused', 'failed', 'pending', 'polling', 'emptied'] as const),
  ...(['system', 'drift', 'folder', 'audit'] as const),
]
const SUMMARY: DailySummary = {
  freshness: {
    at: new Date(NOW).toISOString(),
    total: 1200,
    agreed: 1190,
    never: 2,
    oldest: new Date(NOW - 3 * 24 * 3600_000).toISOString(),
  },
  paused: true,
  counts: { pending: 3, processing: 1, failed: 5, stopped: 1 },
  causes: [
    { cause: null, akten: 4 },
    { cause: 'EspoCRM: 403 …', akten: 1 },
  ],
  flagged: [{ reason: 'name taken', files: 2 }],
  flaggedAkten: 1,
  conflicts: { Windows: 1, EspoCRM: 2 },
  drift: [{ side: 'EspoCRM', changes: 7 }],
  archived: { agreed: 40, conflict: 3, lastCopy: 1, bytes: 5 * 1024 * 1024 },
}
const HOSTILE = '![x](http://evil.example/a.png) <!channel> @all <https://evil.example|hier> ``` *b*'
const named: Trouble = {
  ...{ kind: 'stopped', about: null, host: null, count: 1, newest: 0, figure: null, detail: null },
  named: [{ aktennummer: '12345', reason: HOSTILE }],
}
const details = alertMessage([{ event: 'begin', at: NOW, since: NOW, trouble: named }], 0, {
  ...DE,
  hasDetails: true,
})

/** Words of one language in a text of the other one. */
const ENGLISH = /\b(the|and|are|is|since|were|files?|over|needs|nothing|none|to)\b/
const GERMAN = /\b(der|die|das|und|ist|sind|seit|wurde|wurden|Dateien|keine|nicht|bis|braucht)\b/

it('every kind of news is told in German, whole, and in English', () => {
  const news = exampleNews(NOW)
  expect(new Set(news.map((one) => (one.event === 'summary' ? '' : one.trouble.kind)))).toEqual(
    new Set(KINDS),
  )
  const all: News[] = [...news, { event: 'summary', at: NOW, summary: SUMMARY }]
  const overs: News[] = news.map((one) => ({ ...one, event: 'over' }) as News)
  for (const list of [all, overs]) {
    const [german, english] = [alertMessage(list, 2, DE), alertMessage(list, 2, EN)]
    expect(`${german.subject}\n${german.text}`).not.toMatch(ENGLISH)
    expect(`${english.subject}\n${english.text}`).not.toMatch(GERMAN)
    expect(german.text).toContain('… und 2 weitere Meldungen')
    expect(`${german.text}${english.text}`).not.toMatch(/undefined|null|NaN|\[object/)
  }
})

it('the summary says what agrees, what needs a person, and what the day brought', () => {
  const { subject, text } = alertMessage([{ event: 'summary', at: NOW, summary: SUMMARY }], 0, DE)
  expect(subject).toBe('Document Sync: Tagesbericht')
  for (const part of [
    'Tagesbericht, 26.11.2026, 12:05',
    'Der ganze Abgleich ist pausiert.',
    '1.190 von 1.200 Akten',
    '1 Akte mit Sicherheitsstopp',
    '4 Akten aufgegeben (Ursachen: npm run status -- --state failed)',
    '1 Akte aufgegeben: EspoCRM: 403 …',
    '2 × Name belegt',
    '3; ins Archiv kam 1-mal die Fassung aus Windows, 2-mal die aus EspoCRM',
    'EspoCRM: 7 Änderungen',
    '44 Fassungen (5,0 MB)',
  ])
    expect(text).toContain(part)
})

it('a subject is one line, whatever a cause has in it', () => {
  const trouble: Trouble = { ...named, kind: 'failed', about: 'a\r\nBcc: b@example.com', named: [] }
  const { subject, text } = alertMessage([{ event: 'begin', at: NOW, since: NOW, trouble }], 0, EN)
  expect(subject).not.toMatch(/[\r\n]/)
  expect(text).toContain('a␍␊Bcc: b@example.com')
})

it('Slack and Mattermost: text in a code block, where nothing is formatted, loaded or called', async () => {
  const chat = await startChat()
  await postToChat({ url: `${chat.url}/services/T/B/x`, kind: 'slack' }, details)
  await postToChat({ url: `${chat.url}/hooks/x`, kind: 'mattermost' }, details)
  const [slack, mattermost] = chat.posted.map(({ body }) => `${body.text}`)
  expect(slack).toMatch(/^\*Document Sync: Sicherheitsstopp \(1 Akte\)\*\n```\n/)
  expect(slack).not.toContain('<')
  expect(slack).toContain('&lt;!channel&gt;')
  for (const text of [slack, mattermost]) expect(text?.split('```')).toHaveLength(3)
  expect(mattermost).toContain('![x](http://evil.example/a.png)')
  expect(chat.posted[1]).toMatchObject({ path: '/hooks/x', headers: { 'content-type': 'application/json' } })
})

it('Teams: an Adaptive Card of RichTextBlocks, which know no Markdown', async () => {
  const chat = await startChat()
  await postToChat({ url: `${chat.url}/workflows/x?sig=y`, kind: 'teams' }, details)
  expect(chat.posted[0]?.path).toBe('/workflows/x?sig=y')
  type Card = { contentType: string; content: { body: unknown[] } }
  const [card] = (chat.posted[0]?.body.attachments ?? []) as Card[]
  expect(chat.posted[0]?.body.type).toBe('message')
  expect(card?.contentType).toBe('application/vnd.microsoft.card.adaptive')
  expect(card?.content).toMatchObject({ type: 'AdaptiveCard', version: '1.2' })
  expect(card?.content.body.every((block) => (block as { type: string }).type === 'RichTextBlock')).toBe(true)
  expect(JSON.stringify(card)).toContain('<!channel>')
})

it('ntfy: topic, title and message at the root, below the size of an attachment', async () => {
  const chat = await startChat()
  const long = { subject: 'Überschrift', text: 'ä'.repeat(10_000) }
  await postToChat({ url: `${chat.url}/base/kanzlei`, kind: 'ntfy' }, long)
  const [{ path, body } = { path: '', body: {} as Record<string, unknown> }] = chat.posted
  expect(path).toBe('/base/')
  expect(body).toMatchObject({ topic: 'kanzlei', title: 'Überschrift' })
  expect(Buffer.byteLength(`${body.message}`)).toBeLessThan(4096)
  expect(`${body.message}`).toMatch(/^ä+ …$/)
})

it('a mail has umlauts, no other recipient, and is marked as automatic', async () => {
  const mail = await startMailServer()
  const { hostname, port } = new URL(mail.url)
  const server = { host: hostname, port: Number(port), secure: false, login: undefined }
  await sendMail({ server, from: 'Büro <a@kanzlei.example>', to: ['b@kanzlei.example'] }, details)
  expect(mail.mails[0]).toMatchObject({ to: ['b@kanzlei.example'], subject: details.subject })
  expect(mail.mails[0]?.text.trimEnd()).toBe(details.text.trimEnd())
  expect(mail.mails[0]?.raw).toContain('Auto-Submitted: auto-generated')
})

it('a server that is none, or that wants a login without TLS, gets no password and says so shortly', async () => {
  const from = 'a@kanzlei.example'
  const login = { user: 'u', pass: 'geheim' }
  const gone = { host: '127.0.0.1', port: 1, secure: false, login }
  const problem = await sendMail({ server: gone, from, to: [from] }, details).catch((error: Error) => error)
  expect(problem).toMatchObject({ name: 'RetryLaterError', message: expect.stringContaining('ESOCKET') })

  const mail = await startMailServer(login)
  // By a name that is not this machine's own, a password goes nowhere without TLS.
  const other = { host: 'localhost.', port: Number(new URL(mail.url).port), secure: false, login }
  const refused = await sendMail({ server: other, from, to: [from] }, details).catch((error: Error) => error)
  expect(refused).toMatchObject({ name: 'RetryLaterError' })
  expect(`${refused}`).not.toMatch(/geheim|kanzlei/)
  expect(mail.mails).toEqual([])

  const closed = await postToChat({ url: `http://127.0.0.1:1/hooks/geheim`, kind: 'slack' }, details).catch(
    (error: Error) => error,
  )
  expect(`${closed}`).toBe('RetryLaterError: The chat did not take it: ECONNREFUSED')
})
