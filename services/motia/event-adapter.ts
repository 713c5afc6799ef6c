import { BullMQEventAdapter } from '@motiadev/adapter-bullmq-events'
import type { Event, QueueConfig, SubscriptionHandle } from '@motiadev/core'

/** What Motia puts into a job; whatever else stands there was put by somebody else, or broke. */
const isEvent = (data: unknown): boolean => typeof data === 'object' && data !== null

/**
 * Motia's queue, with the one place mended that ends the server: after its last try, a job without data (`null`, by a
 * foreign program or a broken Redis) makes the listener that writes dead letters throw where nobody catches it.
 */
export class TolerantEventAdapter extends BullMQEventAdapter {
  /** Subscribes as Motia does. A job without data fails like any other one, and becomes no dead letter. */
  override async subscribe<TData>(
    topic: string,
    stepName: string,
    handler: (event: Event<TData>) => void | Promise<void>,
    options?: QueueConfig,
  ): Promise<SubscriptionHandle> {
    const handle = await super.subscribe(topic, stepName, handler, options)
    const worker = this.workerManager.getWorkerInfo(handle.id)?.worker
    for (const listener of worker?.listeners('failed') ?? []) {
      worker?.off('failed', listener as never)
      worker?.on('failed', (job, ...told) => {
        if (job === undefined || isEvent(job.data)) listener(job, ...told)
        else if (job.finishedOn) console.warn(`⚠️  A job without data was dropped (${job.id})`)
      })
    }
    return handle
  }
}
