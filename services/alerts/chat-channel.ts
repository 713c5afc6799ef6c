import axios, { isAxiosError } from 'axios'
import type { Config } from '../config'
import { RetryLaterError } from '../errors'
import type { AlertMessage } from '../model/alert'

type ChatSettings = NonNullable<Config['alerts']['webhook']>
type Request = { url: string; body: unknown }

const LONGEST_MS = 20_000
const LARGEST_ANSWER_BYTES = 64 * 1024
/** Slack's and Mattermost's limits are above that, Teams' is 28 KB for the whole card. */
const MOST_CHARACTERS = 10_000
/** ntfy makes an attachment of a message above 4,096 bytes. */
const MOST_NTFY_BYTES = 3_800

/**
 * How each chat wants a message (docs/operations.md#alerts names the makers' pages): Slack and Mattermost `text`, Teams an Adaptive Card, ntfy
 * topic, title and message at its root. A text from a case must format nothing, load nothing and call nobody.
 */
const REQUESTS: Record<ChatSettings['kind'], (url: string, message: AlertMessage) => Request> = {
  slack: (url, { subject, text }) => ({
    url,
    body: { text: `*${escaped(subject)}*\n${fenced(escaped(text))}` },
  }),
  mattermost: (url, { subject, text }) => ({ url, body: { text: `**${plain(subject)}**\n${fenced(text)}` } }),
  teams: (url, { subject, text }) => ({
    url,
    body: {
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.2',
            body: [
              richText(subject, true),
              ...cut(text)
                .split('\n')
                .filter(Boolean)
                .map((line) => richText(line, false)),
            ],
          },
        },
      ],
    },
  }),
  ntfy: (url, { subject, text }) => {
    const address = new URL(url)
    const parts = address.pathname.split('/')
    const topic = decodeURIComponent(parts.pop() ?? '')
    address.pathname = `${parts.join('/')}/`
    return { url: address.href, body: { topic, title: subject, message: cutBytes(text, MOST_NTFY_BYTES) } }
  },
}

/** Posts one message. @throws RetryLaterError that names what failed; the address is a secret and is not in it */
export async function postToChat({ url, kind }: ChatSettings, message: AlertMessage): Promise<void> {
  const request = REQUESTS[kind](url, message)
  try {
    await axios.post(request.url, request.body, {
      timeout: LONGEST_MS,
      signal: AbortSignal.timeout(LONGEST_MS),
      maxRedirects: 0,
      maxContentLength: LARGEST_ANSWER_BYTES,
      responseType: 'text',
    })
  } catch (error) {
    const status = isAxiosError(error) ? error.response?.status : undefined
    const what = status === undefined ? ((error as { code?: string }).code ?? 'failed') : `HTTP ${status}`
    throw new RetryLaterError(`The chat did not take it: ${what}`)
  }
}

/** Slack's three characters with a meaning. */
const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** Within a fence nothing is formatted, linked or called. */
const fenced = (text: string) => `\`\`\`\n${cut(text).replaceAll('`', "'").trimEnd()}\n\`\`\``

const plain = (text: string) => text.replace(/[*_`~[\]()<>@#!|\\]/g, ' ')

/** A line that Teams shows as it is: a RichTextBlock knows no Markdown. */
const richText = (text: string, isTitle: boolean) => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...(isTitle ? { weight: 'Bolder', size: 'Medium' } : {}) }],
})

const cut = (text: string) => (text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} …`)

function cutBytes(text: string, most: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= most) return text
  return `${bytes
    .subarray(0, most)
    .toString('utf8')
    .replace(/\uFFFD+$/, '')} …`
}
