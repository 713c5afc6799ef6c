import { z } from 'zod'
import type { Config } from '../config'
import { ContractError, NotFoundError } from '../errors'
import { parseAnswer } from '../http/http-client'
import type { AdvowareClient } from './advoware-client'

const SYSTEM = 'Advoware'
const LIST = '/Akten'

const text = z.coerce
  .string()
  .nullish()
  .transform((value) => value?.trim() || null)
const archived = z
  .union([z.boolean(), z.literal(0), z.literal(1), z.enum(['0', '1', 'true', 'false']), z.null()])
  .optional()
  .transform((value) => value === true || value === 1 || value === '1' || value === 'true')

/** An Akte as Advoware describes it; null is what the answer does not say. */
export interface DescribedAkte {
  id: string | null
  aktennummer: string | null
  /** Archived; undefined where the answer does not say it. */
  ablage: boolean | undefined
  /** When that was, as Advoware writes it. */
  ablageDatum: string | null
  /** The names of all its fields, as Advoware calls them. */
  fields: string[]
}

/** Finds Akten in Advoware, by the Aktennummer or by an id of their own (`ADVOWARE_AKTE_ID`; docs/contracts.md, Advoware). */
export class AkteLookup {
  /** Ids never change: each is looked up once. */
  private readonly ids = new Map<string, string>()
  private readonly asking = new Map<string, Promise<DescribedAkte & { id: string }>>()

  constructor(
    private readonly client: AdvowareClient,
    private readonly config: Pick<Config['advoware'], 'akteId' | 'akteFields'>,
  ) {}

  /** The path of an Akte below the prefix. @throws NotFoundError, ContractError, FixAccessError, RetryLaterError */
  async pathOf(aktennummer: string): Promise<string> {
    return `${LIST}/${encodeURIComponent(await this.idOf(aktennummer))}`
  }

  /**
   * Reads an Akte and makes sure that it is the one that was meant: another Akte's History would lead another client's
   * files into it.
   * @throws NotFoundError when Advoware does not know it, ContractError when its address leads to another Akte
   */
  async read(aktennummer: string): Promise<DescribedAkte> {
    if (this.config.akteId === 'id') {
      const listed = await this.byNumber(aktennummer)
      if (listed.ablage !== undefined) return listed
    }
    const path = await this.pathOf(aktennummer)
    const akten = this.parse(path, [await this.client.request('GET', path)].flat())
    const akte = akten.find((one) => isNumbered(one, aktennummer)) ?? akten[0]
    if (akte === undefined)
      throw new NotFoundError(`Advoware knows no Akte ${aktennummer}`, { system: SYSTEM })
    if (akte.aktennummer !== null && !isNumbered(akte, aktennummer)) {
      const other = `${path} is Akte ${akte.aktennummer}, not ${aktennummer}`
      throw new ContractError(`Advoware: ${other} (ADVOWARE_AKTE_ID, ADVOWARE_AKTE_FIELDS)`, {
        system: SYSTEM,
      })
    }
    return akte
  }

  private async idOf(aktennummer: string): Promise<string> {
    if (this.config.akteId === 'aktennummer') return aktennummer
    return this.ids.get(aktennummer) ?? (await this.byNumber(aktennummer)).id
  }

  /** Looks an Akte up by its Aktennummer. Whoever asks at the same time shares one request. */
  private byNumber(aktennummer: string): Promise<DescribedAkte & { id: string }> {
    const asked = this.asking.get(aktennummer)
    if (asked !== undefined) return asked
    const asking = this.find(aktennummer).finally(() => this.asking.delete(aktennummer))
    this.asking.set(aktennummer, asking)
    return asking
  }

  private async find(aktennummer: string): Promise<DescribedAkte & { id: string }> {
    const params = { [this.config.akteFields.aktennummer]: aktennummer }
    const answer = await this.client.request('GET', LIST, { params })
    // A filter that Advoware does not know is ignored there: what it lists is compared here.
    const akten = this.parse(LIST, [answer ?? []].flat()).filter((akte) => isNumbered(akte, aktennummer))
    const [akte, ...others] = akten
    if (akte === undefined)
      throw new NotFoundError(`Advoware lists no Akte ${aktennummer}`, { system: SYSTEM })
    const { id } = akte
    if (id === null || others.some((other) => other.id !== id)) {
      const problem = id === null ? 'without an id' : 'more than once'
      throw new ContractError(`Advoware: lists Akte ${aktennummer} ${problem} (ADVOWARE_AKTE_FIELDS)`, {
        system: SYSTEM,
      })
    }
    this.ids.set(aktennummer, id)
    return { ...akte, id }
  }

  private parse(path: string, akten: unknown[]): DescribedAkte[] {
    const { id, aktennummer, ablage, ablageDatum } = this.config.akteFields
    const day = text.catch(null)
    const schema = z.object({ [id]: text, [aktennummer]: text, [ablage]: archived, [ablageDatum]: day })
    return parseAnswer(SYSTEM, path, z.array(schema), akten).map((akte, index) => {
      const fields = Object.keys(akten[index] as object)
      return {
        id: akte[id] as string | null,
        aktennummer: akte[aktennummer] as string | null,
        ablage: fields.includes(ablage) ? (akte[ablage] as boolean) : undefined,
        ablageDatum: akte[ablageDatum] as string | null,
        fields,
      }
    })
  }
}

/** A number in one system is a text with leading zeros in another. */
function isNumbered({ aktennummer }: DescribedAkte, wanted: string): boolean {
  const bare = (number: string | null) => number?.toLowerCase().replace(/^0+(?=\d)/, '')
  return bare(aktennummer) === bare(wanted)
}
