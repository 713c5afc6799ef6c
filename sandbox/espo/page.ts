import { type Exchange, HttpAnswer } from '../stand-in'
import type { EspoRecord, Value } from './schema'
import type { EspoStandIn } from './server'

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --ok: #1a7f37; --warn: #9a6700; --bad: #cf222e }
@media (prefers-color-scheme: dark) { :root { --ok: #3fb950; --warn: #d29922; --bad: #f85149 } }
* { box-sizing: border-box }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1.5rem; max-width: 100rem }
h1 { font-size: 1.35rem; margin: 0 0 .25rem } h2 { font-size: 1.1rem; margin: 1.5rem 0 .5rem }
nav { display: flex; flex-wrap: wrap; gap: .5rem; margin: 1rem 0 }
nav a { border: 1px solid var(--line); border-radius: 6px; padding: .25rem .6rem; text-decoration: none }
nav a[aria-current] { background: var(--soft); font-weight: 600 }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .5rem .7rem; border-bottom: 1px solid var(--line) }
thead th { background: var(--soft); white-space: nowrap } tbody tr:last-child > * { border-bottom: 0 }
tbody th { font-weight: 600; min-width: 14rem } small { opacity: .75; font-weight: 400; display: block }
dl { display: grid; grid-template-columns: auto 1fr; gap: 0 .6rem; margin: 0; font-size: .82rem }
dt { opacity: .7 } dd { margin: 0; font-family: ui-monospace, monospace; white-space: nowrap }
.state { border: 1px solid; border-radius: 1rem; padding: 0 .5rem; font-size: .82rem; white-space: nowrap }
.synced { color: var(--ok) } .conflict, .failed, .deleted { color: var(--bad) }
.unclean, .deferred, .changed { color: var(--warn) }
form { display: flex; flex-wrap: wrap; gap: .4rem; align-items: center; margin-top: .4rem }
input, button { font: inherit; max-width: 16rem } output { color: var(--bad) }
`

const SCRIPT = `
document.addEventListener('submit', async (event) => {
  event.preventDefault()
  const form = event.target, file = form.file?.files[0], output = form.querySelector('output')
  if (!file && !('plain' in form.dataset)) { output.textContent = 'Bitte eine Datei wählen.'; return }
  const url = new URL(form.action)
  if (file) url.searchParams.set('name', file.name)
  if (form.folder) url.searchParams.set('folder', form.folder.value)
  output.textContent = 'Wird übertragen …'
  const answer = await fetch(url, { method: 'POST', body: file }).catch((error) => ({ ok: false, text: () => error }))
  if (answer.ok) location.reload()
  else output.textContent = await answer.text()
})
`

function escapeHtml(value: Value | undefined): string {
  const entities: Record<string, string> = {
    '&': '&amp;',
    '<': '&lt;',
    '>': '&gt;',
    '"': '&quot;',
    "'": '&#39;',
  }
  return String(value ?? '').replace(/[&<>"']/g, (character) => entities[character] ?? '')
}

const html = escapeHtml
const state = (value: Value | undefined): string =>
  value ? `<span class="state ${html(value)}">${html(value)}</span>` : '–'
const short = (value: Value | undefined): string =>
  value
    ? `<span title="${html(value)}">${html(String(value).slice(0, 12))}${String(value).length > 12 ? '…' : ''}</span>`
    : '–'
const text = (value: Value | undefined): string => (value === null || value === undefined ? '–' : html(value))
/** Of Markdown what the product writes: lines, links to places of the web, names of documents, bold text. */
const markdown = (value: Value | undefined): string =>
  text(value)
    .replace(/&amp;(#\d+;)/g, '&$1')
    .replace(/\[([^\]]*)\]\((https?:[^)]*)\)/g, '<a href="$2">$1</a>')
    .replace(/\[([^\]]*)\]\(#[^)]*\)/g, '<b>$1</b>')
    .replace(/\*\*([^*]*)\*\*/g, '<b>$1</b>')
    .replaceAll('\n', '<br>')
const versions = (value: Value | undefined): string =>
  value ? `<details><summary>Frühere Fassungen</summary><small>${markdown(value)}</small></details>` : ''
const utc = (value: Value | undefined): string => (value ? `${html(value)} UTC` : '–')
const terms = (pairs: [string, string][]): string =>
  `<dl>${pairs.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl>`

function row(record: EspoRecord): string {
  const file = record.dokumentId
    ? `<a href="/page/file/${html(record.dokumentId)}">${text(record.dokumentName)}</a>`
    : 'keine Datei'
  return `<tr data-id="${html(record.id)}">
<th scope="row">${html(record.name)}<small>${text(record.dateipfad)}</small></th>
<td>${file}<form action="/page/replace/${html(record.id)}">
<input type="file" name="file" required aria-label="Neue Datei für ${html(record.name)}">
<button>Ersetzen</button><output></output></form>${versions(record.syncFassungen)}</td>
<td>${state(record.fileStatus)} ${state(record.syncStatus)}<small>${html(record.syncMessage)}</small></td>
<td>${terms([
    ['hnr', text(record.hnr)],
    ['Art', text(record.historyArt)],
    ['Datum', text(record.historyDatum)],
    ['Text', text(record.historyText)],
  ])}</td>
<td>${terms([
    ['lastSync', utc(record.lastSync)],
    ['geändert', utc(record.modifiedAt)],
    ['Version', text(record.versionNumber)],
    ['sync_usn', text(record.sync_usn)],
  ])}</td>
<td>${terms([
    ['syncHash', short(record.syncHash)],
    ['blake3hash', short(record.blake3hash)],
    ['dokumentId', short(record.dokumentId)],
    ['syncAttachmentId', short(record.syncAttachmentId)],
  ])}</td></tr>`
}

/** Files in Windows that are not synced, since Advoware's History does not name them, and a button to enter them there. */
async function unlistedFiles({ around }: EspoStandIn, aktennummer: string): Promise<string> {
  const paths = (await around?.unlisted(aktennummer)) ?? []
  if (paths.length === 0) return ''
  const entry = (path: string) => {
    const query = new URLSearchParams({ akte: aktennummer, path })
    return `<li>${html(path)} <form action="/page/enter?${html(`${query}`)}" data-plain>
<button>In Advoware eintragen</button><output></output></form></li>`
  }
  return `<h2>In Windows, aber nicht in der Historie von Advoware</h2>
<p>Nur was in der Historie steht, wird abgeglichen. Nach dem Eintragen den Abgleich der Akte anstoßen.</p>
<ul>${paths.map(entry).join('')}</ul>`
}

async function aktePage(espo: EspoStandIn, akte: EspoRecord): Promise<string> {
  const dokumente = espo.dokumente(String(akte.aktennummer))
  const head = ['Dokument', 'Datei', 'Status', 'History', 'Abgleich', 'Stand']
  const action = `/page/upload?akte=${encodeURIComponent(String(akte.aktennummer))}`
  return `<h2>Akte ${html(akte.aktennummer)}: ${html(akte.name)}</h2>
<p>${html(akte.aktivierungsstatus)} · ${state(akte.syncStatus)} · letzter Abgleich ${utc(akte.lastSync)}
<small>${akte.syncMessage ? markdown(akte.syncMessage) : ''}</small></p>
<div class="scroll"><table><thead><tr>${head.map((one) => `<th scope="col">${one}</th>`).join('')}</tr></thead>
<tbody>${dokumente.map(row).join('\n') || '<tr><td colspan="6">Noch keine Dokumente.</td></tr>'}</tbody></table></div>
<h2>Neues Dokument</h2>
<form action="${html(action)}"><input type="file" name="file" required aria-label="Neue Datei">
<input name="folder" placeholder="Unterordner (optional)" aria-label="Unterordner">
<button>Hochladen</button><output></output></form>
${await unlistedFiles(espo, String(akte.aktennummer))}`
}

async function page(espo: EspoStandIn, wanted: string | null): Promise<string> {
  const akten = espo.akten().slice(0, 200)
  const akte = wanted === null ? akten[0] : (espo.akte(wanted) ?? undefined)
  const links = akten.map(({ aktennummer, name }) => {
    const current = aktennummer === akte?.aktennummer ? ' aria-current="page"' : ''
    const href = `/?akte=${encodeURIComponent(String(aktennummer))}`
    return `<a href="${html(href)}"${current}>${html(aktennummer)} ${html(name)}</a>`
  })
  const missing = wanted === null ? 'Noch keine Akten.' : `Akte ${html(wanted)} gibt es nicht.`
  return `<!doctype html><html lang="de"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>EspoCRM (Sandbox)</title>
<style>${STYLE}</style><h1>EspoCRM (Sandbox)</h1>
<small>Ein Stand-in für Vorführung und Test: Dateien ansehen, ersetzen und hochladen.</small>
<nav aria-label="Akten">${links.join('')}</nav>
<main>${akte ? await aktePage(espo, akte) : `<p>${missing}</p>`}</main><script>${SCRIPT}</script></html>`
}

/** Only this machine, and no foreign site in its browser, may write without a key. */
function checkLocal(exchange: Exchange): void {
  const host = exchange.header('host') ?? ''
  const origin = exchange.header('origin')
  const local = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)
  if (!local || (origin && origin !== `http://${host}`)) throw new HttpAnswer(403, 'only from this machine')
}

/** Serves `/` and `/page/…`; false for any other path. */
export async function handlePage(espo: EspoStandIn, exchange: Exchange): Promise<boolean> {
  const [first, action, id = ''] = exchange.segments()
  if (exchange.path !== '/' && first !== 'page') return false
  checkLocal(exchange)
  const { method, query } = exchange
  if (method === 'GET' && exchange.path === '/') {
    exchange.send(200, await page(espo, query.get('akte')), {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy':
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; form-action 'self'",
    })
    return true
  }
  if (method === 'GET' && action === 'file') {
    await espo.attachments.download(exchange, id)
    return true
  }
  const name = (query.get('name') ?? '').replace(/[\\/]/g, '_')
  if (method === 'POST' && action === 'replace') {
    if (!espo.dokument(id)) throw new HttpAnswer(404, 'Dieses Dokument gibt es nicht.')
    exchange.send(200, await espo.replaceFile(id, exchange.body(), undefined, name || undefined))
    return true
  }
  if (method === 'POST' && action === 'upload') {
    const akte = query.get('akte') ?? ''
    if (!espo.akte(akte) || !name) throw new HttpAnswer(400, 'Akte oder Dateiname fehlt.')
    const folder = (query.get('folder') ?? '').replaceAll('/', '\\').replace(/^\\+|\\+$/g, '')
    const dateipfad = folder ? `${folder}\\${name}` : name
    const created = await espo.addDokument({ akte, name: name.replace(/[<>=]/g, '_'), dateipfad })
    exchange.send(200, await espo.replaceFile(created.id, exchange.body(), undefined, name))
    return true
  }
  if (method === 'POST' && action === 'enter') {
    const [akte, path] = [query.get('akte') ?? '', query.get('path') ?? '']
    if (!(await espo.around?.unlisted(akte))?.includes(path))
      throw new HttpAnswer(404, 'Diese Datei gibt es nicht.')
    espo.around?.enter(akte, path)
    exchange.send(200, { entered: path })
    return true
  }
  return false
}
