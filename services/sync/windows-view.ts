import { NotFoundError } from '../errors'
import type { Listing, WatcherService } from '../watcher/watcher-service'
import type { WindowsFile } from './model'
import { ownerFilesOf, pathKey } from './paths'

/** An Aktenordner as it was listed last; `refresh` looks again. */
export class WindowsView {
  private waiting: Promise<void> | undefined
  private running: Promise<void> | undefined
  private keys = new Set<string>()

  private constructor(
    private readonly watcher: Pick<WatcherService, 'getAkteFiles'>,
    private readonly aktennummer: string,
    private listing: Listing & { exists: boolean },
  ) {
    this.index()
  }

  static async open(
    watcher: Pick<WatcherService, 'getAkteFiles'>,
    aktennummer: string,
  ): Promise<WindowsView> {
    return new WindowsView(watcher, aktennummer, await list(watcher, aktennummer))
  }

  get files(): WindowsFile[] {
    return this.listing.files
  }

  /** False after a 404: there is no such folder. */
  get exists(): boolean {
    return this.listing.exists
  }

  /** The file as listed last, found by its exact spelling first. */
  find(path: string): WindowsFile | null {
    const key = pathKey(path)
    const { files } = this.listing
    return (
      files.find((file) => file.path === path) ?? files.find((file) => pathKey(file.path) === key) ?? null
    )
  }

  /** True while an owner file says that the document is open in Word or LibreOffice. */
  isOpen(path: string): boolean {
    return ownerFilesOf(path).some((owner) => this.keys.has(owner))
  }

  /** True when the file was modified within the last `seconds`, by the watcher's own clock. */
  isFresh(file: WindowsFile, seconds: number): boolean {
    const age = this.listing.now - Date.parse(file.modified)
    return age >= 0 && age < seconds * 1000
  }

  /**
   * Lists again. The answer is always younger than the call; callers that come while a listing is under way share the
   * next one, so that a thousand changed files do not mean a thousand listings at once.
   */
  refresh(): Promise<void> {
    this.waiting ??= (this.running ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => {
        this.waiting = undefined
        this.running = list(this.watcher, this.aktennummer)
          .then((listing) => {
            this.listing = listing
            this.index()
          })
          .finally(() => {
            this.running = undefined
          })
        return this.running
      })
    return this.waiting
  }

  private index(): void {
    this.keys = new Set(this.listing.files.map((file) => pathKey(file.path)))
  }
}

async function list(
  watcher: Pick<WatcherService, 'getAkteFiles'>,
  aktennummer: string,
): Promise<Listing & { exists: boolean }> {
  try {
    return { ...(await watcher.getAkteFiles(aktennummer)), exists: true }
  } catch (error) {
    if (error instanceof NotFoundError) return { files: [], now: Date.now(), exists: false }
    throw error
  }
}
