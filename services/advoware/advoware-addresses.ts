import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import { type Config, isTrustedAddress } from '../config'
import { ContractError, describeError, FixAccessError } from '../errors'
import { createHttp, parseAnswer, send, statusOf } from '../http/http-client'
import { parseJson } from '../json'
import type { ServiceContext } from '../model/service-context'
import { KEYS } from '../redis/keys'

const SYSTEM = 'Advoware'
const LONGEST_ANSWER_MS = 20_000
const LARGEST_ANSWER_BYTES = 64 * 1024
/** Addresses older than this are asked for again before they are used. */
const LIFETIME_MS = 24 * 3600 * 1000
/** A connector that is offline is a normal state: the vendor is asked about it once a minute, not for every Akte. */
const PAUSE_MS = 60_000
/** Old addresses are better than none while the vendor's service is down. */
const KEPT_SECONDS = 30 * 24 * 3600

/** Where Advoware is, without trailing slashes. */
export interface Addresses {
  /** The data API, without the path prefix. */
  api: string
  /** The token service. */
  security: string
}

/** What the configurator said, and when it was asked last. */
interface Discovered {
  api: string | null
  security: string | null
  /** Epoch milliseconds. */
  askedAt: number
}

type Settings = Pick<
  Config['advoware'],
  'apiBaseUrl' | 'securityUrl' | 'configuratorUrl' | 'kanzlei' | 'apiKey'
>

const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim().replace(/\/+$/, '') || null)
/** The vendor's answer (docs/contracts.md, Advoware). */
const answerSchema = z.object({ connectorUrl: text, relayUrl: text, securityGateway: text })
const address = z.string().refine(isTrustedAddress).nullable()
const discoveredSchema = z.object({ api: address, security: address, askedAt: z.number() })

/**
 * Advoware's two addresses: those that are set, else those that the vendor's configurator names for the Kanzlei. What it
 * named is kept in Redis for all processes, signed with the API key: a login goes there.
 */
export class AdvowareAddresses {
  private known: Promise<Addresses> | undefined
  /** Requests that meet silence at the same time ask once. */
  private asking: Promise<Addresses> | undefined

  constructor(
    private readonly context: ServiceContext,
    private readonly redis: Pick<Redis, 'get' | 'set'>,
    private readonly settings: Settings,
  ) {}

  /**
   * The addresses to use now.
   * @throws FixAccessError for an unknown Kanzlei, ContractError for an answer that names no usable address,
   * RetryLaterError while the configurator does not answer and nothing is kept
   */
  current(): Promise<Addresses> {
    this.known ??= this.find().catch((error) => {
      this.known = undefined
      throw error
    })
    return this.known
  }

  /**
   * Asks again because nobody answered at `silent`, at most once a minute for all processes. Resolves to other addresses
   * than those, or to null where there are none. Never throws.
   */
  async moved(silent: Addresses): Promise<Addresses | null> {
    if (this.isSet()) return null
    this.asking ??= this.findAgain(silent).finally(() => {
      this.asking = undefined
    })
    this.known = this.asking
    const now = await this.known
    return now.api === silent.api && now.security === silent.security ? null : now
  }

  /** The addresses as far as they are set or kept: asks nobody. */
  async remembered(): Promise<{ api: string | null; security: string | null }> {
    const kept = this.isSet() ? null : await this.kept()
    const { apiBaseUrl, securityUrl } = this.settings
    return { api: apiBaseUrl ?? kept?.api ?? null, security: securityUrl ?? kept?.security ?? null }
  }

  /** What the configurator names now; null: nothing of use. @throws as `current` */
  async discover(): Promise<{ api: string | null; security: string | null }> {
    const { configuratorUrl, kanzlei } = this.settings
    const { origin, pathname, search } = new URL(configuratorUrl)
    const answer = await send(SYSTEM, createHttp(origin, this.context), {
      url: `${pathname}${search}`,
      params: { Kanzlei: kanzlei },
      timeout: LONGEST_ANSWER_MS,
      maxContentLength: LARGEST_ANSWER_BYTES,
    }).catch((error: unknown) => {
      const status = statusOf(error) ?? 0
      if (status < 400 || status >= 500 || status === 429) throw error
      throw new FixAccessError(`Advoware's configurator refuses the Kanzlei (ADVOWARE_KANZLEI)`, {
        cause: error,
        system: SYSTEM,
      })
    })
    const { connectorUrl, relayUrl, securityGateway } = parseAnswer(
      SYSTEM,
      pathname,
      answerSchema,
      answer.data,
    )
    const { apiBaseUrl, securityUrl } = this.settings
    // The vendor demands the connector's own address wherever there is one.
    const api =
      connectorUrl === null
        ? trusted('relayUrl', relayUrl, apiBaseUrl)
        : trusted('connectorUrl', connectorUrl, apiBaseUrl)
    return { api, security: trusted('securityGateway', securityGateway, securityUrl) }
  }

  private isSet(): boolean {
    return this.settings.apiBaseUrl !== undefined && this.settings.securityUrl !== undefined
  }

  private async find(): Promise<Addresses> {
    const { apiBaseUrl, securityUrl } = this.settings
    if (apiBaseUrl !== undefined && securityUrl !== undefined)
      return { api: apiBaseUrl, security: securityUrl }
    const kept = await this.kept()
    if (kept !== null && this.age(kept) < LIFETIME_MS) return this.complete(kept)
    return this.complete(await this.ask(kept))
  }

  private async findAgain(silent: Addresses): Promise<Addresses> {
    try {
      const kept = await this.kept()
      return this.complete(kept !== null && this.age(kept) < PAUSE_MS ? kept : await this.ask(kept))
    } catch (error) {
      this.context.logger.warn(`⚠️ Advoware's addresses could not be asked for again: ${describeError(error)}`)
      return silent
    }
  }

  /** Asks and keeps the answer; where it fails, `old` counts for another lifetime. */
  private async ask(old: Discovered | null): Promise<Discovered> {
    const askedAt = this.context.clock.now().getTime()
    try {
      const fresh = { ...(await this.discover()), askedAt }
      const { api, security } = this.complete(fresh)
      await this.keep(fresh)
      this.context.logger.info(`🧭 Advoware is at ${api}, its token service at ${security}`)
      return fresh
    } catch (error) {
      if (old === null) throw error
      this.context.logger.warn(`⚠️ Advoware's addresses could not be asked for again: ${describeError(error)}`)
      const again = { ...old, askedAt }
      await this.keep(again)
      return again
    }
  }

  /** What is set wins. @throws ContractError where an address is neither set nor named */
  private complete({ api, security }: Pick<Discovered, 'api' | 'security'>): Addresses {
    const { apiBaseUrl, securityUrl } = this.settings
    return {
      api: apiBaseUrl ?? api ?? missing('connectorUrl and no relayUrl', 'ADVOWARE_API_BASE_URL'),
      security: securityUrl ?? security ?? missing('securityGateway', 'ADVOWARE_SECURITY_URL'),
    }
  }

  /** The clocks of several servers differ: an age below zero is an age, too. */
  private age({ askedAt }: Discovered): number {
    return Math.abs(this.context.clock.now().getTime() - askedAt)
  }

  private async kept(): Promise<Discovered | null> {
    const [signature = '', json = ''] = (await this.redis.get(KEYS.advowareAddresses))?.split(/ (.*)/s) ?? []
    const [given, wanted] = [Buffer.from(signature), Buffer.from(this.sign(json))]
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) return null
    return discoveredSchema.safeParse(parseJson(json)).data ?? null
  }

  private async keep(discovered: Discovered): Promise<void> {
    const json = JSON.stringify(discovered)
    await this.redis.set(KEYS.advowareAddresses, `${this.sign(json)} ${json}`, 'EX', KEPT_SECONDS)
  }

  /** About the Kanzlei and the configurator, too: other settings make what is kept worthless. */
  private sign(json: string): string {
    const { apiKey, configuratorUrl, kanzlei } = this.settings
    return createHmac('sha256', apiKey)
      .update(JSON.stringify([configuratorUrl, kanzlei, json]))
      .digest('hex')
  }
}

/** @throws ContractError for an address that no login may be sent to, where none is set instead */
function trusted(name: string, value: string | null, instead: string | undefined): string | null {
  if (value === null || isTrustedAddress(value)) return value
  if (instead !== undefined) return null
  throw new ContractError(`Advoware's configurator: ${name} is not an https address`, { system: SYSTEM })
}

function missing(what: string, setting: string): never {
  throw new ContractError(`Advoware's configurator names no ${what} for ADVOWARE_KANZLEI: set ${setting}`, {
    system: SYSTEM,
  })
}
