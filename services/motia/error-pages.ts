import { STATUS_CODES } from 'node:http'
import type { Express, Response } from 'express'

/**
 * Keeps the error pages of what Motia is made of to one line: those of Vite, which serves the Workbench, name folders of
 * this machine and show stacks. Answers in JSON, the product's own among them, say what they say.
 */
export function shortenErrorPages(app: Express): void {
  app.use((_request, response, next) => {
    const [write, end] = [response.write.bind(response), response.end.bind(response)] as const
    response.write = ((...args: Parameters<typeof write>) =>
      isErrorPage(response) ? true : write(...args)) as Response['write']
    response.end = ((...args: Parameters<typeof end>) => {
      if (!isErrorPage(response)) return end(...args)
      for (const header of ['Content-Length', 'ETag']) response.removeHeader(header)
      response.setHeader('Content-Type', 'text/plain; charset=utf-8')
      return end(STATUS_CODES[response.statusCode] ?? 'Error')
    }) as Response['end']
    next()
  })
}

function isErrorPage(response: Response): boolean {
  return (
    response.statusCode >= 400 &&
    !response.headersSent &&
    !`${response.getHeader('Content-Type') ?? ''}`.includes('json')
  )
}
