import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'

const FAULT_MODES = [
  'down',
  'slow',
  '500',
  '503',
  'status',
  'cut-off',
  'hash-mismatch',
  'token-refused',
  'timeout-after-effect',
] as const

export type FaultMode = (typeof FAULT_MODES)[number]

/** What goes wrong, how often (default: until cleared) and for which requests (default: all that apply). */
export interface Fault {
  mode: FaultMode
  times?: number | undefined
  match?: { method?: string | undefined; path?: RegExp | undefined } | undefined
  /** slow: how long, default 2000. */
  ms?: number | undefined
  /** 503 and status: value of the Retry-After header. */
  retryAfter?: string | number | undefined
  /** status: the HTTP status to answer. */
  status?: number | undefined
  /** Every refusal: how the server calls itself, such as a proxy in front. */
  server?: string | undefined
  /** 500, 503, status, token-refused: the plain text of the answer. */
  text?: string | undefined
}

const faultSchema = z.object({
  mode: z.enum(FAULT_MODES),
  times: z.number().int().positive().optional(),
  match: z
    .object({
      method: z.string().optional(),
      path: z
        .string()
        .transform((source) => new RegExp(source))
        .optional(),
    })
    .optional(),
  ms: z.number().nonnegative().optional(),
  retryAfter: z.union([z.string(), z.number()]).optional(),
  server: z.string().optional(),
  status: z.number().int().min(400).max(599).optional(),
  text: z.string().optional(),
})
const bodySchema = z.union([
  z.enum(FAULT_MODES).transform((mode) => [{ mode }]),
  faultSchema.transform((fault) => [fault]),
  z.array(faultSchema),
])

const DEFAULT_PATH: Partial<Record<FaultMode, RegExp>> = {
  'hash-mismatch': /^\/file$|\/Attachment\/file\//,
  'token-refused': /\/Token$/i,
}

/** The active faults of one stand-in. */
export class Faults {
  private active: Fault[] = []

  /** Replaces all faults that were set before. */
  set(fault: FaultMode | Fault | Fault[]): void {
    this.active = []
    for (const one of Array.isArray(fault) ? fault : [fault]) this.add(one)
  }

  add(fault: FaultMode | Fault): void {
    this.active.push(typeof fault === 'string' ? { mode: fault } : { ...fault })
  }

  clear(): void {
    this.active = []
  }

  list(): readonly Fault[] {
    return this.active
  }

  /** The fault that applies to this request, if any; counts it. */
  take(method: string, path: string): Fault | undefined {
    const fault = this.active.find((one) => {
      const pattern = one.match?.path ?? DEFAULT_PATH[one.mode]
      const wanted = one.match?.method
      return (!wanted || wanted.toUpperCase() === method) && (!pattern || path.search(pattern) >= 0)
    })
    if (fault?.times !== undefined) {
      fault.times -= 1
      if (fault.times <= 0) this.active = this.active.filter((one) => one !== fault)
    }
    return fault
  }
}

type Next = () => void
type Chunk = Buffer | string | null | undefined

/** Intercepts every piece of the answer's body; `end` may also carry the last piece. */
export function interceptBody(
  res: ServerResponse,
  onWrite: (chunk: Buffer, forward: (chunk: Buffer, done?: () => void) => boolean) => boolean,
  onEnd: (forward: () => void) => void,
): void {
  type Done = (() => void) | undefined
  const write = res.write.bind(res) as (chunk: Buffer, done?: Done) => boolean
  const end = res.end.bind(res) as () => ServerResponse
  res.write = ((chunk: Chunk, ...rest: unknown[]) => {
    if (!chunk) return true
    const callback = rest.find((one) => typeof one === 'function') as Done
    const piece = Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk)
    return onWrite(piece, (forwarded, done) => write(forwarded, done ?? callback))
  }) as typeof res.write
  res.end = ((chunk?: Chunk) => {
    if (chunk?.length) res.write(chunk)
    onEnd(() => end())
    return res
  }) as typeof res.end
}

function cutOff(res: ServerResponse): void {
  let sent = 0
  let cut = false
  const stop = (): void => void res.socket?.destroy()
  interceptBody(
    res,
    (chunk, forward) => {
      if (cut) return true
      const half = Math.floor(Number(res.getHeader('content-length') ?? chunk.length) / 2)
      if (sent + chunk.length < half) {
        sent += chunk.length
        return forward(chunk)
      }
      cut = true
      const rest = chunk.subarray(0, half - sent)
      if (rest.length === 0) stop()
      else forward(rest, stop)
      return true
    },
    () => {
      if (!cut) stop()
    },
  )
}

function corrupt(res: ServerResponse): void {
  let done = false
  interceptBody(
    res,
    (chunk, forward) => {
      if (done) return forward(chunk)
      done = true
      const damaged = Buffer.from(chunk)
      damaged[0] = (damaged[0] ?? 0) ^ 0xff
      return forward(damaged)
    },
    (forward) => forward(),
  )
}

function answer(
  res: ServerResponse,
  status: number,
  text: string,
  headers: Record<string, string> = {},
): void {
  res.statusCode = status
  for (const [name, value] of Object.entries({ 'Content-Type': 'text/plain; charset=utf-8', ...headers })) {
    res.setHeader(name, value)
  }
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.end(text)
}

/** Applies the fault; true if the request goes on to its handler at once. */
function show(fault: Fault, req: IncomingMessage, res: ServerResponse, next: Next): boolean {
  const refuse = (status: number, text: string): boolean => {
    // The body is drained: otherwise the sender sees a reset connection instead of the answer.
    req.resume()
    const { retryAfter, server } = fault
    answer(res, status, text, {
      ...(retryAfter === undefined ? {} : { 'Retry-After': `${retryAfter}` }),
      ...(server === undefined ? {} : { Server: server }),
    })
    return false
  }
  switch (fault.mode) {
    case 'down':
      req.socket.destroy()
      return false
    case 'slow':
      setTimeout(() => {
        if (!res.destroyed) next()
      }, fault.ms ?? 2000).unref()
      return false
    case 'cut-off':
      cutOff(res)
      return true
    case 'timeout-after-effect':
      interceptBody(
        res,
        () => true,
        () => void req.socket.destroy(),
      )
      return true
    case 'hash-mismatch':
      if (req.method !== 'GET') return refuse(422, fault.text ?? 'hash mismatch')
      corrupt(res)
      return true
    case 'token-refused':
      return refuse(401, fault.text ?? 'Falscher Name oder falsches Kennwort')
    case 'status':
      return refuse(fault.status ?? 500, fault.text ?? '')
    default:
      return refuse(Number(fault.mode), fault.text ?? '')
  }
}

/** The middleware of all three stand-ins; `onFault` records the fault in the request log. */
export function faultMiddleware(faults: Faults, onFault: (req: IncomingMessage, fault: Fault) => void) {
  return (req: IncomingMessage, res: ServerResponse, next: Next): void => {
    const fault = faults.take(req.method ?? 'GET', (req.url ?? '/').split('?')[0] ?? '/')
    if (fault) onFault(req, fault)
    if (!fault || show(fault, req, res, next)) next()
  }
}

/** `/_sandbox/faults`, for manual use: GET shows, POST sets, DELETE clears. */
export async function controlFaults(
  faults: Faults,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const pieces: Buffer[] = []
  for await (const piece of req) pieces.push(piece as Buffer)
  if (req.method === 'DELETE') faults.clear()
  if (req.method === 'POST' || req.method === 'PUT') {
    try {
      faults.set(bodySchema.parse(JSON.parse(Buffer.concat(pieces).toString('utf8'))))
    } catch (error) {
      const modes = FAULT_MODES.join(', ')
      return answer(
        res,
        400,
        `Expected a mode or {mode, times?, match?}; modes: ${modes}\n${String(error)}\n`,
      )
    }
  }
  const shown = faults.list().map(({ match, ...fault }) => ({
    ...fault,
    ...(match && { match: { method: match.method, path: match.path?.source } }),
  }))
  answer(res, 200, JSON.stringify(shown), { 'Content-Type': 'application/json' })
}
