import type { ServiceContext } from '../model/service-context'
import type { AkteLookup } from './akte-lookup'

/** The Akte as Advoware knows it (docs/contracts.md, Advoware). */
export class AdvowareService {
  constructor(
    private readonly context: Pick<ServiceContext, 'logger'>,
    private readonly lookup: AkteLookup,
  ) {}

  /**
   * Reads whether the Akte is archived, and since when (as Advoware writes it; null where it does not say).
   * @throws NotFoundError when Advoware does not know it, ContractError when its address leads to another Akte
   */
  async getAkte(aktennummer: string): Promise<{ ablage: boolean; ablageDatum: string | null }> {
    const { ablage = false, ablageDatum } = await this.lookup.read(aktennummer)
    this.context.logger.debug(`🗄️ Advoware Akte ${aktennummer}: ablage ${ablage}`)
    return { ablage, ablageDatum }
  }
}
