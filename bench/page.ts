import { type AkteFigure, BARE, PRODUCT, WORKER } from './akte'
import { EXPLAINED } from './explained'
import type { Kept, Measured } from './results'

const fixed = (value: number, digits = 0) =>
  value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
const seconds = (ms: number) => (ms < 995 ? `${fixed(ms)} ms` : `${fixed(ms / 1000, 1)} s`)
const ratio = (a: number, b: number) => `${fixed(a / b, 2)} ×`

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

function when({ at, cpus, load, node }: Measured<unknown>): string {
  const shared =
    load > cpus / 2 ? `; the machine was shared, ${fixed(load, 1)} processes wanted a processor` : ''
  return `*Measured ${at} UTC, ${cpus} processors, Node ${node}${shared}.*`
}

/** The page of the benchmark, from what was measured last; sections that were not measured are left out. */
export function pageOf(results: Kept): string {
  const parts = [
    EXPLAINED.head,
    results.akte && akten(results.akte),
    results.archive && archive(results.archive),
    results.start && start(results.start),
    results.throughput && throughput(results.throughput),
    results.agreement && agreement(results.agreement),
    results.import && firstImport(results.import),
    results.backlog && backlog(results.backlog),
    results.large && large(results.large),
    results.decisions && decisions(results.decisions),
    results.hash && hashing(results.hash),
    results.profiles && profiles(results.profiles),
  ]
  return `${parts.filter(Boolean).join('\n\n')}\n`
}

/** The same case by another contestant. */
const by = (figures: AkteFigure[], one: AkteFigure, contestant: string) =>
  figures.find(
    (other) =>
      other.roundTripMs === one.roundTripMs &&
      other.files === one.files &&
      other.case === one.case &&
      other.contestant === contestant,
  )

function akten(measured: NonNullable<Kept['akte']>): string {
  const { figures } = measured
  const rows = figures
    .filter(({ contestant }) => contestant === PRODUCT)
    .map((one) => {
      const bare = by(figures, one, BARE)
      const others = ['rclone bisync', 'unison'].map((name) => by(figures, one, name))
      return [
        `${fixed(one.files)} files, ${one.roundTripMs} ms`,
        one.case,
        seconds(one.ms),
        bare ? seconds(bare.ms) : '',
        bare ? ratio(one.ms, bare.ms) : '',
        ...others.map((other) => (other ? seconds(other.ms) : '')),
        `${seconds(one.cpuMs ?? 0)} / ${seconds(bare?.cpuMs ?? 0)}`,
        `${one.requests ?? ''} / ${bare?.requests ?? ''}`,
        `${fixed(one.rssMb ?? 0)} MB`,
      ]
    })
  const head = [
    'Akte, round trip',
    'case',
    PRODUCT,
    BARE,
    'ratio',
    'rclone bisync',
    'unison',
    'processor time',
    'requests',
    'memory',
  ]
  return `## One Akte\n\n${EXPLAINED.akte}\n\n![Time over number of files](benchmark.svg)\n\n${table(head, rows)}\n\n${targetsReached(figures)}\n\n${reads(figures)}\n\n${inWorker(figures)}\n\n${when(measured)}`
}

/** How many of the measured cases reach the targets of time. */
function targetsReached(figures: AkteFigure[]): string {
  const count = (some: AkteFigure[], contestant: string, factor: number) => {
    const compared = some.filter((one) => by(figures, one, contestant))
    const reached = compared.filter((one) => one.ms <= factor * (by(figures, one, contestant)?.ms ?? 0))
    return `${reached.length} of ${compared.length}`
  }
  const own = figures.filter(({ contestant }) => contestant === PRODUCT)
  const quiet = own.filter((one) => one.case === 'unchanged')
  const moving = own.filter((one) => one.case !== 'unchanged')
  const atMost = count(moving, BARE, 1.25)
  return `**Reached:** at most 1.25 × the bare script in ${atMost} first syncs and changed runs; faster than rclone bisync in ${count(quiet, 'rclone bisync', 1)} unchanged runs.`
}

/** Unchanged Akten in a process that is up already. */
function inWorker(figures: AkteFigure[]): string {
  const rows = figures
    .filter(({ contestant }) => contestant === WORKER)
    .map((one) => {
      const rclone = by(figures, one, 'rclone bisync')
      return [
        `${fixed(one.files)} files, ${one.roundTripMs} ms`,
        seconds(one.ms),
        rclone ? seconds(rclone.ms) : '',
        rclone ? ratio(one.ms, rclone.ms) : '',
        seconds(one.cpuMs ?? 0),
      ]
    })
  return table(['unchanged, round trip', WORKER, 'rclone bisync', 'ratio', 'processor time'], rows)
}

/** The reads of unchanged runs against what they may be. */
function reads(figures: AkteFigure[]): string {
  const quiet = figures.filter((one) => one.contestant === PRODUCT && one.case === 'unchanged')
  const byFiles = new Map(quiet.map((one) => [one.files, one.reads ?? 0]))
  const rows = [...byFiles].map(([files, count]) => [
    fixed(files),
    `${count}`,
    `${4 + Math.ceil(files / 200)}`,
  ])
  return table(['unchanged, files', 'reads', 'at most'], rows)
}

function archive(measured: NonNullable<Kept['archive']>): string {
  const rows = measured.figures.map(({ archive: setting, files, changed, ms, cpuMs, requests }) => [
    `\`${setting}\`, ${fixed(changed)} of ${fixed(files)} files`,
    seconds(ms),
    seconds(cpuMs),
    fixed(requests),
  ])
  const head = ['SYNC_ARCHIVE', 'run', 'processor time', 'requests']
  return `## What it costs to keep every version\n\n${EXPLAINED.archive}\n\n${table(head, rows)}\n\n${when(measured)}`
}

function start(measured: NonNullable<Kept['start']>): string {
  const alone = measured.figures[0]?.cpuMs ?? 0
  const rows = measured.figures.map(({ what, cpuMs }) => [
    what,
    `${fixed(cpuMs)} ms`,
    what === 'Node alone' ? '' : `+${fixed(cpuMs - alone)} ms`,
  ])
  return `## The start of a step\n\n${EXPLAINED.start}\n\n${table(['a new process that loads', 'processor time', 'beyond Node'], rows)}\n\n${when(measured)}`
}

function throughput(measured: NonNullable<Kept['throughput']>): string {
  const { rates, recoverySeconds } = measured.figures
  const rows = rates.map(
    ({
      by,
      scope,
      servers,
      akten: count,
      freshPerMinute,
      unchangedPerMinute,
      cpuMsPerAkte,
      startSeconds,
    }) => [
      `\`${scope}\`, ${servers} ${by ?? 'server'}${servers > 1 ? 's' : ''}, ${count} Akten`,
      fixed(freshPerMinute),
      fixed(unchangedPerMinute),
      `${fixed(cpuMsPerAkte)} ms`,
      fixed((60_000 / cpuMsPerAkte) * measured.cpus),
      startSeconds === undefined ? '' : `${startSeconds.toFixed(1)} s`,
    ],
  )
  const head = [
    'lock',
    'new ones per minute',
    'unchanged per minute',
    'processor time each',
    'what two processors could do',
    '`SADD` to start',
  ]
  const recovery =
    recoverySeconds === null
      ? ''
      : `\n\nFrom the death of a server during a sync to the next sync of that Akte: ${fixed(recoverySeconds)} s.`
  return `## Akten per minute\n\n${EXPLAINED.throughput}\n\n${table(head, rows)}${recovery}\n\n${when(measured)}`
}

function agreement(measured: NonNullable<Kept['agreement']>): string {
  const rows = measured.figures.map(({ direction, saves, p50, p95, waiting, start: begin, run }) => [
    `${direction}, ${saves} saves`,
    ...[p50, p95, waiting, begin, run].map((value) => seconds(value * 1000)),
  ])
  const head = ['a person saves', 'p50', 'p95', 'tick and quiet time', 'start of the process', 'run']
  return `## From save to agreement\n\n${EXPLAINED.agreement}\n\n${table(head, rows)}\n\n${when(measured)}`
}

function firstImport(measured: NonNullable<Kept['import']>): string {
  const { figures } = measured
  const rows = (
    [
      ['first import', figures.firstImport],
      ['sweep, nothing changed', figures.sweep],
    ] as const
  ).map(([name, round]) => [
    name,
    `${fixed(round.seconds)} s`,
    fixed((figures.akten * 60) / round.seconds),
    fixed(round.requests),
    `${fixed(round.personP95, 1)} s`,
  ])
  const head = [
    `${fixed(figures.akten)} Akten`,
    'time',
    'per minute',
    'requests',
    "a person's Akte meanwhile, p95",
  ]
  const redis = `Redis before and after the import, without the reports: ${fixed(figures.keysBefore)} and ${fixed(figures.keysAfter)} keys, ${fixed(figures.megabytesBefore, 1)} and ${fixed(figures.megabytesAfter, 1)} MB with everything: nearly all of it log lines of Motia, which go after three days. A change in a stale Akte that no webhook announced was carried over after ${fixed(figures.lostWebhookSeconds)} s and shown as drift after ${fixed(figures.driftShownSeconds)} s.`
  return `## First import and sweep\n\n${EXPLAINED.import}\n\n${table(head, rows)}\n\n${redis}\n\n${when(measured)}`
}

function backlog(measured: NonNullable<Kept['backlog']>): string {
  const { drain, growth } = measured.figures
  const rows = [
    ['one take while all wait', seconds(drain.takeMs)],
    ['take, claim, lock, check the lock, settle, release: each Akte', `${fixed(drain.perAkteMs, 1)} ms`],
    ['keys after one day and after two', `${growth.keysBefore} / ${growth.keysAfter}`],
    ['bytes after one day and after two', `${growth.bytesBefore} / ${growth.bytesAfter}`],
  ]
  const head = [`${fixed(drain.akten)} Akten; days of ${fixed(growth.ticks)} ticks`, '']
  return `## The backlog in Redis\n\n${EXPLAINED.backlog}\n\n${table(head, rows)}\n\n${when(measured)}`
}

function large(measured: NonNullable<Kept['large']>): string {
  const rows = measured.figures.map(({ direction, megabytes, product, plain }) => {
    const speed = (ms: number) => `${fixed(megabytes / (ms / 1000))} MB/s`
    return [
      `${direction}, ${fixed(megabytes)} MB`,
      `${seconds(product.ms)}, ${speed(product.ms)}`,
      `${seconds(plain.ms)}, ${speed(plain.ms)}`,
      ratio(plain.ms, product.ms),
      `${fixed(product.rssMb)} MB`,
      `${fixed(plain.rssMb)} MB`,
    ]
  })
  const head = ['one file', PRODUCT, 'plain copy', 'share of its speed', 'memory', 'memory of the copy']
  return `## A large file\n\n${EXPLAINED.large}\n\n${table(head, rows)}\n\n${when(measured)}`
}

function decisions(measured: NonNullable<Kept['decisions']>): string {
  const rows = measured.figures.map(({ files, ms }) => [fixed(files), `${fixed(ms, 1)} ms`])
  return `## Deciding\n\n${EXPLAINED.decisions}\n\n${table(['files', 'processor time'], rows)}\n\n${when(measured)}`
}

function hashing(measured: NonNullable<Kept['hash']>): string {
  const rows = measured.figures.map(({ contestant, perSecond, perCpuSecond }) => [
    contestant,
    `${fixed(perSecond)} MB/s`,
    perCpuSecond === null ? '' : `${fixed(perCpuSecond)} MB/s`,
  ])
  return `## Hashing\n\n${EXPLAINED.hash}\n\n${table(['Blake3', 'by the clock', 'by processor time'], rows)}\n\n${when(measured)}`
}

function profiles(measured: NonNullable<Kept['profiles']>): string {
  const parts = measured.figures.map(({ name, busyMs, shares }) => {
    const rows = shares.map((share) => [`\`${share.name}\``, `${fixed(share.percent, 1)} %`])
    const title = `### ${name[0]?.toUpperCase()}${name.slice(1)}`
    return `${title}\n\n${EXPLAINED.profiles[name]}\n\n${table([`on top of ${seconds(busyMs)}`, 'share'], rows)}`
  })
  return `## What is left\n\n${parts.join('\n\n')}\n\n${when(measured)}`
}
