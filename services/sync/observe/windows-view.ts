import { CoalescedRefresh } from '../../coalesced-refresh'
import { NotFoundError } from '../../errors'
import type { WindowsFile } from '../../model/model'
import { ownerFilesOf, pathKey } from '../../model/paths'
import type { Listing, WatcherService } from '../../watcher/watcher-service'

const DAY_MS = 24 * 3600 * 1000

/** An Aktenordner as it was listed last; `refresh` looks again. */
export class WindowsView {
  private byPath = new Map<string, WindowsFile>()
  private byKey = new Map<string, WindowsFile>()
  private readonly coalesced = new CoalescedRefresh(async () => {
    this.listing = await list(this.watcher, this.aktennummer)
    this.index()
  })

  private constructor(
    private readonly watcher: Pick<WatcherService, 'getAkteFiles'>,
    private readonly aktennummer: string,
    private listing: Listing & { exists: boolean },
  ) {
    this.index()
  }

  /** Lists the Aktenordner for the first time. @throws what `getAkteFiles` throws, but for a missing folder */
  static async open(
    watcher: Pick<WatcherService, 'getAkteFiles'>,
    aktennummer: string,
  ): Promise<WindowsView> {
    return new WindowsView(watcher, aktennummer, await list(watcher, aktennummer))
  }

  /** Every file of the last listing. */
  get files(): WindowsFile[] {
    return this.listing.files
  }

  /** False after a 404: there is no such folder. */
  get exists(): boolean {
    return this.listing.exists
  }

  /** The file as listed last, found by its exact spelling first. */
  find(path: string): WindowsFile | null {
    return this.byPath.get(path) ?? this.byKey.get(pathKey(path)) ?? null
  }

  /**
   * The owner file that says that the document is open in Word or LibreOffice, since it was `modified`; null where none
   * does. One that is older than a day proves nothing: programs leave it behind when they crash. Neither does a time
   * that far ahead, or one that is none.
   */
  ownerFileOf(path: string): WindowsFile | null {
    const owners = ownerFilesOf(path).flatMap((owner) => this.byKey.get(owner) ?? [])
    const isRecent = ({ modified }: WindowsFile) =>
      Math.abs(this.listing.now - Date.parse(modified)) <= DAY_MS
    return owners.find(isRecent) ?? null
  }

  /**
   * Milliseconds until the file will not have been modified within the last `seconds`, by the watcher's own clock; 0
   * when that is so already. It also counts a moment ahead of that clock, because both times have whole seconds, and so
   * has what is left. A time far ahead says nothing and never holds a file back.
   */
  freshForMs(file: WindowsFile, seconds: number): number {
    const age = this.listing.now - Date.parse(file.modified)
    const isFresh = Math.abs(age) < seconds * 1000
    return isFresh ? Math.ceil((seconds * 1000 - age) / 1000) * 1000 : 0
  }

  /** What keeps a file from lying at this path: a folder of that name, or a file in place of one of its folders. */
  obstacleAt(path: string): string | null {
    const key = pathKey(path)
    for (let at = key.indexOf('/'); at >= 0; at = key.indexOf('/', at + 1)) {
      const file = this.byKey.get(key.slice(0, at))
      if (file !== undefined) return file.path
    }
    const below = [...this.byKey.keys()].find((other) => other.startsWith(`${key}/`))
    return below === undefined ? null : `${path}/`
  }

  /** Lists again. The answer is younger than the call; callers that come meanwhile share the next one. */
  refresh(): Promise<void> {
    return this.coalesced.refresh()
  }

  private index(): void {
    this.byPath = new Map(this.listing.files.map((file) => [file.path, file]))
    this.byKey = new Map([...this.listing.files].reverse().map((file) => [pathKey(file.path), file])) // the first of twins
  }
}

async function list(
  watcher: Pick<WatcherService, 'getAkteFiles'>,
  aktennummer: string,
): Promise<Listing & { exists: boolean }> {
  try {
    return { ...(await watcher.getAkteFiles(aktennummer)), exists: true }
  } catch (error) {
    if (error instanceof NotFoundError) return { files: [], now: 0, exists: false }
    throw error
  }
}
