import { createReadStream } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { blake3, createBLAKE3 } from 'hash-wasm'

/** Hash of a file, streamed: the stand-ins hold files larger than memory. */
export async function hashFile(path: string): Promise<string> {
  const { size } = await stat(path)
  if (size < 1 << 20) return blake3(await readFile(path))
  const hasher = await createBLAKE3()
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) hasher.update(chunk as Buffer)
  return hasher.digest('hex')
}

/** Hash of content that is already in memory. */
export async function hashOf(content: string | Uint8Array): Promise<string> {
  return blake3(content)
}

/** Replaces a file atomically, so that a crash never leaves half of it. */
async function writeAtomic(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const temporary = `${path}.${process.pid}.new`
  await writeFile(temporary, content)
  await rename(temporary, path)
}

export function isMissing(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** State whose owner must be told of each change. */
export interface KeptState<T> {
  readonly data: T
  touch(): void
}

/** State that is lost when the process ends. */
export const inMemory = <T>(data: T): KeptState<T> => ({ data, touch: () => {} })

/** State kept in memory and written shortly after a change: one write for many changes. */
export class JsonFile<T> implements KeptState<T> {
  private timer: NodeJS.Timeout | undefined
  private writing: Promise<void> = Promise.resolve()
  private pause = 100

  private constructor(
    private readonly path: string,
    readonly data: T,
  ) {}

  static async open<T>(path: string, fallback: T): Promise<JsonFile<T>> {
    try {
      return new JsonFile(path, { ...fallback, ...(JSON.parse(await readFile(path, 'utf8')) as Partial<T>) })
    } catch (error) {
      if (!isMissing(error)) throw new Error(`Cannot read the sandbox state ${path}`, { cause: error })
      return new JsonFile(path, fallback)
    }
  }

  /** Marks the data as changed. Large state waits longer, so that saving never dominates. */
  touch(): void {
    this.timer ??= setTimeout(() => {
      this.flush().catch((error: unknown) => console.error(`Cannot save ${this.path}:`, error))
    }, this.pause)
  }

  async flush(): Promise<void> {
    clearTimeout(this.timer)
    this.timer = undefined
    const write = async (): Promise<void> => {
      const started = Date.now()
      await writeAtomic(this.path, JSON.stringify(this.data))
      this.pause = Math.max(100, 10 * (Date.now() - started))
    }
    this.writing = this.writing.then(write, write)
    await this.writing
  }
}
