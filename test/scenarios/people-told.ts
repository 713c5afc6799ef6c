import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { onTestFinished } from 'vitest'

/** A mail as it arrived. */
interface Mail {
  from: string
  to: string[]
  subject: string
  text: string
  raw: string
}

/** A mail server on this machine, until the test ends. */
export interface MailServer {
  url: string
  mails: Mail[]
  /** What it says from now on instead of taking a mail; null: it takes them. */
  refuses(code: number | null): void
}

/** Starts a real mail server; `login`: it wants one, without TLS. */
export async function startMailServer(login?: { user: string; pass: string }): Promise<MailServer> {
  const mails: Mail[] = []
  let code: number | null = null
  const server = new SMTPServer({
    authOptional: login === undefined,
    disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _session, done) =>
      username === login?.user && password === login?.pass
        ? done(null, { user: username })
        : done(new Error(`535 Falsch: ${password}`)),
    onData: (stream, session, done) => {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', () => {
        if (code !== null) return done(Object.assign(new Error('not now'), { responseCode: code }))
        const { mailFrom, rcptTo } = session.envelope
        const raw = Buffer.concat(chunks).toString('utf8')
        const from = mailFrom === false ? '' : mailFrom.address
        mails.push({ from, to: rcptTo.map(({ address }) => address), ...contentOf(raw), raw })
        done()
      })
    },
  })
  server.on('error', () => {}) // a client that goes away in the middle
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = server.server.address() as AddressInfo
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
  const credentials = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.pass)}@` : ''
  return {
    url: `smtp://${credentials}127.0.0.1:${port}`,
    mails,
    refuses: (next) => {
      code = next
    },
  }
}

/** Subject and text of a mail, decoded. */
function contentOf(raw: string): Pick<Mail, 'subject' | 'text'> {
  const [head = '', ...body] = raw.replaceAll('\r\n', '\n').split('\n\n')
  const headers = head.replace(/\n[ \t]+/g, ' ')
  const encoding = /^content-transfer-encoding: (.*)$/im.exec(headers)?.[1]?.toLowerCase()
  const text = body.join('\n\n')
  const subject = (/^subject: (.*)$/im.exec(headers)?.[1] ?? '').replace(/\?=\s+=\?/g, '?==?')
  return {
    subject: subject.replace(/=\?utf-8\?([QB])\?([^?]*)\?=/gi, (_all, kind: string, part: string) =>
      kind.toUpperCase() === 'B'
        ? Buffer.from(part, 'base64').toString('utf8')
        : quotedPrintable(part.replaceAll('_', ' ')),
    ),
    text:
      encoding === 'base64'
        ? Buffer.from(text, 'base64').toString('utf8')
        : encoding === 'quoted-printable'
          ? quotedPrintable(text.replaceAll('=\n', ''))
          : text,
  }
}

const quotedPrintable = (text: string) =>
  Buffer.from(
    text.replace(/=([0-9A-F]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  ).toString('utf8')

/** What was posted to the chat. */
interface Posted {
  path: string
  headers: IncomingHttpHeaders
  body: Record<string, unknown>
}

/** A chat on this machine, until the test ends. */
export interface Chat {
  url: string
  posted: Posted[]
  /** The status it answers from now on. */
  answers(status: number): void
}

export async function startChat(): Promise<Chat> {
  const posted: Posted[] = []
  let status = 200
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
      if (status < 300) posted.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(status).end('ok')
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  onTestFinished(() => new Promise<void>((closed) => server.close(() => closed())))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    posted,
    answers: (next) => {
      status = next
    },
  }
}
