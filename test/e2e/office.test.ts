import { readdir, readFile, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seedTypicalAkte } from '../../sandbox/seed'
import { ensureChromium } from '../../scripts/ensure-chromium.mjs'
import { verifyAudit } from '../../services/audit/audit-verify'
import { mentionOf } from '../../services/model/mention'
import { type Installation, install, until } from '../../testkit/installation'

const AKTE = '12345'
const PATIENCE = 120_000
const OPTIONS = ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking']

let firm: Installation
let browser: Browser

beforeAll(async () => {
  firm = await install({ seed: seedTypicalAkte, env: { SYNC_QUIET_SECONDS: '0' }, command: 'start' })
  browser = await chromium.launch({ executablePath: await ensureChromium(), args: OPTIONS })
})
afterAll(async () => {
  await browser?.close()
  await firm?.close()
})

/** The page as somebody opens it whose system is light or dark. */
async function open(colorScheme: 'light' | 'dark'): Promise<Page> {
  const viewport = { width: 1280, height: 720 }
  const context = await browser.newContext({ viewport, colorScheme, bypassCSP: true })
  const page = await context.newPage()
  page.setDefaultTimeout(PATIENCE)
  await page.goto(`${firm.motia.url}/office`)
  await page.getByTestId('card-systems').waitFor()
  return page
}

const headline = (page: Page, card: string) =>
  page.getByTestId(`card-${card}`).locator('.ds-headline').textContent()

async function objections(page: Page): Promise<string[]> {
  await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'))
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(part: Document): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
    }
    const { violations } = await axe.run(document)
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
  })
}

/** The number, or a file that is in this Akte alone. */
const mentions = (text: string) => mentionOf(AKTE).test(text) || text.includes('Vergleichsvorschlag')

async function allOf(key: string): Promise<string> {
  const { redis } = firm
  const type = await redis.type(key)
  if (type === 'string') return (await redis.get(key)) ?? ''
  if (type === 'hash') return JSON.stringify(await redis.hgetall(key))
  if (type === 'set') return JSON.stringify(await redis.smembers(key))
  if (type === 'zset') return JSON.stringify(await redis.zrange(key, 0, -1))
  if (type === 'list') return JSON.stringify(await redis.lrange(key, 0, -1))
  return type === 'stream' ? JSON.stringify(await redis.xrange(key, '-', '+')) : ''
}

describe('the page /office', () => {
  it('is German without a word about it, and its first screen answers what one asks', async () => {
    const page = await open('light')
    expect(await page.getAttribute('html', 'lang')).toBe('de')
    expect(await headline(page, 'agreement')).toBe('Noch keine Akte abgeglichen')
    expect(await headline(page, 'needs-you')).toBe('Nichts zu tun')
    expect(await headline(page, 'running')).toBe('Nichts')
    await until('the systems', async () => (await headline(page, 'systems')) === 'Alle Systeme antworten')
    await page.close()
  })

  it('shows what became of an Akte, with the right plurals', async () => {
    const page = await open('light')
    await page.getByRole('button', { name: 'Akten hinzufügen' }).click()
    await page.getByRole('dialog').getByRole('textbox').fill(`${AKTE}\n99999\n?x`)
    await page.getByRole('dialog').getByRole('button', { name: 'Hinzufügen' }).click()
    await page.getByText('1 Angabe ist keine Aktennummer').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId(`akte-${AKTE}`).getByText('Synchron', { exact: true }).waitFor()
    await page.getByTestId('akte-99999').getByText('Aufgegeben', { exact: true }).waitFor()
    await until(
      'the verdict',
      async () => (await headline(page, 'agreement')) === '1 Akte stimmt noch nicht überein',
    )
    expect(await headline(page, 'needs-you')).toBe('1 Akte wartet auf Sie')
    await page.getByRole('button', { name: AKTE, exact: true }).click()
    await page.getByTestId('akte-details').getByText('1 Konflikt').waitFor()
    const words = (await page.locator('main').allInnerTexts())
      .join()
      .match(/\b(the|waits|files|retry|running|last|sync)\b/i)
    expect(words?.filter((word) => word !== 'Sync') ?? []).toEqual([])
    await page.close()
  })

  it.each(['light', 'dark'] as const)(
    'fits 1280 × 720 in the %s and has nothing an automatic check objects to',
    async (scheme) => {
      const page = await open(scheme)
      expect(await page.evaluate(() => document.documentElement.classList.contains('dark'))).toBe(
        scheme === 'dark',
      )
      expect(await objections(page)).toEqual([])
      await page.getByRole('button', { name: AKTE, exact: true }).click()
      await page.getByTestId('akte-details').getByRole('rowheader').first().waitFor()
      expect(await objections(page)).toEqual([])
      const size = await page.evaluate(() => {
        const { scrollWidth, scrollHeight } = document.documentElement
        return [scrollWidth, scrollHeight, document.querySelector('main')?.scrollHeight]
      })
      expect(size).toEqual([1280, 720, 720])
      await page.close()
    },
  )

  it('removes by cause what nobody can sync, after asking', async () => {
    const page = await open('light')
    await page.getByRole('button', { name: 'Entfernen …' }).click()
    await page
      .getByRole('dialog', { name: '1 Akte von den Listen nehmen?' })
      .getByRole('button', { name: 'Entfernen' })
      .click()
    await page.getByTestId('akte-99999').waitFor({ state: 'detached' })
    await until('the verdict', async () => (await headline(page, 'agreement')) === 'Alles stimmt überein')
    await page.close()
  })

  it('keeps an Akte, and purges it after a list of what goes: a real Motia has nothing of it left', async () => {
    const page = await open('light')
    const details = page.getByTestId('akte-details')
    await page.getByRole('button', { name: AKTE, exact: true }).click()
    await details.getByRole('button', { name: 'Aufbewahren …' }).click()
    const hold = page.getByRole('dialog', { name: `Akte ${AKTE} aufbewahren?` })
    await hold.getByRole('textbox').fill('Haftungsfall')
    await hold.getByRole('button', { name: 'Aufbewahren', exact: true }).click()
    await page.getByTestId(`akte-${AKTE}`).getByText('Aufbewahrung', { exact: true }).waitFor()
    await details.getByText(/Aufbewahrung angeordnet von .*: Haftungsfall/).waitFor()
    firm.office.espo.updateAkte(AKTE, { aktivierungsstatus: 'Deaktiviert' })

    await details.getByRole('button', { name: 'Löschen …' }).click()
    const dialog = page.getByRole('dialog', { name: `Daten der Akte ${AKTE} löschen?` })
    await dialog.getByText(/wird aufbewahrt und deshalb nicht gelöscht/).waitFor()
    expect(await objections(page)).toEqual([])
    await dialog.getByRole('textbox').fill('Art. 17 DSGVO')
    expect(await dialog.getByRole('button', { name: 'Endgültig löschen' }).isDisabled()).toBe(true)
    await page.keyboard.press('Escape')
    await details.getByRole('button', { name: 'Aufbewahrung aufheben' }).click()
    await details.getByRole('button', { name: 'Aufbewahren …' }).waitFor()

    await details.getByRole('button', { name: 'Löschen …' }).click()
    await dialog.getByText(/1 Bericht/).waitFor()
    await dialog.getByRole('textbox').fill('Art. 17 DSGVO')
    await dialog.getByRole('button', { name: 'Endgültig löschen' }).click()
    const receipt = page.getByRole('dialog', { name: `Gelöscht von der Akte ${AKTE}:` })
    await receipt.getByText(/belegt im Protokoll durch [0-9a-f]{64}/).waitFor()
    await receipt.getByRole('button', { name: 'Schließen' }).click()
    await page.getByTestId(`akte-${AKTE}`).waitFor({ state: 'detached' })

    const left: string[] = []
    for (const key of await firm.redis.keys('*')) if (mentions(`${key} ${await allOf(key)}`)) left.push(key)
    expect(left).toEqual([])
    for (const folder of ['archive', 'audit'])
      for (const name of await readdir(join(firm.folder, folder), { recursive: true })) {
        const path = join(firm.folder, folder, name)
        if ((await stat(path)).isFile()) expect(mentions(await readFile(path, 'utf8')), name).toBe(false)
      }
    expect(await verifyAudit(join(firm.folder, 'audit'))).toMatchObject([{ broken: null }])
    await page.close()
  })

  it('says which system does not answer', async () => {
    const page = await open('light')
    await firm.office.espo.close()
    await until('the card', async () => (await headline(page, 'systems')) === '1 Verbindung gestört')
    await page.getByTestId('card-systems').getByText('dort lauscht nichts').waitFor()
    await page.close()
  })
})
