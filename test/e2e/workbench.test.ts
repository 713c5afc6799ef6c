import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, rm } from 'node:fs/promises'
import { get } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { ensureChromium } from '../../scripts/ensure-chromium.mjs'
import { type Installation, install, until } from '../../testkit/installation'

const TOKEN = 'the-administrators-token'
const AKTE = '12345'
const PATIENCE = 60_000
const OPTIONS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']

let firm: Installation
let browser: Browser
let context: BrowserContext
let page: Page

beforeAll(async () => {
  // People click at once here: no file counts as one that somebody still works on.
  const env = { SYNC_ADMIN_TOKEN: TOKEN, SYNC_LANGUAGE: 'en', SYNC_QUIET_SECONDS: '0' }
  firm = await install({ seed: seedTypicalAkte, env: { ...env, SYNC_ARCHIVE: 'conflicts' } })
  browser = await chromium.launch({ executablePath: await ensureChromium(), args: OPTIONS })
  context = await browser.newContext({ viewport: { width: 1600, height: 1200 }, acceptDownloads: true })
  page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
})
afterAll(async () => {
  await browser?.close()
  await firm?.close()
})

const ask = (path: string, init: RequestInit = {}) =>
  fetch(`${firm.motia.url}${path}`, {
    ...init,
    headers: { authorization: `Bearer ${TOKEN}`, ...init.headers },
  })
const tab = () => page.getByTestId('document-sync')
const row = (aktennummer: string) => page.getByTestId(`akte-${aktennummer}`)
const status = () => tab().getByRole('status').textContent()
const button = (name: string | RegExp) => tab().getByRole('button', { name })

/** What the server answers to a browser that wants a WebSocket; 101 would be one. */
const upgradeStatus = (port: number) =>
  new Promise<number | undefined>((done, failed) => {
    const headers = { connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-version': '13' }
    const key = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' }
    const request = get({ host: '127.0.0.1', port, headers: { ...headers, ...key } })
    request.once('response', ({ statusCode }) => done(statusCode))
    request.once('upgrade', ({ statusCode }) => done(statusCode))
    request.once('error', failed)
  })

/** What an automatic check of accessibility has to object to on this part of the page. */
async function objections(selector: string): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  await page.evaluate(source)
  return page.evaluate(async (part) => {
    const { axe } = window as unknown as {
      axe: { run(part: string): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run(part)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  }, selector)
}

describe('without the token', () => {
  it('nothing answers but health', async () => {
    for (const path of ['/', '/akten', '/metrics', '/archive', '/__motia', '/src/main.tsx']) {
      expect([path, (await fetch(`${firm.motia.url}${path}`)).status]).toEqual([path, 401])
    }
    // On a machine whose processors are all busy a system may answer too late for one report.
    const health = async () => (await fetch(`${firm.motia.url}/health`)).json() as Promise<{ status: string }>
    await until('a report that all is well', async () => (await health()).status === 'ok')
    expect(await health()).toMatchObject({ ready: true })
  })

  it('no socket opens, neither the streams nor the reload socket of the Workbench', async () => {
    const port = Number(new URL(firm.motia.url).port)
    for (const at of [port, port + 21678]) expect([at, await upgradeStatus(at)]).toEqual([at, 401])
  })
})

describe('an administrator at the browser', () => {
  it('logs in', async () => {
    await page.goto(firm.motia.url)
    expect(await objections('body')).toEqual([])
    await page.getByLabel(/Administrator token/).fill('not the token')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    await page.getByLabel(/Administrator token/).fill(TOKEN)
    await page.getByRole('button', { name: 'Log in' }).click()
    await page.getByTestId('document sync-link').waitFor()
  })

  it('sees the flow: what each part is, its keys and its live numbers', async () => {
    const node = (name: string) => page.locator('.react-flow__node', { hasText: name })
    await node('Cron Poller').getByText('every 10 seconds').waitFor()
    await node('Operator').getByText('SADD advoware:pending_aktennummern 12345').waitFor()
    for (const number of ['pending', 'processing']) {
      await node('Cron Poller').getByRole('listitem').filter({ hasText: number }).getByText('0').waitFor()
    }
    await node('Event Handler').getByText(/free$/).waitFor()
    for (const system of ['Windows Watcher', 'The practice software', 'The documents that staff']) {
      await node(system).getByText('answers').waitFor()
    }
    expect(await page.locator('.react-flow__node').count()).toBeGreaterThanOrEqual(8)
  })

  it('sees finished ticks as finished among the traces, also after a reload and after others came', async () => {
    const list = 'motia:trace:default'
    const ids = await until('two finished ticks', async () => {
      const groups = Object.entries(await firm.redis.hgetall(list))
      const finished = groups.filter(([, json]) => JSON.parse(json).status === 'completed')
      return finished.length < 2 ? undefined : finished.map(([id]) => id)
    })
    await page.getByTestId('tracing-link').click()
    for (const id of ids) {
      const group = page.getByTestId(`trace-${id}`)
      await group.getByText('1 steps').waitFor()
      await group.getByText(/^[\d.]+m?s$/).waitFor() // the duration stands for "completed"
      expect(await group.getByText(/running|active/).count()).toBe(0)
    }
    const known = await firm.redis.hlen(list)
    await until('another tick', async () => (await firm.redis.hlen(list)) > known)
    await page.reload()
    await page.getByTestId('tracing-link').click()
    for (const id of ids) await page.getByTestId(`trace-${id}`).getByText('1 steps').waitFor()
    await page.getByTestId('logs-link').click()
  })

  it('opens the tab on the first day', async () => {
    await page.getByTestId('document sync-link').click()
    await tab().getByText('No Akte was synced yet').waitFor()
    expect(await objections('.document-sync')).toEqual([])
  })

  it('adds Akten by the keyboard alone, and keeps what is none in the field', async () => {
    await button('Add Akten').focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog', { name: 'Add Akten' })
    await dialog.waitFor()
    expect(await objections('dialog')).toEqual([])
    await page.keyboard.type('999/99; 998/99\n?Akte')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await dialog.getByText('1 Aktennummer could not be added').waitFor()
    expect(await dialog.getByRole('textbox').inputValue()).toBe('?Akte')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Add Akten')
  })

  it('follows a running sync by its progress', async () => {
    firm.office.watcher.faults.set([{ mode: 'slow', ms: 6000, match: { method: 'GET', path: /^\/file$/ } }])
    const answer = await ask(`/akten/${AKTE}/sync`, { method: 'POST' })
    expect([answer.status, await answer.json()]).toEqual([202, { accepted: [AKTE], rejected: [] }])
    await row(AKTE).getByRole('progressbar').waitFor()
    await row(AKTE)
      .getByText(/Syncing files · \d of 9 files/)
      .waitFor()
    firm.office.watcher.faults.clear()
    await row(AKTE).getByText('In sync').waitFor()
    expect(await row(AKTE).getByRole('progressbar').count()).toBe(0)
  })

  it('reads what was done with each file and why', async () => {
    await row(AKTE).getByRole('button', { name: AKTE, exact: true }).press('Enter')
    const details = page.getByTestId('akte-details')
    await details.getByRole('rowheader', { name: 'Schriftsätze/Vergleichsvorschlag.docx' }).waitFor()
    await details.getByText('conflict', { exact: true }).waitFor()
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe(`Akte ${AKTE}`)
    expect(await objections('.document-sync')).toEqual([])
    await page.evaluate(() => document.body.classList.remove('dark'))
    expect(await objections('.document-sync')).toEqual([])
    await page.evaluate(() => document.body.classList.add('dark'))
  })

  it('asks what a sync would do now', async () => {
    await page.getByRole('tab', { name: 'Reports' }).focus()
    await page.keyboard.press('ArrowRight')
    await page.getByRole('tab', { name: 'Plan', selected: true }).waitFor()
    await page.getByText('Nothing to do: 9 files are in agreement.').waitFor()
  })

  it('downloads both versions of a conflict, and each download is in the audit log', async () => {
    await page.getByRole('tab', { name: 'Versions' }).click()
    const links = page.getByRole('link', { name: /^Download the (Windows|EspoCRM) version$/ })
    await links.first().waitFor()
    expect(await links.count()).toBe(2)
    const contents: string[] = []
    for (const link of await links.all()) {
      const [download] = await Promise.all([page.waitForEvent('download'), link.click()])
      expect(download.suggestedFilename()).toBe('Vergleichsvorschlag.docx')
      contents.push(`${await readFile(await download.path())}`)
    }
    expect(new Set(contents).size).toBe(2)
    expect(contents).toContain(
      `${await firm.office.watcher.read(AKTE, 'Schriftsätze/Vergleichsvorschlag.docx')}`,
    )
    const folder = join(firm.folder, 'audit')
    const [log = ''] = (await readdir(folder)).filter((name) => name.endsWith('.jsonl'))
    const lines = (await readFile(join(folder, log), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('DOWNLOAD'))
    expect(lines).toHaveLength(2)
  })

  it('restores the version that lost, after reading what will happen', async () => {
    const path = 'Schriftsätze/Vergleichsvorschlag.docx'
    const winner = `${await firm.office.watcher.read(AKTE, path)}`
    await button(`Restore ${path}`).click()
    const dialog = page.getByRole('dialog', { name: `Restore ${path}?` })
    await dialog.getByText(/becomes the newest version/).waitFor()
    await dialog.getByRole('button', { name: 'Restore' }).click()
    await until('the message', async () => (await status())?.includes('is restored'))
    await until('the restored version on both sides', async () => {
      const document = firm.office.espo
        .dokumente(AKTE)
        .find(({ dateipfad }) => String(dateipfad).includes('Vergleich'))
      const onEspo = `${document && (await firm.office.espo.content(document))}`
      return onEspo !== winner && onEspo === `${await firm.office.watcher.read(AKTE, path)}`
    })
  })

  it('sees what was given up by cause, and retries all with that cause', async () => {
    await button('Retry these 2').click()
    await until('the message', async () => (await status())?.includes('2 Akten are tried again'))
    await row('999/99').getByText('Given up').waitFor()
    await tab()
      .getByRole('button', { name: /^Given up/ })
      .click()
    await until('the filter', async () => (await row(AKTE).count()) === 0)
    await tab()
      .getByRole('button', { name: /^Given up/ })
      .click()
    await tab().getByRole('searchbox').fill('999')
    await until('the search', async () => (await row('998/99').count()) === 0)
    await tab().getByRole('searchbox').fill('')
  })

  it('removes what nobody needs', async () => {
    await row('998/99').getByRole('button', { name: '998/99', exact: true }).click()
    await button('Remove …').click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
    await row('998/99').waitFor({ state: 'detached' })
  })

  it('lets a stopped Akte run with force, after reading what will happen', async () => {
    const folder = firm.office.watcher.folder(AKTE)
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true })
    await button(`Sync Akte ${AKTE}`).click()
    await row(AKTE).getByText('Stopped').waitFor()
    await row(AKTE).getByRole('button', { name: AKTE, exact: true }).click()
    await button('Run with force …').click()
    const dialog = page.getByRole('dialog', { name: `Run Akte ${AKTE} with force?` })
    await dialog.getByText(/passes the safety stops once/).waitFor()
    expect(await objections('dialog')).toEqual([])
    await page.keyboard.press('Escape')
    expect(await firm.redis.scard('advoware:force_aktennummern')).toBe(0)
    await button('Run with force …').click()
    await dialog.getByRole('button', { name: 'Run once with force' }).click()
    await row(AKTE).getByText('In sync').waitFor()
    expect((await firm.office.watcher.list(AKTE)).length).toBeGreaterThan(5)
  })

  it('pauses and resumes one Akte, and the whole sync', async () => {
    await page.getByTestId('akte-details').getByRole('button', { name: 'Pause' }).click()
    await row(AKTE).getByText('Paused', { exact: true }).waitFor()
    await button(`Resume Akte ${AKTE}`).click()
    await row(AKTE).getByText('In sync').waitFor()
    await button('Pause sync').click()
    await tab().getByText('The sync is paused.').waitFor()
    expect(await firm.redis.get('advoware:paused')).toBe('paused by an administrator')
    await button('Resume sync').click()
    await tab().getByText('The sync is paused.').waitFor({ state: 'detached' })
  })

  it('keeps seeing the last state without a connection, and says so', async () => {
    await context.setOffline(true)
    await tab().getByText('No connection').waitFor()
    expect(await row(AKTE).count()).toBe(1)
    await context.setOffline(false)
    await tab().getByText('No connection').waitFor({ state: 'detached' })
  })

  it('is asked to log in again when the session has ended', async () => {
    await context.clearCookies()
    await tab().getByText('Your session has ended.').waitFor()
    await tab().getByRole('link', { name: 'Log in' }).click()
    await page.getByLabel(/Administrator token/).fill(TOKEN)
    await page.keyboard.press('Enter')
    await row(AKTE).waitFor() // where it was before
  })

  it('logs out', async () => {
    await button('Log out').click()
    await page.getByLabel(/Administrator token/).waitFor()
    expect((await context.request.get(`${firm.motia.url}/akten`)).status()).toBe(401)
  })
})

describe('the terminal', () => {
  /** Runs a command as `npm run` does; its output without colours. */
  async function command(script: string, ...args: string[]) {
    const env = { ...process.env, ...firm.office.env(), MOTIA_REDIS_HOST: '127.0.0.1', SYNC_LANGUAGE: 'en' }
    const child = spawn(process.execPath, ['--import', 'tsx', `scripts/${script}.ts`, ...args], {
      env: { ...env, MOTIA_REDIS_PORT: `${firm.redisPort}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    }
    const [code] = await once(child, 'close')
    return { code, output }
  }

  it('prints the same picture', async () => {
    const { code, output } = await command('status')
    expect(code).toBe(0)
    expect(output).toMatch(/0 pending · 0 processing · 1 given up · 0 stopped/)
    expect(output).toMatch(/^12345 +In sync /m)
    const { output: json } = await command('status', '--json', '--state', 'failed')
    expect(JSON.parse(json)).toMatchObject({ total: 1, akten: [{ aktennummer: '999/99', state: 'failed' }] })
  })

  it('asks for syncs, follows them and ends by their result', async () => {
    const fine = await command('sync', AKTE)
    expect(fine.output).toContain('12345: ✅ synced')
    expect(fine.code).toBe(0)
    const mixed = await command('sync', AKTE, '999/99')
    expect(mixed.output).toContain('999/99: ❌ failed')
    expect(mixed.code).toBe(1)
    expect((await command('sync', 'a b')).code).toBe(2)
  })
})

describe('the API', () => {
  it('takes an Aktennummer with a slash, and answers problems as problem+json', async () => {
    expect(await (await ask('/akten/999%2F99')).json()).toMatchObject({
      aktennummer: '999/99',
      state: 'failed',
    })
    const problem = await ask('/akten/a%20b/sync', { method: 'POST' })
    expect(problem.status).toBe(400)
    expect(problem.headers.get('content-type')).toContain('application/problem+json')
    expect(problem.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('tells the metrics of every process', async () => {
    const text = await (await ask('/metrics')).text()
    const value = (sample: string) =>
      Number(
        text
          .split('\n')
          .find((line) => line.startsWith(`${sample} `))
          ?.split(' ')[1],
      )
    expect(value('document_sync_runs_total{result="synced"}')).toBeGreaterThanOrEqual(2)
    expect(value('document_sync_runs_total{result="stopped"}')).toBe(1)
    expect(
      value('document_sync_conflicts_total{winner="EspoCRM"}') +
        value('document_sync_transferred_bytes_total{direction="to_espocrm"}'),
    ).toBeGreaterThan(0)
    expect(value('document_sync_akten{state="failed"}')).toBe(1)
    expect(
      value('document_sync_remote_call_duration_seconds_count{status="200",system="EspoCRM"}'),
    ).toBeGreaterThan(10)
  })
})
