import pino from 'pino'
import { systemClock } from '../../services/clock'
import type { ServiceContext } from '../../services/model/service-context'

/** What a service gets outside a run, without a line in the test's output. */
export const silentContext: ServiceContext = { logger: pino({ level: 'silent' }), clock: systemClock }
