import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from '../../scripts/motia-process'
import { type BenchFile, contentOf } from '../files'
import { type Cost, measure } from '../measured'
import { openSlowLink, type SlowLink } from '../slow-link'

/** Another sync program that keeps two folders alike, the second one behind the slow link. */
export interface Tool {
  name: string
  isInstalled(): boolean
  serve(far: string, port: number, home: string): ChildProcess
  sync(near: string, far: string, port: number, home: string, isFirst: boolean): Promise<Cost>
}

const isOnPath = (command: string, flag: string) => () => {
  try {
    execFileSync(command, [flag], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** New for every run; rclone identifies its pair of folders by it. */
let obscured: string | undefined

const rclone: Tool = {
  name: 'rclone bisync',
  isInstalled: isOnPath('rclone', 'version'),
  serve: (far, port) =>
    spawn(
      'rclone',
      ['serve', 'sftp', far, '--addr', `127.0.0.1:${port}`, '--user', 'bench', '--pass', 'bench'],
      {
        stdio: 'ignore',
      },
    ),
  sync: (near, _far, port, home, isFirst) => {
    obscured ??= execFileSync('rclone', ['obscure', 'bench']).toString().trim()
    const remote = `:sftp,host=127.0.0.1,port=${port},user=bench,pass=${obscured}:`
    const atOnce = ['--transfers', '4', '--checkers', '4', '--workdir', join(home, 'rclone')]
    const args = ['bisync', near, remote, ...atOnce, '--config', join(home, 'rclone.conf'), '--force']
    return measure('rclone', isFirst ? [...args, '--resync'] : args)
  },
}

const unison: Tool = {
  name: 'unison',
  isInstalled: isOnPath('unison', '-version'),
  serve: (_far, port, home) =>
    spawn('unison', ['-socket', `${port}`], {
      stdio: 'ignore',
      env: { ...process.env, UNISON: join(home, 'unison-far') },
    }),
  sync: (near, far, port, home) =>
    measure(
      'unison',
      [near, `socket://127.0.0.1:${port}/${far}`, '-batch', '-silent', '-confirmbigdel=false'],
      {
        UNISON: join(home, 'unison-near'),
      },
    ),
}

/** Those of them that are on the PATH. */
export const installedTools = (): Tool[] => [rclone, unison].filter((tool) => tool.isInstalled())

/** A tool between two folders with the given files, over a link of its own. */
export class ToolPair {
  private constructor(
    private readonly tool: Tool,
    private readonly files: BenchFile[],
    private readonly home: string,
    private readonly server: ChildProcess,
    private readonly link: SlowLink | null,
    private readonly port: number,
  ) {}

  static async open(tool: Tool, files: BenchFile[], home: string, roundTripMs: number): Promise<ToolPair> {
    const [near, far] = [join(home, 'near'), join(home, 'far')]
    for (const folder of [near, far, join(home, 'rclone')]) await mkdir(folder, { recursive: true })
    await write(near, files, 'v1')
    const port = await freePort()
    const server = tool.serve(far, port, home)
    await untilOpen(port)
    const link = roundTripMs === 0 ? null : await openSlowLink(port, roundTripMs)
    return new ToolPair(tool, files, home, server, link, link?.port ?? port)
  }

  /** Brings the folders into agreement. */
  sync(isFirst = false): Promise<Cost> {
    const { tool, home, port } = this
    return tool.sync(join(home, 'near'), join(home, 'far'), port, home, isFirst)
  }

  /** As `WorldApi.change`: every second one on the far side. */
  async change(count: number): Promise<void> {
    const step = Math.floor(this.files.length / count)
    const changed = Array.from({ length: count }, (_, at) => this.files[at * step]).filter(
      (one) => one !== undefined,
    )
    const version = `v ${Date.now()}`
    const grown = changed.map((file) => ({ ...file, size: file.size + 1 })) // seen even where times have whole seconds
    await write(
      join(this.home, 'near'),
      grown.filter((_, at) => at % 2 === 0),
      version,
    )
    await write(
      join(this.home, 'far'),
      grown.filter((_, at) => at % 2 === 1),
      version,
    )
  }

  close(): void {
    this.link?.close()
    this.server.kill('SIGKILL')
  }
}

async function write(folder: string, files: BenchFile[], version: string): Promise<void> {
  for (const file of files) {
    const path = join(folder, file.path)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, contentOf(file, version))
  }
}

async function untilOpen(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect({ port, host: '127.0.0.1' }, () => resolve(true)).on('error', () =>
        resolve(false),
      )
      socket.on('connect', () => socket.destroy())
    })
    if (isOpen) return
    await sleep(50)
  }
  throw new Error(`Nobody listens on port ${port}`)
}
