import { marked } from 'marked'
import { describe, expect, it } from 'vitest'
import { boundedLines, markdownLines, plainLines } from '../../services/text/akte'
import { markdownLink, markdownName, markdownText } from '../../services/text/markdown'

/** As EspoCRM 9 and 10 show a text field (`client/src/view-helper.js`, with its version of marked). */
function shown(text: string): string {
  const before = text.replace(/`([\s\S]*?)`/g, (_all, code: string) => `\`${code.replace(/\\</g, '<')}\``)
  return marked.parse(before, { breaks: true, headerIds: false, mangle: false }).trim()
}
const NAMED: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' }
/** What a browser reads of HTML without any tag. */
const read = (html: string): string =>
  html
    .replace(/^<p>([\s\S]*)<\/p>$/, '$1')
    .replaceAll('<br>', '\n')
    .replace(/&(?:#(\d+)|(lt|gt|quot|amp));/g, (_all, code?: string, name = '') =>
      code === undefined ? (NAMED[name] ?? '') : String.fromCharCode(Number(code)),
    )

const HOSTILE = [
  '[Bitte neu anmelden](https://evil.example/login).docx',
  '![x](https://evil.example/pixel.png)',
  '<img src=x onerror=alert(1)>.docx',
  '`<img src=https://evil.example/pixel.png>`.docx',
  '`\\<img src=x>` und `',
  'https://evil.example/login',
  'www.evil.example.docx',
  'WWW.evil.example.docx',
  'anna@kanzlei.example.docx',
  '**fett** *kursiv* __auch__ _so_ ~~weg~~.docx',
  'Klage_2024_final_v2.docx',
  '# Überschrift.docx',
  '1. Schriftsatz.docx',
  '2) Schriftsatz.docx',
  '- Liste.docx',
  '+ Liste.docx',
  '* Liste.docx',
  '> Zitat.docx',
  '    eingerückt.docx',
  '---',
  '===',
  '```',
  '| a | b |',
  '&lt;b&gt; &#91;x&#93; &amp;.docx',
  '[a]: https://evil.example',
  '\\[x\\](y)',
  'Müller & Söhne (Entwurf) „neu“ – 50 % #3.docx',
]

describe('A name or a message in a field that EspoCRM shows as Markdown', () => {
  it.each(HOSTILE)('%s is read as it stands', (name) => {
    const within = shown(`Datei ${markdownName(name)}: Grund`)
    expect(within).toMatch(/^<p>[^<]*<\/p>$/)
    expect(read(within)).toBe(`Datei ${name.trim()}: Grund`)
    const alone = shown(markdownText(name))
    expect(alone).toMatch(/^<p>[^<]*<\/p>$/)
    expect(read(alone)).toBe(name.trim())
  })

  it('lines stay lines', () => {
    const html = shown(markdownText('A.docx: eins\nB.docx: zwei\n- C.docx: drei'))
    expect(read(html)).toBe('A.docx: eins\nB.docx: zwei\n- C.docx: drei')
  })

  it('a name is one line, and shows what it hides', () => {
    expect(markdownName('a\nb\u202efdp.docx')).toBe('a␊b&#92;u202efdp.docx')
    expect(markdownText('„b\u202efdp.docx“\nist ein\tName')).toBe('„b&#92;u202efdp.docx“\nist ein␉Name')
  })

  it.each(HOSTILE)('%s as a link leads where the product says, and nowhere else', (name) => {
    const html = shown(markdownLink(name, '#CDokumente/view/5f'))
    const [, text = ''] = /^<p><a href="#CDokumente\/view\/5f">([^<]*)<\/a><\/p>$/.exec(html) ?? []
    expect(read(text).trim()).toBe(name.trim())
  })

  it('an address cannot end its link', () => {
    const html = shown(markdownLink('x', '#CDokumente/view/a) [y](https://evil.example) <b>'))
    expect(html.match(/<a /g)).toHaveLength(1)
    expect(html).not.toContain('href="https://evil')
  })
})

describe('What an Akte says of its files', () => {
  const file = (path: string, needsPerson: boolean, document: string | null = null) => ({
    ...{ path, needsPerson, document },
    text: 'Grund',
  })

  it('those that need a person come first, each by a link to its document where it has one', () => {
    const lines = boundedLines(
      [file('a.docx', false, '1'), file('z.docx', true, '2'), file('y.docx', true)],
      'de',
    )
    expect(markdownLines(lines, 'CDokumente')).toBe(
      'y.docx: Grund\n[z.docx](#CDokumente/view/2): Grund\n[a.docx](#CDokumente/view/1): Grund',
    )
    expect(plainLines(lines)).toBe('y.docx: Grund\nz.docx: Grund\na.docx: Grund')
  })

  it('twenty at most, and how many more there are', () => {
    const many = Array.from({ length: 23 }, (_one, at) => file(`${at}.docx`, at === 22))
    const lines = boundedLines(many, 'de')
    expect(lines).toHaveLength(21)
    expect(lines[0]?.path).toBe('22.docx')
    expect(lines[20]).toEqual({ text: '… und 3 weitere' })
  })

  it('nothing where there is nothing', () => {
    expect(plainLines([])).toBeNull()
    expect(markdownLines([], 'CDokumente')).toBeNull()
  })
})
