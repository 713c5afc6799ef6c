import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { parseDailyWindow } from './daily-window'
import { ConfigError } from './errors'
import { type EspoMapping, EXTENSION_MAPPING, readMapping } from './espo-mapping'
import { isTimeZone } from './office-time'

const blankIsAbsent = (value: unknown) =>
  typeof value === 'string' && value.trim() === '' ? undefined : value
const setting = <T extends z.ZodType>(schema: T) => z.preprocess(blankIsAbsent, schema)

const text = setting(z.string({ error: 'is missing' }).trim())
const optionalText = setting(z.string().trim().optional())
const url = setting(
  z
    .string({ error: 'is missing' })
    .trim()
    .refine(
      (value) => URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
      'is not an http(s) address',
    )
    .transform((value) => value.replace(/\/+$/, '')),
)
const optionalUrl = setting(url.optional())

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** True for an address that a login may be sent to though nobody typed it: https or this machine, and nothing but a place. */
export function isTrustedAddress(text: string): boolean {
  if (!URL.canParse(text)) return false
  const { protocol, hostname, username, password, search, hash } = new URL(text)
  const isPrivate = protocol === 'https:' || (protocol === 'http:' && LOOPBACK.test(hostname))
  return isPrivate && `${username}${password}${search}${hash}` === ''
}

const integer = (fallback: number, min: number, max: number) =>
  setting(
    z.coerce
      .number({ error: 'is not a number' })
      .int('is not a whole number')
      .min(min, `is below ${min}`)
      .max(max, `is above ${max}`)
      .default(fallback),
  )
const choice = <const T extends readonly [string, ...string[]]>(values: T, fallback: T[number]) =>
  setting(z.enum(values, { error: `is not one of ${values.join(', ')}` }).default(fallback as never))

const base64 = setting(
  z
    .string({ error: 'is missing' })
    .trim()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/, 'is not base64'),
)

/** `id:secret` of each webhook, separated by commas. */
const webhookSecrets = setting(
  z
    .string()
    .trim()
    .regex(/^[\w-]+:[\w-]+(\s*,\s*[\w-]+:[\w-]+)*$/, 'is not a list of id:secret, separated by commas')
    .transform((text) => new Map(text.split(',').map((pair) => pair.trim().split(':') as [string, string])))
    .default(new Map()),
)

/** How Advoware calls what we know under another name. */
type FieldNames<Ours extends string> = Record<Ours, string>

const FIELD = /^[\p{L}_][\p{L}\p{N}_.$-]{0,63}$/u

/** `ours=theirs` pairs, separated by commas; a name that is not given is the same on both sides. */
function fieldNames<const Ours extends string>(ours: readonly Ours[]) {
  const same = Object.fromEntries(ours.map((name) => [name, name])) as Record<
    string,
    string
  > as FieldNames<Ours>
  const isOurs = (name: string): name is Ours => (ours as readonly string[]).includes(name)
  return setting(
    z
      .string()
      .default('')
      .transform((text, context): FieldNames<Ours> => {
        const refuse = (message: string) => {
          context.addIssue({ code: 'custom', message })
          return z.NEVER
        }
        const names = { ...same }
        const given = new Set<string>()
        for (const pair of text.split(',').filter((part) => part.trim() !== '')) {
          const [left = '', right = '', ...more] = pair.split('=').map((part) => part.trim())
          if (more.length > 0 || !isOurs(left))
            return refuse(
              `is not a list of ours=theirs, separated by commas, with ${ours.join(', ')} as ours`,
            )
          if (given.has(left)) return refuse(`names ${left} twice`)
          if (!FIELD.test(right) || right in {}) return refuse(`gives ${left} a name that no field has`)
          given.add(left)
          names[left] = right
        }
        const twice = ours.find((name, index) =>
          ours.slice(0, index).some((one) => names[one] === names[name]),
        )
        return twice === undefined ? names : refuse(`gives ${twice} the field of another name`)
      }),
  )
}

/** What is read of a History entry, by our names. */
export const HISTORY_FIELDS = ['hnr', 'dat', 'art', 'text', 'datei'] as const
/** What is read of an Akte in Advoware, by our names. */
const AKTE_FIELDS = ['id', 'aktennummer', 'ablage', 'ablageDatum'] as const

/** Where the vendor tells the addresses of a Kanzlei (docs/contracts.md, Advoware). */
const CONFIGURATOR = 'https://www2.advo-net.net/AdvonetConfigurator/api/Url'
/** Addresses of proxies, separated by commas. */
const addresses = setting(
  z
    .string()
    .transform((text) => new Set(text.split(',').map((address) => address.trim().toLowerCase())))
    .refine((all) => [...all].every((address) => isIP(address) > 0), 'is not a list of IP addresses')
    .default(new Set()),
)

/** `20:00-06:00`, by the office's clock. */
const dailyWindow = setting(
  z
    .string()
    .trim()
    .transform((text, { addIssue }) => {
      const window = parseDailyWindow(text)
      if (window === null)
        addIssue({ code: 'custom', message: 'is no time of day from and to, such as 20:00-06:00' })
      return window ?? undefined
    })
    .optional(),
)

/** How a chat wants its messages; `auto`: by the address. Mattermost takes what Slack takes. */
const WEBHOOK_KINDS = ['auto', 'slack', 'mattermost', 'teams', 'ntfy'] as const
type WebhookKind = Exclude<(typeof WEBHOOK_KINDS)[number], 'auto'>

/** By the addresses that the makers document today; what none of them has is taken for Slack's, which most understand. */
function webhookKind(address: string): WebhookKind {
  const { hostname, pathname } = new URL(address)
  if (/(^|\.)(logic\.azure\.com|powerplatform\.com|webhook\.office\.com)$/.test(hostname)) return 'teams'
  if (/^ntfy\./.test(hostname)) return 'ntfy'
  return pathname.startsWith('/hooks/') ? 'mattermost' : 'slack'
}

/** Where mail is handed over; `secure`: TLS from the first byte. */
interface SmtpAddress {
  host: string
  port: number
  secure: boolean
  /** Undefined: without a login. */
  login: { user: string; pass: string } | undefined
}

/** `smtp://user:password@mail.example:587`, or smtps; the parts of a login are percent-encoded. Null for anything else. */
function parseSmtpUrl(text: string): SmtpAddress | null {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  const secure = protocol === 'smtps:'
  const hasRest = !/^\/?$/.test(pathname) || search !== '' || hash !== ''
  if ((!secure && protocol !== 'smtp:') || hostname === '' || hasRest) return null
  if ((username === '') !== (password === '')) return null
  try {
    const login = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
    return {
      host: decodeURIComponent(hostname).replace(/^\[(.*)\]$/, '$1'),
      port: Number(port) || (secure ? 465 : 587),
      secure,
      login: username === '' ? undefined : login,
    }
  } catch {
    return null // a % that encodes nothing
  }
}

const smtpUrl = setting(
  z
    .string()
    .trim()
    .transform((text, { addIssue }) => {
      const address = parseSmtpUrl(text)
      if (address === null)
        addIssue({
          code: 'custom',
          message:
            'is no address such as smtps://user:password@mail.example:465 (or smtp://, without a login or with both parts of one, special characters percent-encoded)',
        })
      return address ?? undefined
    })
    .optional(),
)

/** An address that mail can be sent to; the domain may have umlauts. */
function isMailAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  const domain = domainToASCII(text.slice(at + 1))
  return at > 0 && domain !== '' && z.email().safeParse(`${text.slice(0, at)}@${domain}`).success
}

/** `sync@kanzlei.example` or `Document Sync <sync@kanzlei.example>`. */
const NAMED_ADDRESS = /^(?:[^<>",;\p{Cc}]+\s)?<([^<>]+)>$/u
const mailFrom = setting(
  z
    .string()
    .trim()
    .refine((text) => isMailAddress(NAMED_ADDRESS.exec(text)?.[1] ?? text), 'is not a mail address')
    .optional(),
)
const mailTo = setting(
  z
    .string()
    .transform((text) => text.split(',').map((address) => address.trim()))
    .refine((all) => all.every(isMailAddress), 'is not a list of mail addresses, separated by commas')
    .optional(),
)

/** `07:30`, with two digits each. */
const timeOfDay = setting(
  z
    .string()
    .trim()
    .regex(/^([01]?\d|2[0-3]):[0-5]\d$/, 'is no time of day such as 07:30')
    .transform((text) => text.padStart(5, '0'))
    .optional(),
)

/** Port of the embedded Redis; not 6379, so that it does not collide with a Redis that the machine already runs. */
const EMBEDDED_REDIS_PORT = 6390

const schema = z.object({
  MOTIA_REDIS_HOST: optionalText,
  MOTIA_REDIS_PORT: setting(z.coerce.number({ error: 'is not a number' }).int().min(1).max(65535).optional()),
  MOTIA_REDIS_USERNAME: optionalText,
  MOTIA_REDIS_PASSWORD: optionalText,
  MOTIA_REDIS_DB: integer(0, 0, 1024),
  ADVOWARE_WATCHER_URL: setting(url.default('http://localhost:8765')),
  ADVOWARE_WATCHER_AUTH_TOKEN: text,
  ADVOWARE_API_BASE_URL: optionalUrl,
  ADVOWARE_API_PREFIX: setting(
    z
      .string()
      .trim()
      .regex(/^\/.*[^/]$/, 'does not begin with / or ends with /')
      .optional(),
  ),
  ADVOWARE_SECURITY_URL: optionalUrl,
  ADVOWARE_CONFIGURATOR_URL: setting(
    url.refine(isTrustedAddress, 'is neither https nor on this machine').default(CONFIGURATOR),
  ),
  ADVOWARE_APP_ID: text,
  ADVOWARE_API_KEY: base64,
  ADVOWARE_KANZLEI: text,
  ADVOWARE_DATABASE: text,
  ADVOWARE_USER: text,
  ADVOWARE_PASSWORD: text,
  ADVOWARE_ROLE: integer(2, 0, 1000),
  ADVOWARE_PRODUCT: integer(64, 0, 100000),
  ADVOWARE_FILE_ROOT: optionalText,
  ADVOWARE_HISTORY_ART: setting(z.string().trim().default('Dokument')),
  ADVOWARE_HISTORY_FIELDS: fieldNames(HISTORY_FIELDS),
  ADVOWARE_AKTE_ID: choice(['aktennummer', 'id'], 'aktennummer'),
  ADVOWARE_AKTE_FIELDS: fieldNames(AKTE_FIELDS),
  ESPOCRM_API_BASE_URL: url,
  ESPOCRM_API_KEY: text,
  ESPOCRM_SECRET_KEY: optionalText,
  ESPOCRM_ENTITY_AKTE: setting(
    z
      .string()
      .regex(/^[A-Za-z]\w*$/, 'is not an entity name')
      .default('CAkten'),
  ),
  ESPOCRM_ENTITY_DOKUMENT: setting(
    z
      .string()
      .regex(/^[A-Za-z]\w*$/, 'is not an entity name')
      .default('CDokumente'),
  ),
  ESPOCRM_MAPPING: optionalText,
  ESPOCRM_WEBHOOK_URL: optionalUrl,
  ESPOCRM_WEBHOOK_SECRETS: webhookSecrets,
  ESPOCRM_WEBHOOK_SECRETS_FILE: setting(z.string().trim().default('.espocrm-webhooks.json')),
  SYNC_LOCK_SCOPE: choice(['global', 'akte'], 'global'),
  SYNC_CONCURRENCY: integer(4, 1, 64),
  SYNC_TRANSFER_CONCURRENCY: integer(4, 1, 32),
  SYNC_WINDOWS_DELETIONS: choice(['restore', 'mark', 'delete'], 'restore'),
  SYNC_ESPO_DELETIONS: choice(['restore', 'flag'], 'restore'),
  SYNC_QUIET_SECONDS: integer(5, 0, 3600),
  SYNC_MAX_DELETE_PERCENT: integer(50, 1, 100),
  SYNC_PAUSE_AFTER_STOPS: integer(3, 0, 1000),
  SYNC_MAX_ATTEMPTS: integer(8, 1, 1000),
  SYNC_RUN_MINUTES: integer(30, 1, 1440),
  SYNC_MAX_ANSWER_MB: integer(64, 1, 1024),
  SYNC_ARCHIVE: choice(['all', 'conflicts'], 'all'),
  SYNC_ARCHIVE_DIR: setting(z.string().trim().default('archive')),
  SYNC_ARCHIVE_DAYS: integer(90, 0, 36_500),
  SYNC_AUDIT_DIR: setting(z.string().trim().default('audit')),
  SYNC_TIME_ZONE: setting(
    z.string().trim().refine(isTimeZone, 'is not the name of a time zone').default('Europe/Berlin'),
  ),
  SYNC_SWEEP_HOURS: integer(24, 0, 8760),
  SYNC_SWEEP_WINDOW: dailyWindow,
  SYNC_SWEEP_PER_MINUTE: setting(
    z.coerce
      .number({ error: 'is not a number' })
      .int('is not a whole number')
      .min(1, 'is below 1')
      .max(100_000, 'is above 100000')
      .optional(),
  ),
  SYNC_BASE_DIR: setting(z.string().trim().default('bases')),
  SYNC_PUBLIC_URL: optionalUrl,
  SYNC_ADMIN_TOKEN: setting(z.string().trim().min(16, 'is shorter than 16 characters').optional()),
  SYNC_TRUSTED_PROXY: addresses,
  SYNC_LANGUAGE: choice(['de', 'en'], 'de'),
  LOG_LEVEL: choice(['debug', 'info', 'warn', 'error'], 'info'),
  RETENTION_YEARS: integer(6, 1, 100),
  SYNC_ADMIN_USERS_FILE: optionalText,
  ALERT_SMTP_URL: smtpUrl,
  ALERT_MAIL_FROM: mailFrom,
  ALERT_MAIL_TO: mailTo,
  ALERT_WEBHOOK_URL: optionalUrl,
  ALERT_WEBHOOK_KIND: choice(WEBHOOK_KINDS, 'auto'),
  ALERT_AFTER_MINUTES: integer(60, 1, 10_080),
  ALERT_PER_HOUR: integer(10, 1, 1000),
  ALERT_DETAILS: choice(['false', 'true'], 'false'),
  ALERT_DAILY_AT: timeOfDay,
})

/** The environment of a process: what is not set is absent. */
type Environment = Record<string, string | undefined>

/** The name of every setting. */
export const settingNames = Object.keys(schema.shape)

/** All settings, parsed and typed. Times are seconds, sizes are counts, unless the name says otherwise. */
export type Config = ReturnType<typeof shape>

function shape(env: z.infer<typeof schema>, mapping: EspoMapping) {
  return {
    redis: {
      host: env.MOTIA_REDIS_HOST ?? '127.0.0.1',
      port: env.MOTIA_REDIS_PORT ?? (env.MOTIA_REDIS_HOST ? 6379 : EMBEDDED_REDIS_PORT),
      username: env.MOTIA_REDIS_USERNAME,
      password: env.MOTIA_REDIS_PASSWORD,
      db: env.MOTIA_REDIS_DB,
      /** False: the server starts its own Redis and keeps it in `.motia`. */
      external: env.MOTIA_REDIS_HOST !== undefined,
    },
    watcher: { url: env.ADVOWARE_WATCHER_URL, token: env.ADVOWARE_WATCHER_AUTH_TOKEN },
    advoware: {
      /** Absent: as the configurator says. */
      apiBaseUrl: env.ADVOWARE_API_BASE_URL,
      /** Absent: the one that answers. */
      apiPrefix: env.ADVOWARE_API_PREFIX,
      /** Absent: as the configurator says. */
      securityUrl: env.ADVOWARE_SECURITY_URL,
      configuratorUrl: env.ADVOWARE_CONFIGURATOR_URL,
      appId: env.ADVOWARE_APP_ID,
      apiKey: env.ADVOWARE_API_KEY,
      kanzlei: env.ADVOWARE_KANZLEI,
      database: env.ADVOWARE_DATABASE,
      user: env.ADVOWARE_USER,
      password: env.ADVOWARE_PASSWORD,
      role: env.ADVOWARE_ROLE,
      product: env.ADVOWARE_PRODUCT,
      fileRoot: env.ADVOWARE_FILE_ROOT,
      historyArt: env.ADVOWARE_HISTORY_ART,
      /** How Advoware calls the five fields of a History entry. */
      historyFields: env.ADVOWARE_HISTORY_FIELDS,
      /** What the address of an Akte ends with: its Aktennummer or an id of its own. */
      akteId: env.ADVOWARE_AKTE_ID,
      /** How Advoware calls the four fields of an Akte. */
      akteFields: env.ADVOWARE_AKTE_FIELDS,
      /** Whose calendar dates a new entry. */
      timeZone: env.SYNC_TIME_ZONE,
    },
    espo: {
      url: env.ESPOCRM_API_BASE_URL,
      apiKey: env.ESPOCRM_API_KEY,
      secretKey: env.ESPOCRM_SECRET_KEY,
      /** How this EspoCRM calls what the product reads and writes; the boundary alone uses it. */
      mapping,
      /** The file that the mapping is in; undefined: the one by its usual name, if there is one. */
      mappingFile: env.ESPOCRM_MAPPING,
      /** Where EspoCRM reaches this server's webhook route; undefined: it cannot. */
      webhookUrl: env.ESPOCRM_WEBHOOK_URL,
      webhookSecrets: env.ESPOCRM_WEBHOOK_SECRETS,
      webhookSecretsFile: env.ESPOCRM_WEBHOOK_SECRETS_FILE,
    },
    sync: {
      lockScope: env.SYNC_LOCK_SCOPE,
      concurrency: env.SYNC_CONCURRENCY,
      transferConcurrency: env.SYNC_TRANSFER_CONCURRENCY,
      windowsDeletions: env.SYNC_WINDOWS_DELETIONS,
      espoDeletions: env.SYNC_ESPO_DELETIONS,
      quietSeconds: env.SYNC_QUIET_SECONDS,
      maxDeletePercent: env.SYNC_MAX_DELETE_PERCENT,
      pauseAfterStops: env.SYNC_PAUSE_AFTER_STOPS,
      maxAttempts: env.SYNC_MAX_ATTEMPTS,
      /** The longest that the sync of one Akte may take. */
      runMs: env.SYNC_RUN_MINUTES * 60_000,
      /** The largest answer in JSON. */
      maxAnswerBytes: env.SYNC_MAX_ANSWER_MB * 1024 * 1024,
      archive: env.SYNC_ARCHIVE,
      archiveDir: env.SYNC_ARCHIVE_DIR,
      /** 0: archived versions are never deleted. */
      archiveDays: env.SYNC_ARCHIVE_DAYS,
      auditDir: env.SYNC_AUDIT_DIR,
      timeZone: env.SYNC_TIME_ZONE,
      sweep: {
        /** An Akte that was not synced for so long is swept; 0: never. */
        hours: env.SYNC_SWEEP_HOURS,
        /** When the sweep runs, by the office's clock; undefined: always. */
        window: env.SYNC_SWEEP_WINDOW,
        /** Akten that a minute may take at most; undefined: as many as the machine can. */
        perMinute: env.SYNC_SWEEP_PER_MINUTE,
      },
      /** The copies of bases that the mapping keeps in Redis. */
      baseDir: env.SYNC_BASE_DIR,
      language: env.SYNC_LANGUAGE,
      /** Where administrators reach this server, for links; undefined: places are named in words. */
      publicUrl: env.SYNC_PUBLIC_URL,
      /** How many years after its year's end an Akte is kept. */
      retentionYears: env.RETENTION_YEARS,
    },
    /** Absent: the server answers this machine only. */
    admin: {
      token: env.SYNC_ADMIN_TOKEN,
      /** The file of named administrators; undefined: there are none. */
      usersFile: env.SYNC_ADMIN_USERS_FILE,
      /** Proxies whose `X-Forwarded-For` says who asks. */
      trustedProxies: env.SYNC_TRUSTED_PROXY,
    },
    logLevel: env.LOG_LEVEL,
    alerts: {
      /** Undefined: no mail is sent. */
      mail: mailOf(env),
      /** Undefined: nothing is posted to a chat. */
      webhook: env.ALERT_WEBHOOK_URL === undefined ? undefined : webhookOf(env.ALERT_WEBHOOK_URL, env),
      /** How long something that may pass by itself has to last, ms. */
      afterMs: env.ALERT_AFTER_MINUTES * 60_000,
      /** Messages of a channel within an hour, at most. */
      perHour: env.ALERT_PER_HOUR,
      /** Aktennummern and reasons, which may name documents, are in the messages. */
      hasDetails: env.ALERT_DETAILS === 'true',
      /** `07:30`, when the summary is sent by the office's clock; undefined: never. */
      dailyAt: env.ALERT_DAILY_AT,
    },
  }
}

function mailOf({
  ALERT_SMTP_URL: server,
  ALERT_MAIL_FROM: from,
  ALERT_MAIL_TO: to,
}: z.infer<typeof schema>) {
  return server === undefined || from === undefined || to === undefined ? undefined : { server, from, to }
}

function webhookOf(address: string, { ALERT_WEBHOOK_KIND: kind }: z.infer<typeof schema>) {
  return { url: address, kind: kind === 'auto' ? webhookKind(address) : kind }
}

/**
 * Reads every setting (docs/reference.md) from the environment, and the mapping file that one of them names; a blank
 * value counts as absent.
 *
 * @throws ConfigError listing all problems at once, each beginning with the variable's name. Values are never shown.
 */
export function loadConfig(env: Environment = process.env): Config {
  const parsed = schema.safeParse(env)
  const read = readMapping(blankIsAbsent(env.ESPOCRM_MAPPING) as string | undefined)
  const problems = [
    ...(parsed.error?.issues ?? []).map((issue) => {
      const name = issue.path.join('.')
      const old = namesIn(env).find((one) => successorOf(one) === name)
      return `${name} ${issue.message}${old === undefined ? '' : `: ${old}, its name in the predecessor, is set`}`
    }),
    ...('problems' in read ? read.problems.map((problem) => `ESPOCRM_MAPPING ${problem}`) : []),
  ]
  if (!parsed.success || 'problems' in read) throw new ConfigError(problems)
  problems.push(...contradictions(parsed.data, read.mapping))
  if (problems.length > 0) throw new ConfigError(problems)
  return shape(parsed.data, withEntities(read.mapping, parsed.data))
}

/** Settings that ask for what the mapping has no room for, or that need another one. */
function contradictions(env: z.infer<typeof schema>, { dokument }: EspoMapping): string[] {
  const problems: string[] = []
  const canMark = dokument.attributes.fileStatus?.values?.deleted !== undefined
  if (env.SYNC_WINDOWS_DELETIONS === 'mark' && !canMark)
    problems.push(
      'SYNC_WINDOWS_DELETIONS is mark, but the mapping has no fileStatus with a value for deleted',
    )
  if (env.SYNC_ADMIN_USERS_FILE !== undefined && env.SYNC_ADMIN_TOKEN === undefined)
    problems.push('SYNC_ADMIN_TOKEN is missing: with SYNC_ADMIN_USERS_FILE it signs the sessions')
  const mail = ['ALERT_SMTP_URL', 'ALERT_MAIL_FROM', 'ALERT_MAIL_TO'] as const
  const isMailed = mail.some((name) => env[name] !== undefined)
  for (const name of mail)
    if (isMailed && env[name] === undefined)
      problems.push(`${name} is missing: mail needs ${mail.join(', ')}, all three`)
  return problems
}

/** Without a mapping file two settings can rename the extension's entities. */
function withEntities(mapping: EspoMapping, env: z.infer<typeof schema>): EspoMapping {
  if (mapping !== EXTENSION_MAPPING) return mapping
  const { akte, dokument } = mapping
  return {
    akte: { ...akte, entity: env.ESPOCRM_ENTITY_AKTE },
    dokument: { ...dokument, entity: env.ESPOCRM_ENTITY_DOKUMENT },
  }
}

/** Names in the predecessor's `.env` (docs/migration.md), and the settings that took their place; null: none did. */
const PREDECESSOR: readonly [name: RegExp, now: string | null][] = [
  [/^REDIS_(HOST|URL)$/, 'MOTIA_REDIS_HOST'],
  [/^REDIS_PORT$/, 'MOTIA_REDIS_PORT'],
  [/^REDIS_USER(NAME)?$/, 'MOTIA_REDIS_USERNAME'],
  [/^REDIS_PASSWORD$/, 'MOTIA_REDIS_PASSWORD'],
  [/^REDIS_DB(_ADVOWARE_\w+)?$/, 'MOTIA_REDIS_DB'],
  [/^REDIS_(DB|TIMEOUT)_\w+$/, null],
  [/^ADVOWARE_WATCHER_(BASE_URL|API_URL|API_BASE_URL)$/, 'ADVOWARE_WATCHER_URL'],
  [/^ADVOWARE_WATCHER_(TOKEN|API_KEY|BEARER_TOKEN)$/, 'ADVOWARE_WATCHER_AUTH_TOKEN'],
  [/^ADVOWARE_(BASE_URL|API_URL)$/, 'ADVOWARE_API_BASE_URL'],
  [/^ADVOWARE_(SECURITY_BASE_URL|AUTH_URL|TOKEN_URL)$/, 'ADVOWARE_SECURITY_URL'],
  [/^ADVOWARE_PRODUCT_ID$/, 'ADVOWARE_PRODUCT'],
  [/^ADVOWARE_ROLE_ID$/, 'ADVOWARE_ROLE'],
  [/^ADVOWARE_USERNAME$/, 'ADVOWARE_USER'],
  [/^ADVOWARE_(DB|DATABASE_NAME)$/, 'ADVOWARE_DATABASE'],
  [/^ADVOWARE_(TOKEN_LIFETIME_\w+|API_TIMEOUT_\w+)$/, null],
  [/^ESPOCRM_(BASE_URL|API_URL|URL)$/, 'ESPOCRM_API_BASE_URL'],
  [/^ESPOCRM_(\w+_)?API_KEY$/, 'ESPOCRM_API_KEY'],
  [/^ESPOCRM_WEBHOOK_SECRET$/, 'ESPOCRM_WEBHOOK_SECRETS'],
  [/^ESPOCRM_API_TIMEOUT_\w+$/, null],
]

/** The setting that took the place of a predecessor's; null: none did; undefined: the predecessor had none of this name. */
export function successorOf(name: string): string | null | undefined {
  if (settingNames.includes(name)) return undefined
  return PREDECESSOR.find(([pattern]) => pattern.test(name))?.[1]
}

/**
 * The scope of the lock alone, for what Motia imports before anybody checked the settings: whatever is not `akte` is
 * `global`. Never throws.
 */
export function lockScope(env: Environment = process.env): Config['sync']['lockScope'] {
  return schema.shape.SYNC_LOCK_SCOPE.catch('global').parse(env.SYNC_LOCK_SCOPE)
}

/** The language alone, for what people read where other settings are missing or wrong. Never throws. */
export function languageOf(env: Environment = process.env): Config['sync']['language'] {
  return schema.shape.SYNC_LANGUAGE.catch('de').parse(env.SYNC_LANGUAGE)
}

/** The names that have a value in this environment. */
export const namesIn = (env: Environment = process.env): string[] =>
  Object.keys(env).filter((name) => env[name]?.trim())

/** The folder of the audit log alone: it can be verified on a machine that has no other setting. */
export function auditDirectory(env: Environment = process.env): string {
  return schema.shape.SYNC_AUDIT_DIR.parse(env.SYNC_AUDIT_DIR)
}

/** The file of named administrators alone: people are added before any other setting is there. */
export function usersFile(env: Environment = process.env): string | undefined {
  return schema.shape.SYNC_ADMIN_USERS_FILE.parse(env.SYNC_ADMIN_USERS_FILE)
}

/** From here on this process and those that it starts read these settings: a Redis of this machine, without a login. */
export function announceRedis(
  { host, port }: Pick<Config['redis'], 'host' | 'port'>,
  env: Environment = process.env,
) {
  env.MOTIA_REDIS_HOST = host
  env.MOTIA_REDIS_PORT = `${port}`
  for (const name of ['MOTIA_REDIS_USERNAME', 'MOTIA_REDIS_PASSWORD']) delete env[name]
}

/** Whether the environment names a proxy for web requests. */
export const hasProxy = (env: Environment = process.env): boolean =>
  Object.keys(env).some((name) => /^(https?|all)_proxy$/i.test(name))

/** Motia sends no analytics, unless somebody set its variable to something else. */
export function switchAnalyticsOff(env: Environment = process.env): void {
  env.MOTIA_ANALYTICS_DISABLED ||= 'true'
}

const OWN_SETTING = /^(MOTIA_REDIS_|ADVOWARE_|ESPOCRM_|SYNC_|ALERT_|RETENTION_)/

/**
 * The environment for a server of its own with these `settings`: nothing of the caller's and nothing of `.env` (whose
 * variables are `dotEnv`), which may be those of production. A blank value counts as absent and keeps `.env` from
 * filling it in.
 */
export function environmentOf(
  settings: Record<string, string>,
  dotEnv: Environment,
  env: Environment = process.env,
): Environment {
  const names = Object.keys({ ...env, ...dotEnv }).filter((name) => OWN_SETTING.test(name))
  const blank = Object.fromEntries(names.map((name) => [name, '']))
  const { NODE_ENV: _, VITEST: __, ...inherited } = env
  return { ...inherited, ...blank, MOTIA_REDIS_HOST: '', MOTIA_ANALYTICS_DISABLED: 'true', ...settings }
}
