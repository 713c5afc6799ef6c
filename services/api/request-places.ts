import type { Express, NextFunction, Request, Response } from 'express'
import pLimit from 'p-limit'
import { problem } from './answer'

const MOST_WAITING = 100

/**
 * Requests below these paths wait for a place, so that many at once take neither as many processes nor as much memory;
 * beyond a hundred that wait they are to come back later.
 */
export function boundRequests(app: Express, paths: string[], atOnce: number): void {
  const limit = pLimit(atOnce)
  app.use(paths, (request, response, next) => {
    if (limit.pendingCount < MOST_WAITING) void limit(() => untilAnswered(request, response, next))
    else {
      const { status, headers, body } = problem(503, 'Too many requests are waiting')
      response
        .set({ ...headers, 'Retry-After': '5' })
        .status(status)
        .send(JSON.stringify(body))
    }
  })
}

/**
 * A place is free when the answer is: a step of Motia goes on when its client is gone, and answers then all the same; a
 * download ends with its client.
 */
function untilAnswered(request: Request, response: Response, next: NextFunction): Promise<void> {
  if (request.socket.destroyed) return Promise.resolve()
  return new Promise((done) => {
    const end = response.end.bind(response) as (...args: unknown[]) => Response
    response.end = ((...args: unknown[]) => {
      done()
      return end(...args)
    }) as Response['end']
    response.once('pipe', () => response.once('close', () => done()))
    next()
  })
}
