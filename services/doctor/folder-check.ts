import { randomUUID } from 'node:crypto'
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Config } from '../config'
import { describeError } from '../errors'
import { type Finding, Findings } from '../model/finding'

const GB = 1024 ** 3
const MIN_FREE_BYTES = 2 * GB

/** The folders that documents pass through or stay in are writable and have room. */
export async function checkFolders({ sync }: Config): Promise<Finding[]> {
  const folders: [name: string, path: string, setting: string][] = [
    ['archive', sync.archiveDir, 'SYNC_ARCHIVE_DIR'],
    ['audit log', sync.auditDir, 'SYNC_AUDIT_DIR'],
    ['temporary files', tmpdir(), 'TMPDIR'],
  ]
  const findings = new Findings('Disk')
  for (const [name, path, setting] of folders) await checkFolder(findings, name, resolve(path), setting)
  return findings.all
}

async function checkFolder(findings: Findings, name: string, path: string, setting: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
    const file = join(path, `.doctor-${randomUUID()}`)
    await writeFile(file, 'x')
    await rm(file)
    const { bavail, bsize } = await statfs(path)
    const free = bavail * bsize
    const gigabytes = (free / GB).toFixed(1)
    if (free >= MIN_FREE_BYTES) findings.ok(`${name}: ${path} is writable, ${gigabytes} GB free`)
    else
      findings.warning(
        `${name}: ${path} has ${gigabytes} GB left`,
        `A transfer needs room for the whole file: make room, or set ${setting} to another disk`,
      )
  } catch (error) {
    findings.error(
      `${name}: ${path} is not writable: ${describeError(error)}`,
      `Give this user the right to write there, or set ${setting}`,
    )
  }
}
