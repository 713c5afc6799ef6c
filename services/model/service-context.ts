import type { AxiosAdapter } from 'axios'
import type { Logger } from 'pino'
import type { Clock } from '../clock'
import type { WriteGuard } from './write-guard'

/** What a service needs of Motia's flow context, and of the run it works for. */
export interface ServiceContext {
  logger: Logger
  clock: Clock
  /** The lock of a run: asked before every request that changes something, also before each repetition of one. */
  guard?: WriteGuard
  /** How many requests each system gets at the same time; absent: as many as there are. */
  requestsAtOnce?: number
  /** How large an answer in JSON may be; absent: 64 MB. */
  maxAnswerBytes?: number
  /** Carries the requests in place of HTTP, where a test is the network. */
  transport?: AxiosAdapter
}
