import type { Config } from '../config'
import { describeError } from '../errors'
import type { AlertMessage, DailySummary, News } from '../model/alert'
import { officeClock } from '../office-time'
import { alertMessage } from '../text/alerts'
import { decideAlerts, isSummaryDue } from './alert-decision'
import { type AlertRuntime, type Look, look } from './alert-sight'
import { type AlertState, CHANNELS, type Channel, claimNews, notSent, sent, withNews } from './alert-state'
import { AlertStore } from './alert-store'
import { postToChat } from './chat-channel'
import { summarizeDay } from './daily-summary'
import { sendMail } from './mail-channel'

/** The channels that the settings name. */
export const channelsOf = ({ alerts }: Pick<Config, 'alerts'>): Channel[] =>
  CHANNELS.filter((channel) => alerts[channel] !== undefined)

/** Sends a message through one channel. @throws RetryLaterError without any secret */
export async function sendThrough(
  channel: Channel,
  { mail, webhook }: Config['alerts'],
  message: AlertMessage,
): Promise<void> {
  if (channel === 'mail' && mail) await sendMail(mail, message)
  if (channel === 'webhook' && webhook) await postToChat(webhook, message)
}

/** For whom the messages of these settings are written. */
export const readersOf = ({ sync, alerts }: Pick<Config, 'sync' | 'alerts'>) => ({
  language: sync.language,
  timeZone: sync.timeZone,
  hasDetails: alerts.hasDetails,
})

/**
 * One look at the office, and everything that people have to know of it. Any number of servers may look at once: what is
 * to be told is decided where the state is changed, and whoever sends claims it first. A channel that does not take a
 * message keeps it for a later look, and holds up neither the sync nor the other channel.
 * @throws an error of Redis
 */
export async function watchAndTell(runtime: AlertRuntime): Promise<void> {
  const { config, redis } = runtime
  const channels = channelsOf(config)
  if (channels.length === 0) return
  const store = new AlertStore(redis)
  const before = await store.read()
  const clock = officeClock(runtime.clock.now(), config.sync.timeZone)
  const isDue = (state: AlertState) => isSummaryDue(state, config.alerts.dailyAt, clock)
  const summary = isDue(before) ? await summarizeDay(runtime) : null
  const seen = await look(runtime, before)
  await store.update((state) => {
    const isNew = summary !== null && isDue(state)
    const next = remembered(state, seen, channels, isNew ? summary : null)
    return { state: isNew ? { ...next, summaryDay: clock.day } : next, result: true }
  })
  await Promise.all(channels.map((channel) => deliver(runtime, store, channel)))
}

function remembered(
  state: AlertState,
  { sight, auditRests }: Look,
  channels: Channel[],
  summary: DailySummary | null,
): AlertState {
  const { open, news } = decideAlerts(state, sight)
  const daily: News[] = summary === null ? [] : [{ event: 'summary', at: sight.now, summary }]
  const rests = { ...state.auditRests, ...auditRests }
  return withNews({ ...state, open, auditRests: rests }, channels, [...news, ...daily])
}

async function deliver(runtime: AlertRuntime, store: AlertStore, channel: Channel): Promise<void> {
  const { config, logger, clock } = runtime
  const now = () => clock.now().getTime()
  const by = clock.token()
  const claimed = await store.update((state) => {
    const claim = claimNews(state, channel, { by, now: now(), perHour: config.alerts.perHour })
    return claim && { state: claim.state, result: claim.claimed }
  })
  if (claimed === null) return
  const isOurs = (state: AlertState) => state.lines[channel].claim?.by === by
  try {
    await sendThrough(channel, config.alerts, alertMessage(claimed.news, claimed.dropped, readersOf(config)))
  } catch (error) {
    logger.error(`❌ People could not be told by ${channel}, tried again later: ${describeError(error)}`)
    await store.update((state) =>
      isOurs(state) ? { state: notSent(state, channel, now()), result: true } : null,
    )
    return
  }
  logger.info(`📨 People were told by ${channel}: ${claimed.news.length} piece(s) of news`)
  await store.update((state) => ({ state: sent(state, channel, claimed, now()), result: true }))
}
