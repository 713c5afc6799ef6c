import { z } from 'zod'
import { parseAnswer } from '../http/http-client'
import type { ServiceContext } from '../model/service-context'
import type { AdvowareClient } from './advoware-client'

const akteSchema = z.object({
  ablage: z
    .union([z.boolean(), z.literal(0), z.literal(1), z.enum(['0', '1', 'true', 'false']), z.null()])
    .optional()
    .transform((value) => value === true || value === 1 || value === '1' || value === 'true'),
})

/** The Akte as Advoware knows it (docs/contracts.md, Advoware). */
export class AdvowareService {
  constructor(
    private readonly context: ServiceContext,
    private readonly client: AdvowareClient,
  ) {}

  /** Reads whether the Akte is archived. @throws NotFoundError when Advoware does not know it */
  async getAkte(aktennummer: string): Promise<{ ablage: boolean }> {
    const path = `/Akten/${encodeURIComponent(aktennummer)}`
    const data = await this.client.request('GET', path)
    const akte = parseAnswer('Advoware', path, akteSchema, Array.isArray(data) ? data[0] : data)
    this.context.logger.debug(`🗄️ Advoware Akte ${aktennummer}: ablage ${akte.ablage}`)
    return akte
  }
}
