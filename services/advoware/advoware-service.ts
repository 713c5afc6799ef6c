import type { ServiceContext } from '../model/service-context'
import type { AkteLookup } from './akte-lookup'

/** The Akte as Advoware knows it (docs/contracts.md, Advoware). */
export class AdvowareService {
  constructor(
    private readonly context: Pick<ServiceContext, 'logger'>,
    private readonly lookup: AkteLookup,
  ) {}

  /**
   * Reads whether the Akte is archived.
   * @throws NotFoundError when Advoware does not know it, ContractError when its address leads to another Akte
   */
  async getAkte(aktennummer: string): Promise<{ ablage: boolean }> {
    const { ablage = false } = await this.lookup.read(aktennummer)
    this.context.logger.debug(`🗄️ Advoware Akte ${aktennummer}: ablage ${ablage}`)
    return { ablage }
  }
}
