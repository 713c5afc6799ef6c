import type { ChildProcess } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { constants, setPriority } from 'node:os'

/** What the process of a step tells its server, and how often. */
export const STEP_ALIVE = { type: 'document-sync:alive' } as const
export const STEP_ALIVE_MS = 5_000

const CHANNEL = 'child_process'
/** How Motia starts the process of a step. */
const RUNNER = 'node-runner.mjs'
/**
 * So many looks in vain, 40 s, and a process counts as hung: its lock lapses a few seconds later. A new process may take
 * longer to load.
 */
const LOOKS = { running: 8, starting: 24 }

/** Many steps on few processors must not keep the server from answering `/health` and webhooks. */
function letServerAnswerFirst({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL)
  } catch {
    // it is gone already
  }
}

/**
 * Ends processes of steps that hang (stopped, swapped out, a stuck disk): each would keep its place in the queue for
 * ever, and whoever continues long after its lease has lapsed must not write any more. Looks are counted, not time: when
 * the server itself stood still, nobody is blamed for it. Until then each of them gives way to the server.
 */
export class StepWatch {
  private readonly processes = new Map<ChildProcess, { silent: number; limit: number }>()
  private timer: NodeJS.Timeout | undefined

  constructor(
    private readonly warn: (line: string) => void,
    private readonly lookEveryMs = STEP_ALIVE_MS,
  ) {}

  /** From here on every process that Motia starts for a step is watched. Returns how to undo it. */
  watch(): () => void {
    subscribe(CHANNEL, this.onProcess)
    this.timer = setInterval(() => this.look(), this.lookEveryMs).unref()
    return () => {
      unsubscribe(CHANNEL, this.onProcess)
      clearInterval(this.timer)
    }
  }

  private readonly onProcess = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess }
    // The channel tells of a process before it is started.
    queueMicrotask(() => {
      if (!child.spawnargs?.some((argument) => argument.endsWith(RUNNER))) return
      this.processes.set(child, { silent: 0, limit: LOOKS.starting })
      letServerAnswerFirst(child)
      child.on('message', (told: unknown) => {
        if ((told as { type?: unknown } | null)?.type === STEP_ALIVE.type)
          this.processes.set(child, { silent: 0, limit: LOOKS.running })
      })
    })
  }

  private look(): void {
    for (const [child, state] of this.processes) {
      if (child.exitCode !== null || child.signalCode !== null) this.processes.delete(child)
      else if (++state.silent > state.limit) this.end(child, state.silent)
    }
  }

  private end(child: ChildProcess, looks: number): void {
    this.processes.delete(child)
    child.kill('SIGKILL')
    const seconds = (looks * this.lookEveryMs) / 1000
    this.warn(
      `⚠️  The process of a step (${child.pid}) gave no sign of life for ${seconds} s and was ended; its Akte is pending again within a minute`,
    )
  }
}
