// What people were told by mail and chat, what waits to be told, and a test of both.
import { type AlertState, CHANNELS } from '../services/alerts/alert-state'
import { AlertStore } from '../services/alerts/alert-store'
import { channelsOf, readersOf, sendThrough } from '../services/alerts/alert-tick'
import { summarizeDay } from '../services/alerts/daily-summary'
import { exampleNews } from '../services/alerts/example-news'
import { describeError } from '../services/errors'
import type { News } from '../services/model/alert'
import { alertMessage, alertText } from '../services/text/alerts'
import { visible } from '../services/visible-text'
import { defineCommand, EXIT, openRuntime, printJson, runAlone } from './command'

interface Options {
  test?: true
  json?: true
}

/** What is open, and what waits for each channel. */
function show({ open, lines }: AlertState, channels: readonly string[], text: ReturnType<typeof alertText>) {
  const told = Object.values(open).filter(({ toldAt }) => toldAt !== null)
  console.log(told.length === 0 ? `✅ ${text.nothingOpen}` : `⚠️  ${text.open(told.length)}`)
  for (const { trouble, since } of told) console.log(`   ${text.headline(trouble, since)}`)
  for (const channel of CHANNELS) {
    const { waiting, tries } = lines[channel]
    if (!channels.includes(channel)) console.log(`·  ${text.channels[channel]}: ${text.notSet}`)
    else console.log(`📨 ${text.channels[channel]}: ${text.waiting(waiting.length, tries)}`)
  }
}

export const command = defineCommand('alert', 'Who is told what by mail and chat', [
  ['alert', 'what people were told, and what waits to be told'],
  ['alert --test', 'sends one of each kind of message, by mail and to the chat, as far as they are set'],
])
  .option('--test', 'send an example of each kind of alert, and a daily summary')
  .option('--json', 'for machines')
  .action(async ({ test, json }: Options) => {
    await openRuntime(async (runtime) => {
      const { config, redis, clock } = runtime
      const [channels, readers] = [channelsOf(config), readersOf(config)]
      const text = alertText(readers)
      if (!test) {
        const state = await new AlertStore(redis).read()
        if (json) printJson({ channels, open: state.open, lines: state.lines })
        else show(state, channels, text)
        return
      }
      const now = clock.now().getTime()
      const daily: News = { event: 'summary', at: now, summary: await summarizeDay(runtime) }
      const messages = [exampleNews(now), [daily]].map((news) => text.asTest(alertMessage(news, 0, readers)))
      const results: { channel: string; problem: string | null }[] = []
      for (const channel of channels) {
        const problem = await (async () => {
          for (const message of messages) await sendThrough(channel, config.alerts, message)
          return null
        })().catch(describeError)
        results.push({ channel, problem })
        const line = problem === null ? `✅ ${text.testSent(messages.length)}` : `❌ ${visible(problem)}`
        if (!json) console.log(`${line} (${text.channels[channel]})`)
      }
      if (json) printJson(results)
      else if (channels.length === 0) console.error(`❌ ${text.noChannel}`)
      if (channels.length === 0 || results.some(({ problem }) => problem !== null))
        process.exitCode = EXIT.failed
    })
  })

await runAlone(import.meta, command)
