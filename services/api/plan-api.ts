import type { z } from 'zod'
import type { Runtime } from '../app/runtime'
import { planAkte } from '../sync/plan'
import type { ApiAnswer } from './answer'
import { aktennummerSchema, type planSchema } from './schemas'

/** GET /akten/{aktennummer}/plan: the same as `npm run plan` prints. @throws NotFoundError, RetryLaterError */
export async function planAnswer(
  runtime: Pick<Runtime, 'config' | 'logger' | 'systems'>,
  aktennummer: unknown,
): Promise<ApiAnswer> {
  const body: z.infer<typeof planSchema> = await planAkte(runtime, aktennummerSchema.parse(aktennummer))
  return { status: 200, body }
}
