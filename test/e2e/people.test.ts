import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { addUser } from '../../services/access/admin-users'
import { readAudit } from '../../services/audit/audit-reader'
import { install, MINUTE, until } from '../../testkit/installation'
import { startMailServer } from '../scenarios/people-told'

const TOKEN = 'a-token-of-an-administrator'

it(
  'an operator pauses the office by name, may not force, and everybody is told by mail',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'people-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const [users, audit] = [join(folder, 'users.json'), join(folder, 'audit')]
    const anna = await addUser(users, 'anna', 'operate')
    const mail = await startMailServer()
    const installation = await install({
      seed: async () => {},
      env: {
        SYNC_ADMIN_TOKEN: TOKEN,
        SYNC_ADMIN_USERS_FILE: users,
        SYNC_AUDIT_DIR: audit,
        ALERT_SMTP_URL: mail.url,
        ALERT_MAIL_FROM: 'a@kanzlei.example',
        ALERT_MAIL_TO: 'b@kanzlei.example',
      },
    })
    onTestFinished(() => installation.close())
    const post = (path: string, body: object) =>
      fetch(`${installation.motia.url}${path}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${anna}`, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
    expect((await post('/akten/pause', { reason: 'Umzug' })).status, installation.motia.output()).toBe(200)
    expect((await post('/akten/12345/sync', { force: true })).status).toBe(403)
    expect((await post('/akten/12345/sync', {})).status).toBe(202)
    expect((await post('/__motia/state', {})).status).toBe(403)

    const lines: string[] = []
    for await (const line of readAudit(audit)) lines.push(`${line.action} ${line.aktennummer} ${line.reason}`)
    expect(lines).toEqual(['PAUSE  anna: Umzug', 'ASK_SYNC 12345 anna'])
    await until('a mail', () => mail.mails.length > 0, 2 * MINUTE)
    expect(mail.mails[0]?.subject).toBe('Document Sync: Abgleich pausiert')
    expect(installation.motia.output()).not.toContain('anna')
  },
  5 * MINUTE,
)
