import { z } from 'zod'
import { type News, newsSchema, troubleSchema } from '../model/alert'

/** The ways to a person. */
export const CHANNELS = ['mail', 'webhook'] as const
export type Channel = (typeof CHANNELS)[number]

const openSchema = z.object({
  /** Since when it was seen, epoch ms. */
  since: z.number(),
  /** When people were last told of it, epoch ms; null: not yet, it has to last for a while first. */
  toldAt: z.number().nullable(),
  /** `newest` and `count` of the trouble as people were told last. */
  newest: z.number(),
  count: z.number(),
  trouble: troubleSchema,
})

const lineSchema = z.object({
  /** News that waits, oldest first; each with a number of its own. */
  waiting: z.array(z.object({ id: z.number(), news: newsSchema })).default([]),
  /** How much news was left out because too much was waiting. */
  dropped: z.number().default(0),
  /** When messages were sent within the last hour, epoch ms. */
  sentAt: z.array(z.number()).default([]),
  /** Failed tries since the last message. */
  tries: z.number().default(0),
  /** Not before then, epoch ms. */
  notBefore: z.number().default(0),
  /** Who is sending what now, and until when nobody else may. */
  claim: z.object({ by: z.string(), until: z.number() }).nullable().default(null),
})

/** What waits for one channel, and how it fares. */
type Line = z.infer<typeof lineSchema>

/** What is remembered between two looks: one value in Redis for all servers (docs/reference.md). */
export const alertStateSchema = z.object({
  open: z.record(z.string(), openSchema).default({}),
  lines: z.object({ mail: lineSchema.prefault({}), webhook: lineSchema.prefault({}) }).prefault({}),
  nextId: z.number().default(1),
  /** The office's day whose summary is done, `YYYY-MM-DD`. */
  summaryDay: z.string().nullable().default(null),
  /** Until when a server does not verify its audit log again, by host, epoch ms. */
  auditRests: z.record(z.string(), z.number()).default({}),
})

export type AlertState = z.infer<typeof alertStateSchema>

/** Nothing was ever told. */
export const NOTHING_TOLD: AlertState = alertStateSchema.parse({})

/** News that waits for one channel at most; of more, the oldest goes, and the message says how much. */
const MOST_WAITING = 300
const HOUR_MS = 3600_000
/** Longer than any channel takes for a message. */
const CLAIM_MS = 3 * 60_000
const FIRST_RETRY_MS = 60_000
const LONGEST_RETRY_MS = 30 * 60_000

/** The same state with more news for these channels. */
export function withNews(state: AlertState, channels: readonly Channel[], news: readonly News[]): AlertState {
  const numbered = news.map((one, at) => ({ id: state.nextId + at, news: one }))
  const lines = { ...state.lines }
  for (const channel of channels) {
    const line = lines[channel]
    const all = [...line.waiting, ...numbered]
    const over = Math.max(0, all.length - MOST_WAITING)
    lines[channel] = { ...line, waiting: all.slice(over), dropped: line.dropped + over }
  }
  return { ...state, lines, nextId: state.nextId + news.length }
}

/** One message's worth of news, to be sent by whoever claimed it. */
export interface Claimed {
  news: News[]
  dropped: number
  lastId: number
}

/**
 * Everything that waits for a channel, claimed by `by`: null while nothing waits, somebody else is sending, the last
 * try is not long enough ago, or the hour already had its messages. What is held back goes into one later message.
 */
export function claimNews(
  state: AlertState,
  channel: Channel,
  { by, now, perHour }: { by: string; now: number; perHour: number },
): { state: AlertState; claimed: Claimed } | null {
  const line = state.lines[channel]
  const last = line.waiting.at(-1)
  const isBusy = line.claim !== null && line.claim.until > now
  const isFull = line.sentAt.filter((at) => at > now - HOUR_MS).length >= perHour
  if (last === undefined || isBusy || isFull || line.notBefore > now) return null
  const claimed = { news: line.waiting.map(({ news }) => news), dropped: line.dropped, lastId: last.id }
  return { state: withLine(state, channel, { claim: { by, until: now + CLAIM_MS } }), claimed }
}

/** After a message arrived: what it told waits no longer. */
export function sent(
  state: AlertState,
  channel: Channel,
  { lastId, dropped }: Claimed,
  now: number,
): AlertState {
  const { waiting, sentAt, dropped: all } = state.lines[channel]
  return withLine(state, channel, {
    waiting: waiting.filter(({ id }) => id > lastId),
    dropped: Math.max(0, all - dropped),
    sentAt: [...sentAt.filter((at) => at > now - HOUR_MS), now],
    tries: 0,
    notBefore: 0,
    claim: null,
  })
}

/** After a message could not be sent: everything still waits, for longer each time. */
export function notSent(state: AlertState, channel: Channel, now: number): AlertState {
  const tries = state.lines[channel].tries + 1
  const delay = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(tries - 1, 10))
  return withLine(state, channel, { tries, notBefore: now + delay, claim: null })
}

function withLine(state: AlertState, channel: Channel, change: Partial<Line>): AlertState {
  return { ...state, lines: { ...state.lines, [channel]: { ...state.lines[channel], ...change } } }
}
