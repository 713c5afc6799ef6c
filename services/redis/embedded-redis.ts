import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startTimer, systemClock } from '../clock'
import type { Config } from '../config'
import { askRedis } from './redis-factory'
import { probeRedis, speaksTls } from './redis-probe'

interface RedisAddress {
  host: string
  port: number
}

const HOST = '127.0.0.1'
/** Wait before a Redis that ended is restarted: at first, and at most when it keeps ending. */
const RESTART_MS = { first: 500, most: 10_000 }

/**
 * Runs redis-server until stdin ends, that is until its parent is gone, however that died (kill -9 included).
 * Its own process group keeps Ctrl-C away from Redis, so that the server can still use it while it stops.
 */
const GUARD =
  'exec 3<&0; "$@" & pid=$!; { cat <&3 >/dev/null; kill "$pid" 2>/dev/null; } & exec 3<&-; wait "$pid"'

/** No use in waiting: somebody must change a setting. */
const FOR_A_PERSON = /WRONGPASS|NOAUTH|NOPERM|AUTH.*without any password/

/** Waits until a Redis does what the product needs. @throws the last error after `timeoutMs`, or at once what needs a person */
export async function waitForRedis(
  address: RedisAddress & Partial<Config['redis']>,
  timeoutMs: number,
): Promise<void> {
  const passed = startTimer(systemClock)
  for (;;) {
    const problem = await askRedis(address, probeRedis).catch((error: Error) => error)
    if (!problem) return
    const isCut = problem.message === 'Connection is closed.' && (await speaksTls(address))
    if (isCut || passed() > timeoutMs || FOR_A_PERSON.test(problem.message)) throw problem
    await sleep(100)
  }
}

/** The data folder of the Redis on this port; undefined when something else, or nothing, is there. */
const dataFolderOf = (port: number) =>
  askRedis({ host: HOST, port }, async (client) => {
    const answer = (await client.config('GET', 'dir')) as string[]
    return answer[1]
  }).catch(() => undefined)

const isFree = (port: number) =>
  new Promise<boolean>((done) => {
    const probe = createServer()
    probe.once('error', () => done(false))
    probe.listen(port, HOST, () => probe.close(() => done(true)))
  })

/**
 * Starts a real redis-server that keeps its data in `folder` (append-only file) and ends with this process.
 * A Redis that already serves this very folder is shared. A port that something else has taken is replaced.
 */
export async function startEmbeddedRedis(folder: string, wantedPort: number): Promise<RedisAddress> {
  mkdirSync(folder, { recursive: true })
  const dir = realpathSync(folder)
  for (let waited = 0; (await dataFolderOf(wantedPort)) === dir; waited += 250) {
    // Either a second server in the same folder, or the Redis of one that was stopped a moment ago.
    if (waited >= 3000) return { host: HOST, port: wantedPort }
    await sleep(250)
  }
  let port = wantedPort
  while (!(await isFree(port))) port += 1
  if (port !== wantedPort) console.warn(`⚠️  Redis port ${wantedPort} was in use, using port ${port} instead`)

  const logfile = join(dir, 'redis.log')
  const command = [
    redisBinary(),
    ...['--port', `${port}`, '--bind', HOST, '--dir', dir, '--logfile', logfile, '--daemonize', 'no'],
    ...['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--maxmemory-policy', 'noeviction'],
  ]
  keepRunning(command)
  try {
    await waitForRedis({ host: HOST, port }, 30_000)
  } catch (cause) {
    throw new Error(`redis-server did not start: ${lastLines(logfile)}`, { cause })
  }
  return { host: HOST, port }
}

function keepRunning(command: string[], delayMs = RESTART_MS.first) {
  const [program = '', ...args] = command
  const startedAt = systemClock.now().getTime()
  const child =
    process.platform === 'win32'
      ? spawn(program, args, { stdio: ['pipe', 'ignore', 'inherit'] })
      : spawn('/bin/sh', ['-c', GUARD, 'redis-guard', ...command], {
          stdio: ['pipe', 'ignore', 'inherit'],
          detached: true,
        })
  child.on('error', (error) => console.error(`❌ redis-server cannot be started: ${error.message}`))
  child.stdin?.on('error', () => {})
  child.once('exit', () => {
    child.stdin?.end()
    const ranLong = systemClock.now().getTime() - startedAt > RESTART_MS.most
    const wait = ranLong ? RESTART_MS.first : delayMs
    console.error('⚠️  The embedded Redis ended, starting it again')
    setTimeout(() => keepRunning(command, Math.min(wait * 2, RESTART_MS.most)), wait).unref()
  })
  child.unref()
  if (process.platform === 'win32') process.once('exit', () => child.kill())
}

/** The installed redis-server; scripts/ensure-redis.mjs looks for it and installs one where there is none. */
function redisBinary(): string {
  const script = resolve(process.cwd(), 'scripts/ensure-redis.mjs')
  return execFileSync(process.execPath, [script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  }).trim()
}

function lastLines(file: string) {
  try {
    return readFileSync(file, 'utf8').trim().split('\n').slice(-3).join(' | ')
  } catch {
    return 'no log'
  }
}
