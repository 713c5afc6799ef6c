import { describe, expect, it } from 'vitest'
import {
  announceRedis,
  auditDirectory,
  environmentOf,
  loadConfig,
  lockScope,
  successorOf,
} from '../../services/config'
import { ConfigError } from '../../services/errors'
import { EXTENSION_MAPPING } from '../../services/espo-mapping'

const REQUIRED = {
  ADVOWARE_WATCHER_AUTH_TOKEN: 'watcher-token',
  ADVOWARE_APP_ID: 'app-123',
  ADVOWARE_API_KEY: 'dGVzdC1zZWNyZXQta2V5',
  ADVOWARE_KANZLEI: 'Kanzlei',
  ADVOWARE_DATABASE: 'db',
  ADVOWARE_USER: 'user',
  ADVOWARE_PASSWORD: 'password',
  ESPOCRM_API_BASE_URL: 'https://crm.example/api/v1',
  ESPOCRM_API_KEY: 'espo-key',
}

function problemsOf(env: Record<string, string | undefined>): string[] {
  try {
    loadConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as ConfigError).problems
  }
  return []
}

const namesOf = (problems: string[]) => problems.map((problem) => problem.split(' ')[0]).sort()

describe('missing and malformed settings', () => {
  it('are all listed at once, each with the name of its variable', () => {
    expect(namesOf(problemsOf({}))).toEqual(Object.keys(REQUIRED).sort())
    expect(problemsOf({}).every((problem) => problem.endsWith(' is missing'))).toBe(true)
  })

  it('stand together in the message', () => {
    const env = { ...REQUIRED, ADVOWARE_USER: undefined, SYNC_LOCK_SCOPE: 'all', MOTIA_REDIS_PORT: 'x' }
    const expected = /ADVOWARE_USER[\s\S]*SYNC_LOCK_SCOPE|SYNC_LOCK_SCOPE[\s\S]*ADVOWARE_USER/
    expect(() => loadConfig(env)).toThrow(expected)
    expect(() => loadConfig(env)).toThrow(/MOTIA_REDIS_PORT/)
  })

  it.each(Object.keys(REQUIRED))('%s blank counts as absent', (name) => {
    expect(problemsOf({ ...REQUIRED, [name]: '  ' })).toEqual([`${name} is missing`])
  })

  it.each([
    ['ESPOCRM_API_BASE_URL', 'crm-geheim.example'],
    ['ADVOWARE_API_BASE_URL', 'ftp://geheim.example'],
    ['ADVOWARE_WATCHER_URL', 'geheim:8765'],
    ['ADVOWARE_API_KEY', 'geheim!'],
    ['ADVOWARE_API_PREFIX', 'geheim/'],
    ['ADVOWARE_SECURITY_URL', 'geheim'],
    ['ADVOWARE_CONFIGURATOR_URL', 'http://geheim.example/Url'],
    ['ADVOWARE_CONFIGURATOR_URL', 'https://user:geheim@www2.advo-net.net/Url'],
    ['ADVOWARE_AKTE_ID', 'geheim'],
    ['ADVOWARE_AKTE_FIELDS', 'geheim=x'],
    ['ADVOWARE_PRODUCT', 'geheim'],
    ['ESPOCRM_ENTITY_AKTE', 'geheim/../x'],
    ['ESPOCRM_WEBHOOK_URL', 'geheim'],
    ['ESPOCRM_WEBHOOK_SECRETS', 'geheim'],
    ['ESPOCRM_WEBHOOK_SECRETS', 'id:geheim,,'],
    ['MOTIA_REDIS_PORT', '70007'],
    ['MOTIA_REDIS_PORT', 'geheim'],
    ['SYNC_MAX_ATTEMPTS', '70007'],
    ['SYNC_MAX_ATTEMPTS', '1.57'],
    ['SYNC_TRANSFER_CONCURRENCY', '-70007'],
    ['SYNC_QUIET_SECONDS', 'geheim'],
    ['SYNC_MAX_DELETE_PERCENT', '70007'],
    ['SYNC_WINDOWS_DELETIONS', 'geheim'],
    ['SYNC_ARCHIVE', 'geheim'],
    ['SYNC_TIME_ZONE', 'geheim'],
    ['SYNC_SWEEP_HOURS', 'geheim'],
    ['ALERT_SMTP_URL', 'mail-geheim.example'],
    ['ALERT_SMTP_URL', 'https://user:geheim@mail.example'],
    ['ALERT_SMTP_URL', 'smtp://user@geheim.example'],
    ['ALERT_SMTP_URL', 'smtp://:geheim@mail.example'],
    ['ALERT_SMTP_URL', 'smtps://:0'],
    ['ALERT_SMTP_URL', 'smtp://user:geheim%zz@mail.example'],
    ['ALERT_SMTP_URL', 'smtps://user:geheim@mail.example/path'],
    ['ALERT_SMTP_URL', 'smtps://user:geheim@mail.example?tls.rejectUnauthorized=false'],
    ['ALERT_MAIL_FROM', 'geheim'],
    ['ALERT_MAIL_FROM', 'Geheim <geheim>'],
    ['ALERT_MAIL_FROM', 'a@geheim.example\r\nBcc: b@example.com'],
    ['ALERT_MAIL_TO', 'a@example.com,geheim'],
    ['ALERT_MAIL_TO', 'a@example.com;geheim@example.com'],
    ['ALERT_MAIL_TO', 'geheim@example.com,'],
    ['ALERT_WEBHOOK_URL', 'geheim'],
    ['ALERT_WEBHOOK_URL', 'ftp://geheim.example'],
    ['ALERT_WEBHOOK_KIND', 'geheim'],
    ['ALERT_AFTER_MINUTES', '0'],
    ['ALERT_PER_HOUR', 'geheim'],
    ['ALERT_DETAILS', 'geheim'],
    ['ALERT_DAILY_AT', '24:00'],
    ['ALERT_DAILY_AT', 'geheim'],
    ['ALERT_DAILY_AT', '9:5'],
    ['SYNC_SWEEP_HOURS', '-1'],
    ['SYNC_SWEEP_HOURS', '8761'],
    ['SYNC_SWEEP_WINDOW', 'geheim'],
    ['SYNC_SWEEP_WINDOW', '7:00-7:00'],
    ['SYNC_SWEEP_WINDOW', '20:00-26:00'],
    ['SYNC_SWEEP_PER_MINUTE', 'geheim'],
    ['SYNC_SWEEP_PER_MINUTE', '0'],
    ['SYNC_SWEEP_PER_MINUTE', '1.57'],
    ['SYNC_LANGUAGE', 'geheim'],
    ['LOG_LEVEL', 'geheim'],
  ])('%s=%s is named, its value is not shown', (name, value) => {
    const problems = problemsOf({ ...REQUIRED, [name]: value })
    expect(namesOf(problems)).toEqual([name])
    expect(problems.join()).not.toContain(value)
    expect(problems.join()).not.toContain('geheim')
  })
})

describe('alerts', () => {
  const alertsOf = (env: Record<string, string>) => loadConfig({ ...REQUIRED, ...env }).alerts
  const MAIL = {
    ALERT_SMTP_URL: 'smtps://sync%40kanzlei.example:p%C3%A4ss%2F1@mail.example',
    ALERT_MAIL_FROM: 'Kanzlei Müller <sync@müller.example>',
    ALERT_MAIL_TO: 'it@kanzlei.example, chefin@kanzlei.example',
  }

  it('are off unless a channel is set', () => {
    expect(alertsOf({})).toEqual({
      mail: undefined,
      webhook: undefined,
      afterMs: 3_600_000,
      perHour: 10,
      hasDetails: false,
      dailyAt: undefined,
    })
  })

  it('read the mail server, the login within, and addresses', () => {
    expect(alertsOf(MAIL).mail).toEqual({
      server: {
        host: 'mail.example',
        port: 465,
        secure: true,
        login: { user: 'sync@kanzlei.example', pass: 'päss/1' },
      },
      from: 'Kanzlei Müller <sync@müller.example>',
      to: ['it@kanzlei.example', 'chefin@kanzlei.example'],
    })
    const plain = { ...MAIL, ALERT_SMTP_URL: 'smtp://[::1]:2525' }
    expect(alertsOf(plain).mail?.server).toEqual({ host: '::1', port: 2525, secure: false, login: undefined })
    expect(alertsOf({ ...MAIL, ALERT_SMTP_URL: 'smtp://mail.example/' }).mail?.server.port).toBe(587)
  })

  it.each(Object.keys(MAIL))('%s alone is refused: mail needs all three', (name) => {
    const env = { ...REQUIRED, ...MAIL, [name]: '' }
    expect(namesOf(problemsOf(env))).toEqual([name])
    expect(problemsOf(env).join()).not.toContain('kanzlei.example')
  })

  it.each([
    ['https://hooks.slack.com/services/T/B/x', 'auto', 'slack'],
    ['https://chat.kanzlei.example/hooks/x', 'auto', 'mattermost'],
    [
      'https://prod-1.westeurope.logic.azure.com:443/workflows/x/triggers/manual/paths/invoke',
      'auto',
      'teams',
    ],
    ['https://default1.06.environment.api.powerplatform.com/powerautomate/x', 'auto', 'teams'],
    ['https://ntfy.sh/kanzlei', 'auto', 'ntfy'],
    ['https://push.kanzlei.example/kanzlei', 'ntfy', 'ntfy'],
    ['http://127.0.0.1:1234/hook', 'auto', 'slack'],
  ])('%s with %s is %s', (url, kind, expected) => {
    expect(alertsOf({ ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_KIND: kind }).webhook).toEqual({
      url,
      kind: expected,
    })
  })

  it.each([
    ['7:30', '07:30'],
    [' 23:59 ', '23:59'],
  ])('ALERT_DAILY_AT=%s is %s', (value, expected) => {
    expect(alertsOf({ ALERT_DAILY_AT: value }).dailyAt).toBe(expected)
  })
})

describe('ADVOWARE_HISTORY_FIELDS', () => {
  const fieldsOf = (text: string) =>
    loadConfig({ ...REQUIRED, ADVOWARE_HISTORY_FIELDS: text }).advoware.historyFields
  const same = { hnr: 'hnr', dat: 'dat', art: 'art', text: 'text', datei: 'datei' }

  it.each([
    ['', same],
    ['datei=dateiname,dat=datum', { ...same, datei: 'dateiname', dat: 'datum' }],
    [' datei = Dateiname , art=Kürzel,', { ...same, datei: 'Dateiname', art: 'Kürzel' }],
    ['hnr=hNr', { ...same, hnr: 'hNr' }],
    ['datei=text,text=datei', { ...same, datei: 'text', text: 'datei' }],
  ])('"%s" names the fields', (text, expected) => {
    expect(fieldsOf(text)).toEqual(expected)
  })

  it.each([
    ['datum=dat', 'with hnr, dat, art, text, datei as ours'],
    ['datei', 'gives datei a name that no field has'],
    ['datei=', 'gives datei a name that no field has'],
    ['datei=a b', 'gives datei a name that no field has'],
    ['datei=__proto__', 'gives datei a name that no field has'],
    ['datei=constructor', 'gives datei a name that no field has'],
    [`datei=${'x'.repeat(65)}`, 'gives datei a name that no field has'],
    ['datei=a=b', 'is not a list of ours=theirs'],
    ['datei:dateiname', 'is not a list of ours=theirs'],
    ['datei=a,datei=b', 'names datei twice'],
    ['datei=text', 'gives datei the field of another name'],
    ['dat=x,datei=x', 'gives datei the field of another name'],
  ])('"%s" is refused at start', (text, expected) => {
    const problems = problemsOf({ ...REQUIRED, ADVOWARE_HISTORY_FIELDS: text })
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(/^ADVOWARE_HISTORY_FIELDS /)
    expect(problems[0]).toContain(expected)
  })
})

describe('settings of the predecessor', () => {
  it.each([
    ['REDIS_HOST', 'MOTIA_REDIS_HOST'],
    ['REDIS_PORT', 'MOTIA_REDIS_PORT'],
    ['REDIS_URL', 'MOTIA_REDIS_HOST'],
    ['REDIS_DB_ADVOWARE_CACHE', 'MOTIA_REDIS_DB'],
    ['REDIS_DB_CALENDAR_SYNC', null],
    ['REDIS_TIMEOUT_SECONDS', null],
    ['ADVOWARE_PRODUCT_ID', 'ADVOWARE_PRODUCT'],
    ['ADVOWARE_USERNAME', 'ADVOWARE_USER'],
    ['ADVOWARE_BASE_URL', 'ADVOWARE_API_BASE_URL'],
    ['ADVOWARE_TOKEN_LIFETIME_MINUTES', null],
    ['ADVOWARE_API_TIMEOUT_SECONDS', null],
    ['ESPOCRM_MARVIN_API_KEY', 'ESPOCRM_API_KEY'],
    ['ESPOCRM_WEBHOOK_SECRET', 'ESPOCRM_WEBHOOK_SECRETS'],
  ])('%s became %s', (name, now) => expect(successorOf(name)).toBe(now))

  it.each([
    ...Object.keys(REQUIRED),
    'ADVOWARE_PRODUCT',
    'ESPOCRM_WEBHOOK_SECRETS',
    'REDISMS_VERSION',
    'PATH',
  ])('%s is none of them', (name) => expect(successorOf(name)).toBeUndefined())

  it('are named where the new one is missing', () => {
    const { ESPOCRM_API_KEY: key, ...others } = REQUIRED
    expect(problemsOf({ ...others, ESPOCRM_MARVIN_API_KEY: key })).toEqual([
      'ESPOCRM_API_KEY is missing: ESPOCRM_MARVIN_API_KEY, its name in the predecessor, is set',
    ])
  })
})

describe('the defaults of docs/reference.md', () => {
  const OPTIONAL = [
    'MOTIA_REDIS_HOST',
    'MOTIA_REDIS_PORT',
    'MOTIA_REDIS_USERNAME',
    'MOTIA_REDIS_PASSWORD',
    'MOTIA_REDIS_DB',
    'ADVOWARE_WATCHER_URL',
    'ADVOWARE_API_BASE_URL',
    'ADVOWARE_API_PREFIX',
    'ADVOWARE_SECURITY_URL',
    'ADVOWARE_CONFIGURATOR_URL',
    'ADVOWARE_HISTORY_FIELDS',
    'ADVOWARE_AKTE_ID',
    'ADVOWARE_AKTE_FIELDS',
    'ADVOWARE_ROLE',
    'ADVOWARE_PRODUCT',
    'ADVOWARE_FILE_ROOT',
    'ADVOWARE_HISTORY_ART',
    'ESPOCRM_SECRET_KEY',
    'ESPOCRM_ENTITY_AKTE',
    'ESPOCRM_ENTITY_DOKUMENT',
    'ESPOCRM_MAPPING',
    'SYNC_LOCK_SCOPE',
    'SYNC_CONCURRENCY',
    'SYNC_TRANSFER_CONCURRENCY',
    'SYNC_WINDOWS_DELETIONS',
    'SYNC_QUIET_SECONDS',
    'SYNC_MAX_DELETE_PERCENT',
    'SYNC_PAUSE_AFTER_STOPS',
    'SYNC_MAX_ATTEMPTS',
    'SYNC_ARCHIVE',
    'SYNC_ARCHIVE_DIR',
    'SYNC_ARCHIVE_DAYS',
    'SYNC_AUDIT_DIR',
    'SYNC_BASE_DIR',
    'SYNC_TIME_ZONE',
    'SYNC_SWEEP_HOURS',
    'SYNC_SWEEP_WINDOW',
    'SYNC_SWEEP_PER_MINUTE',
    'SYNC_LANGUAGE',
    'LOG_LEVEL',
  ]
  const expected = {
    redis: { external: false, host: '127.0.0.1', db: 0 },
    watcher: { url: 'http://localhost:8765' },
    advoware: {
      apiBaseUrl: undefined,
      apiPrefix: undefined,
      securityUrl: undefined,
      configuratorUrl: 'https://www2.advo-net.net/AdvonetConfigurator/api/Url',
      akteId: 'aktennummer',
      role: 2,
      product: 64,
      historyArt: 'Dokument',
    },
    espo: { secretKey: undefined, mapping: EXTENSION_MAPPING },
    sync: {
      lockScope: 'global',
      concurrency: 4,
      transferConcurrency: 4,
      windowsDeletions: 'restore',
      espoDeletions: 'restore',
      quietSeconds: 5,
      maxDeletePercent: 50,
      pauseAfterStops: 3,
      maxAttempts: 8,
      timeZone: 'Europe/Berlin',
      sweep: { hours: 24, window: undefined, perMinute: undefined },
      archive: 'all',
      language: 'de',
    },
  }

  it('hold where a setting is absent', () => {
    expect(loadConfig(REQUIRED)).toMatchObject(expected)
  })

  it('hold where a setting is blank', () => {
    const blanks = Object.fromEntries(OPTIONAL.map((name, index) => [name, index % 2 ? '' : ' \t']))
    expect(loadConfig({ ...REQUIRED, ...blanks })).toEqual(loadConfig(REQUIRED))
  })
})

describe('settings', () => {
  it.each([
    ['127.0.0.1', undefined, { external: true, host: '127.0.0.1', port: 6379 }],
    ['redis.example', '6400', { external: true, host: 'redis.example', port: 6400 }],
    [undefined, '6400', { external: false, host: '127.0.0.1', port: 6400 }],
  ])('MOTIA_REDIS_HOST=%s MOTIA_REDIS_PORT=%s', (host, port, redis) => {
    const config = loadConfig({ ...REQUIRED, MOTIA_REDIS_HOST: host, MOTIA_REDIS_PORT: port })
    expect(config.redis).toMatchObject(redis)
  })

  it.each([
    ['SYNC_PAUSE_AFTER_STOPS', '0', { pauseAfterStops: 0 }],
    ['SYNC_QUIET_SECONDS', '0', { quietSeconds: 0 }],
    ['SYNC_LOCK_SCOPE', 'akte', { lockScope: 'akte' }],
    ['SYNC_WINDOWS_DELETIONS', 'delete', { windowsDeletions: 'delete' }],
    ['SYNC_ESPO_DELETIONS', 'flag', { espoDeletions: 'flag' }],
    ['SYNC_ARCHIVE', 'all', { archive: 'all' }],
    ['SYNC_LANGUAGE', 'en', { language: 'en' }],
  ])('%s=%s', (name, value, sync) => {
    expect(loadConfig({ ...REQUIRED, [name]: value }).sync).toMatchObject(sync)
  })

  it('addresses lose their trailing slash', () => {
    const env = { ...REQUIRED, ADVOWARE_SECURITY_URL: 'https://security.example/' }
    expect(loadConfig(env).advoware.securityUrl).toBe('https://security.example')
  })
})

describe('single settings, for those that work without all the others', () => {
  it.each([
    [undefined, 'global'],
    ['', 'global'],
    ['global', 'global'],
    ['akte', 'akte'],
    ['AKTE?', 'global'],
  ])('SYNC_LOCK_SCOPE=%s has scope %s', (value, scope) => {
    expect(lockScope({ SYNC_LOCK_SCOPE: value })).toBe(scope)
  })

  it.each([
    [undefined, 'audit'],
    ['  ', 'audit'],
    [' /srv/audit ', '/srv/audit'],
  ])('SYNC_AUDIT_DIR=%s is the folder %s', (value, folder) => {
    expect(auditDirectory({ SYNC_AUDIT_DIR: value })).toBe(folder)
  })

  it('the step that takes its queue from the lock scope can be imported without any setting', async () => {
    const { config } = await import('../../steps/advoware-docs/sync-event.step')
    expect(config.infrastructure?.queue?.type).toBe('fifo')
  })
})

describe('the environment of other processes', () => {
  it('learns where the embedded Redis is, and no login', () => {
    const env = { MOTIA_REDIS_PASSWORD: 'old', MOTIA_REDIS_PORT: '6390', PATH: '/bin' }
    announceRedis({ host: '127.0.0.1', port: 6391 }, env)
    expect(env).toEqual({ MOTIA_REDIS_HOST: '127.0.0.1', MOTIA_REDIS_PORT: '6391', PATH: '/bin' })
  })

  it('of a server of its own holds nothing of the caller or of .env', () => {
    const caller = { ADVOWARE_PASSWORD: 'production', NODE_ENV: 'test', VITEST: 'true', PATH: '/bin' }
    const dotEnv = { ESPOCRM_API_KEY: 'production', EDITOR: 'vi' }
    expect(environmentOf({ SYNC_LANGUAGE: 'en' }, dotEnv, caller)).toEqual({
      PATH: '/bin',
      ADVOWARE_PASSWORD: '',
      ESPOCRM_API_KEY: '',
      MOTIA_REDIS_HOST: '',
      MOTIA_ANALYTICS_DISABLED: 'true',
      SYNC_LANGUAGE: 'en',
    })
  })
})
