import type { Express, NextFunction, Request, Response } from 'express'
import { hasBody, readBody } from './raw-body'

const TITLES = {
  400: 'Bad Request',
  408: 'Request Timeout',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
} as const

/**
 * Stands before Motia's parsers, which would take 1 GB and inflate it: every body is read here, small, in a few seconds
 * and as it came, and Motia's parsers find it done. An error of Express shows no stack from here on.
 */
export function limitBodies(app: Express): void {
  app.set('env', 'production') // Express' last error handler would show the stack
  app.use((request, response, next) => {
    if (hasBody(request)) pass(request, response, next).catch(next)
    else next()
  })
}

async function pass(request: Request, response: Response, next: NextFunction): Promise<void> {
  const encoding = request.headers['content-encoding'] ?? 'identity'
  if (encoding.toLowerCase() !== 'identity') return refuse(response, 415, 'A compressed body is not read')
  const parse = parserOf(request)
  if (parse === undefined) return refuse(response, 415, 'A body of this type is not read')
  const body = await readBody(request)
  if (body === 408) return refuse(response, 408, 'The body did not arrive in time')
  if (body === 413) return refuse(response, 413, 'The body is too large')
  try {
    // Motia's parsers leave a request alone that has its body.
    Object.assign(request, { body: parse(body.toString('utf8')), _body: true })
  } catch {
    return refuse(response, 400, 'The body is not JSON')
  }
  next()
}

/** How a body of this type is parsed; undefined where nobody here would read it. */
function parserOf(request: Request): ((text: string) => unknown) | undefined {
  if (request.is(['json', '+json'])) return (text) => (text.trim() === '' ? {} : JSON.parse(text))
  if (request.is('urlencoded')) return (text) => Object.fromEntries(new URLSearchParams(text))
  return request.is('text/plain') ? (text) => text : undefined
}

/** Refuses a body that was not read to its end: the connection ends with the answer. */
function refuse(response: Response, status: keyof typeof TITLES, detail: string): void {
  response.setHeader('Connection', 'close')
  response.status(status).type('application/problem+json')
  response.send(JSON.stringify({ type: 'about:blank', title: TITLES[status], status, detail }))
}
