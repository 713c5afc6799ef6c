// Finds programs, and installs packages of the system. Plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The path of the first of these programs that can be run, or undefined. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/bin', '/usr/bin']
  for (const name of names) {
    for (const folder of folders.filter(Boolean)) {
      const path = join(folder, name)
      try {
        accessSync(path, constants.X_OK)
        return path
      } catch {}
    }
  }
  return undefined
}

const run = (command, args, env = {}) =>
  spawnSync(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, ...env } }).status === 0

/** Runs a command as root, directly or with sudo if that needs no password; undefined if neither is possible. */
function rootRunner() {
  if (process.getuid?.() === 0) return (args) => run(args[0], args.slice(1))
  if (findProgram('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0) {
    return (args) => run('sudo', ['-n', ...args])
  }
  return undefined
}

/** Installs a package by its name in each package manager; false if this machine has no usable one. */
export function installPackage({ apt, dnf, apk, brew, service }) {
  if (brew && findProgram('brew') && process.getuid?.() !== 0) return run('brew', ['install', brew])
  const asRoot = rootRunner()
  if (!asRoot) return false
  if (apt && findProgram('apt-get')) {
    // RUNLEVEL=1 and disable: no service may run behind the user's back, now or after a reboot.
    const quiet = ['env', 'RUNLEVEL=1', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq']
    asRoot([...quiet, 'update'])
    const options = ['-o', 'Dpkg::Use-Pty=0', 'install', '-y', '--no-install-recommends']
    const done = asRoot([...quiet, ...options, apt])
    if (done && service && findProgram('systemctl'))
      asRoot(['systemctl', '--quiet', 'disable', '--now', service])
    return done
  }
  if (dnf && findProgram('dnf')) return asRoot(['dnf', 'install', '-y', '-q', dnf])
  if (apk && findProgram('apk')) return asRoot(['apk', 'add', '--quiet', apk])
  return false
}
