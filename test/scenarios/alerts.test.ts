import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { AlertStore } from '../../services/alerts/alert-store'
import { watchAndTell } from '../../services/alerts/alert-tick'
import { withRuntime } from '../../services/app/runtime'
import { systemClock } from '../../services/clock'
import { KEYS } from '../../services/redis/keys'
import { run } from '../support/commands'
import { collector, minutesAgo, openOffice, type ScenarioOffice } from './office'
import { type MailServer, startChat, startMailServer } from './people-told'

const MINUTE = 60_000
const PASSWORD = 'Geheim-1234/äß'

/** An office that mails, and what its next look tells; `minutes`: so much later by the clock. */
async function alertedOffice(settings: Record<string, string> = {}) {
  const office = await openOffice()
  const mail = await startMailServer({ user: 'sync@kanzlei.example', pass: PASSWORD })
  office.set({
    ALERT_SMTP_URL: mail.url,
    ALERT_MAIL_FROM: 'Document Sync <sync@kanzlei.example>',
    ALERT_MAIL_TO: 'it@kanzlei.example, chefin@kanzlei.example',
    ...settings,
  })
  const log: string[] = []
  const look = (minutes = 0): Promise<void> => {
    const clock = { ...systemClock, now: () => new Date(Date.now() + minutes * MINUTE) }
    return withRuntime({ logger: collector(log) }, (runtime) => watchAndTell({ ...runtime, clock }))
  }
  return { office, mail, look, log }
}

const fail = (office: ScenarioOffice, akte: string, reason: string) =>
  office.redis.hset(
    KEYS.failed,
    akte,
    JSON.stringify({ reason, attempts: 8, time: new Date().toISOString() }),
  )
const subjects = ({ mails }: MailServer) => mails.map(({ subject }) => subject)

it('a safety stop: one mail to everybody when it begins, one when it is over, nothing in between', async () => {
  const { office, mail, look } = await alertedOffice()
  await office.agreed({ 'Klage Müller.docx': 'Klage' })
  await look()
  expect(mail.mails).toEqual([])

  await office.watcher.remove('12345', 'Klage Müller.docx')
  expect((await office.sync()).report?.result).toBe('stopped')
  await look()
  await look(1)
  expect(subjects(mail)).toEqual(['Document Sync: Sicherheitsstopp (1 Akte)'])
  const [first] = mail.mails
  expect(first).toMatchObject({
    from: 'sync@kanzlei.example',
    to: ['it@kanzlei.example', 'chefin@kanzlei.example'],
  })
  expect(first?.text).toContain('1 Akte wurde angehalten')
  expect(first?.text).toContain('npm run sync -- AKTENNUMMER --force')
  expect(first?.raw).not.toMatch(/12345|Klage/)
  expect(await office.redis.get(KEYS.alerts)).not.toMatch(/12345|Klage/)

  await office.redis.hdel(KEYS.stopped, '12345')
  await look(2)
  await look(3)
  expect(subjects(mail)).toEqual([
    'Document Sync: Sicherheitsstopp (1 Akte)',
    'Document Sync: vorbei: Sicherheitsstopp',
  ])
})

it('ALERT_DETAILS=true names Akten and reasons; what they hide is shown', async () => {
  const { office, mail, look } = await alertedOffice({ ALERT_DETAILS: 'true', SYNC_LANGUAGE: 'en' })
  await fail(office, '12345', 'The file "Klage\u202e\u001b[31m.docx" is missing')
  await look()
  expect(mail.mails[0]?.text).toContain('12345: The file "Klage\\u202e␛[31m.docx" is missing')
  expect(mail.mails[0]?.subject).toBe('Document Sync: Akten given up (1 Akte)')
})

it('fifty Akten with one cause are one message, others with another cause a second one', async () => {
  const { office, mail, look } = await alertedOffice()
  for (let at = 0; at < 50; at++) await fail(office, `1${at}`, `EspoCRM refuses Akte 1${at}`)
  await look()
  await fail(office, '777', 'The disk is full: Schriftsatz Meier.docx')
  await look(1)
  expect(subjects(mail)).toEqual([
    'Document Sync: Akten aufgegeben (50 Akten)',
    'Document Sync: Akten aufgegeben (1 Akte)',
  ])
  expect(mail.mails.map(({ raw }) => raw).join()).not.toMatch(/Meier|777/)
})

it('several servers that look at once tell once', async () => {
  const { office, mail, look } = await alertedOffice()
  await office.redis.set(KEYS.paused, 'Umzug')
  await Promise.all([look(), look(), look(), look()])
  await look(1)
  expect(subjects(mail)).toEqual(['Document Sync: Abgleich pausiert'])
})

it('a mail server that is down stops nothing and loses nothing: all of it arrives later, as one mail', async () => {
  const chat = await startChat()
  const { office, mail, look, log } = await alertedOffice({ ALERT_WEBHOOK_URL: `${chat.url}/services/T/B/x` })
  mail.refuses(451)
  await office.redis.set(KEYS.paused, 'Umzug Meier')
  await look()
  await office.redis.del(KEYS.paused)
  await fail(office, '12345', 'x')
  await look(1)
  await look(2)
  expect(mail.mails).toEqual([])
  expect(chat.posted).toHaveLength(2)
  expect(log.join('\n')).toContain('❌ People could not be told by mail, tried again later')

  mail.refuses(null)
  await look(60)
  expect(subjects(mail)).toEqual(['Document Sync: 3 Meldungen (Abgleich pausiert, Akten aufgegeben)'])
  expect(mail.mails[0]?.text).toMatch(/Abgleich pausiert[\s\S]*(Vorbei: Abgleich pausiert|Akten aufgegeben)/)
  expect(mail.mails[0]?.text).not.toContain('Meier')
})

it('a chat that answers an error is asked again later', async () => {
  const chat = await startChat()
  const office = await openOffice()
  office.set({ ALERT_WEBHOOK_URL: `${chat.url}/hooks/geheim-4711` })
  chat.answers(500)
  await office.redis.set(KEYS.paused, 'x')
  const log: string[] = []
  const look = (minutes: number) =>
    withRuntime({ logger: collector(log) }, (runtime) =>
      watchAndTell({
        ...runtime,
        clock: { ...systemClock, now: () => new Date(Date.now() + minutes * MINUTE) },
      }),
    )
  await look(0)
  chat.answers(200)
  await look(0.5)
  expect(chat.posted).toEqual([])
  await look(1.5)
  expect(chat.posted).toHaveLength(1)
  expect(log.join('\n')).toContain('HTTP 500')
  expect(`${log.join('\n')}${await office.redisText()}`).not.toContain('geheim-4711')
})

it('the password of the mail server stands nowhere, not even when it is refused', async () => {
  const { office, mail, look, log } = await alertedOffice()
  office.set({ ALERT_SMTP_URL: mail.url.replace(encodeURIComponent(PASSWORD), 'Falsch-geheim-99') })
  await office.redis.set(KEYS.paused, 'x')
  await look()
  expect(log.join('\n')).toContain('EAUTH 535')
  const everything = `${log.join('\n')}\n${await office.redisText()}`
  for (const secret of ['Falsch-geheim-99', PASSWORD, encodeURIComponent(PASSWORD), 'it@kanzlei.example'])
    expect(everything).not.toContain(secret)
})

it('no more messages in an hour than ALERT_PER_HOUR; what was held back comes with the next one', async () => {
  const { office, mail, look } = await alertedOffice({ ALERT_PER_HOUR: '2' })
  for (const minute of [0, 2, 4, 6]) {
    await fail(office, `${minute}`, `cause ${'abcdefg'[minute]}`)
    await look(minute)
  }
  expect(mail.mails).toHaveLength(2)
  await look(61)
  expect(mail.mails).toHaveLength(3)
  expect(mail.mails[2]?.text).toContain('2 Akten wurden aufgegeben')
})

it('a system that is away for long, an Akte that waits for long, and what passes by itself', async () => {
  const { office, mail, look } = await alertedOffice({ ALERT_AFTER_MINUTES: '30' })
  office.addAkte()
  await office.redis.sadd(KEYS.pending, '12345')
  await office.redis.zadd(KEYS.waitingSince, Date.now() - 10 * MINUTE, '12345')
  await office.watcher.close()
  await look()
  await look(29)
  expect(mail.mails).toEqual([])
  await look(31)
  expect(subjects(mail)).toEqual(['Document Sync: System nicht erreichbar'])
  expect(mail.mails[0]?.text).toContain('Der Windows-Dateiserver antwortet nicht.')

  await office.redis.zadd(KEYS.waitingSince, Date.now() - 31 * MINUTE, '12345')
  await look(32)
  expect(mail.mails[1]?.subject).toBe('Document Sync: Akten warten lange (1 Akte)')
})

it('a document that somebody has open is no Akte that waits for long, until it is open for a day', async () => {
  const { office, mail, look } = await alertedOffice({ ALERT_AFTER_MINUTES: '30' })
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.watcher.write('12345', '~$Klage.docx', 'x')
  await office.espo.replaceFile(office.dokument('Klage.docx').id, 'Klage 2')
  expect((await office.sync()).report?.result).toBe('deferred')
  await office.redis.zadd(KEYS.waitingSince, Date.now() - 5 * 60 * MINUTE, '12345')
  await look()
  expect(mail.mails).toEqual([])
  await office.redis.zadd(KEYS.waitingSince, Date.now() - 25 * 60 * MINUTE, '12345')
  await look()
  expect(subjects(mail)).toEqual(['Document Sync: Akten warten lange (1 Akte)'])
})

it('drift, a folder that cannot be written and an audit log that was changed', async () => {
  const { office, mail, look } = await alertedOffice({ ALERT_AFTER_MINUTES: '1' })
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.redis.hset(KEYS.drift, 'EspoCRM:found', '3')
  await look()
  expect(mail.mails).toEqual([])
  await look(2)
  expect(subjects(mail)).toEqual(['Document Sync: Änderungen ohne Meldung'])
  expect(mail.mails[0]?.text).toContain('3 Änderungen in EspoCRM')

  const folder = process.env.SYNC_AUDIT_DIR ?? ''
  const [name = ''] = (await readdir(folder)).filter((one) => one.endsWith('.jsonl'))
  const whole = await readFile(join(folder, name), 'utf8')
  await writeFile(join(folder, name), whole.replace('Klage.docx', 'Klaxe.docx'))
  await look(3)
  expect(mail.mails[1]?.subject).toBe('Document Sync: Protokoll nicht bestätigt')
  await writeFile(join(folder, name), whole)
  await look(4)
  expect(mail.mails[2]?.subject).toBe('Document Sync: vorbei: Protokoll nicht bestätigt')

  const file = join(office.dir, 'a file')
  await appendFile(file, '')
  office.set({ SYNC_ARCHIVE_DIR: file })
  await look(5)
  expect(mail.mails[3]?.text).toMatch(/Archiv \(.*\): nicht beschreibbar\./)
})

it('the daily summary comes once a day, after its time by the office’s clock', async () => {
  // A zone where it is noon now, so that no minute of the test is in another day.
  const ahead = 12 - new Date().getUTCHours()
  const zone = `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`
  const clock = (minutes: number) =>
    new Date(Date.now() + minutes * MINUTE).toLocaleTimeString('sv', { timeZone: zone, timeStyle: 'short' })
  const { office, mail, look } = await alertedOffice({ SYNC_TIME_ZONE: zone, ALERT_DAILY_AT: clock(5) })
  await office.agreed({ 'Klage.docx': 'Klage' })
  await office.watcher.write('12345', 'Klage.docx', 'Klage aus Word', minutesAgo(60))
  await office.espo.replaceFile(office.dokument('Klage.docx').id, 'Klage aus EspoCRM')
  await office.sync()
  await fail(office, '99', 'Kaputt: Akte Meier')
  for (const minutes of [2, 5, 6, 7]) await look(minutes)
  const daily = mail.mails.filter(({ subject }) => subject.includes('Tagesbericht'))
  expect(daily).toHaveLength(1)
  expect(daily[0]?.text).toContain('1 von 1 Akte in den letzten 24 Stunden übereinstimmend')
  expect(daily[0]?.text).toContain('1 Akte aufgegeben (Ursachen: npm run status -- --state failed)')
  expect(daily[0]?.text).toMatch(
    /Konflikte der letzten 24 Stunden\n {3}1; ins Archiv kam 1-mal die Fassung aus Windows/,
  )
  expect(daily[0]?.text).toContain('1 aus Konflikten')
  expect(daily[0]?.text).not.toMatch(/Meier|Klage|12345/)
  await look(24 * 60 + 7)
  expect(mail.mails.filter(({ subject }) => subject.includes('Tagesbericht'))).toHaveLength(2)
})

it('without a channel nothing is looked at, and nothing is remembered', async () => {
  const office = await openOffice()
  await office.redis.set(KEYS.paused, 'x')
  await withRuntime({ logger: collector([]) }, watchAndTell)
  expect(await office.redis.exists(KEYS.alerts)).toBe(0)
  expect(office.requests()).toEqual([])
  expect(await new AlertStore(office.redis).read()).toMatchObject({ open: {} })
})

/** `npm run alert`, as a person types it. */
const alertCommand = async (...args: string[]) => {
  const { code, out, err } = await run('alert', ...args)
  return { code, text: `${out}${err}` }
}

it('npm run alert -- --test sends one of each by both ways; without --test it says what is open', async () => {
  const chat = await startChat()
  const { office, mail, look } = await alertedOffice({ ALERT_WEBHOOK_URL: `${chat.url}/hooks/x` })
  expect(await alertCommand('--test')).toMatchObject({
    code: 0,
    text: '✅ 2 Testnachrichten gesendet (E-Mail)\n✅ 2 Testnachrichten gesendet (Chat)\n',
  })
  expect(subjects(mail)).toEqual([
    expect.stringMatching(/^\[Test\] Document Sync: 11 Meldungen/),
    '[Test] Document Sync: Tagesbericht',
  ])
  expect(chat.posted).toHaveLength(2)
  expect(await office.redis.exists(KEYS.alerts)).toBe(0)

  mail.refuses(550)
  const refused = await alertCommand('--test')
  expect(refused).toMatchObject({ code: 1 })
  expect(refused.text).toContain('❌ The mail server did not take it: EMESSAGE 550 (E-Mail)')
  await office.redis.set(KEYS.paused, 'x')
  await look()
  const { text } = await alertCommand()
  expect(text).toMatch(/1 Meldung ist offen:\n {3}Abgleich pausiert .*Es werden keine Akten mehr abgeholt\./)
  expect(text).toContain('E-Mail: 1 warten, 1 Versuch vergeblich')
  expect(text).toContain('Chat: nichts wartet')
}, 60_000)

it('npm run alert -- --test without a channel says that nobody is told', async () => {
  await openOffice()
  expect(await alertCommand('--test')).toMatchObject({
    code: 1,
    text: expect.stringContaining('Weder ALERT_SMTP_URL noch ALERT_WEBHOOK_URL ist gesetzt'),
  })
}, 60_000)
