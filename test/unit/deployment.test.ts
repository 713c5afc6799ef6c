import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { root } from '../../scripts/motia-process'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const ours = (names: string[]) => names.filter((name) => /^(MOTIA_REDIS|SYNC|ESPOCRM|ADVOWARE)_/.test(name))
const variables = new Set(read('.env.example').match(/^[A-Z_]+(?==)/gm))

const composeSchema = z.object({
  services: z.object({
    sync: z.object({
      environment: z.record(z.string(), z.unknown()),
      volumes: z.array(z.string()),
      ports: z.array(z.string()),
      image: z.string(),
      depends_on: z.object({ redis: z.object({ condition: z.string() }) }),
      cap_drop: z.array(z.string()),
    }),
    worker: z.object({
      command: z.array(z.string()),
      profiles: z.array(z.string()),
      image: z.string(),
      environment: z.record(z.string(), z.unknown()),
      volumes: z.array(z.string()),
      depends_on: z.object({ redis: z.object({ condition: z.string() }) }),
      cap_drop: z.array(z.string()),
    }),
    redis: z.object({ command: z.array(z.string()), healthcheck: z.unknown(), volumes: z.array(z.string()) }),
  }),
  volumes: z.record(z.string(), z.unknown()),
})

describe('package-lock.json', () => {
  it('proves every package by its checksum', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { integrity?: string; link?: boolean; inBundle?: boolean }>
    }
    const unproven = Object.entries(packages)
      .filter(([path, { integrity, link, inBundle }]) => path !== '' && !integrity && !link && !inBundle)
      .map(([path]) => path)
    expect(unproven).toEqual([])
  })
})

describe('compose.yaml', () => {
  const { services, volumes } = composeSchema.parse(parse(read('compose.yaml')))
  const { sync, worker, redis } = services

  it('has a Redis that keeps everything and evicts nothing, which the instances wait for', () => {
    expect(redis.command.join(' ')).toMatch(/--appendonly yes .*--maxmemory-policy noeviction/)
    expect(redis.healthcheck).toBeDefined()
    expect(sync.depends_on.redis.condition).toBe('service_healthy')
    expect(sync.environment.MOTIA_REDIS_HOST).toBe('redis')
  })

  it('keeps data in named volumes, and listens on this machine only', () => {
    for (const volume of [...sync.volumes, ...redis.volumes].filter((one) => !one.startsWith('.')))
      expect(Object.keys(volumes)).toContain(volume.split(':')[0])
    for (const port of sync.ports) expect(port).toMatch(/^127\.0\.0\.1:/)
    expect(sync.cap_drop).toEqual(['ALL'])
  })

  it('has a worker of the same image and data, which nobody reaches and which starts only when asked for', () => {
    expect(worker).toMatchObject({ profiles: ['worker'], image: sync.image, cap_drop: ['ALL'] })
    expect(worker).toMatchObject({ volumes: sync.volumes, depends_on: sync.depends_on })
    expect(worker).not.toHaveProperty('ports')
    for (const path of worker.command.filter((part) => part.includes('/')))
      expect(() => read(path)).not.toThrow()
  })

  it('sets nothing that is no setting', () => {
    const names = Object.keys({ ...sync.environment, ...worker.environment })
    for (const name of ours(names)) expect(variables).toContain(name)
  })
})

describe('Dockerfile and systemd units', () => {
  const dockerfile = read('Dockerfile')
  const unit = read('deploy/document-sync.service')
  const workerUnit = read('deploy/document-sync-worker@.service')

  it('the image runs as nobody special, checks its health, and takes production packages only', () => {
    expect(dockerfile).toMatch(/^RUN npm ci --omit=dev/m)
    expect(dockerfile.lastIndexOf('USER node')).toBeLessThan(dockerfile.lastIndexOf('CMD'))
    expect(dockerfile).toContain('HEALTHCHECK')
  })

  it('copies nothing that is not there, and no settings', () => {
    const allowed = read('.dockerignore').match(/^!.*$/gm) ?? []
    for (const path of allowed) expect(() => read(path.slice(1)), path).not.toThrow(/ENOENT/)
    expect(allowed).not.toContain('!.env')
  })

  it('leave no core dump, which would hold documents and secrets', () => {
    for (const one of [unit, workerUnit]) expect(one).toMatch(/^LimitCORE=0$/m)
    expect(read('compose.yaml')).toMatch(/ulimits: \{ core: 0 \}/)
  })

  it('the worker runs as confined as the server, and writes even less', () => {
    const confinement = (text: string) =>
      text.match(/^(Protect|Private|NoNew|Restrict|Lock|Capability|SystemCall|UMask|StateDirectory)\w*=.*$/gm)
    expect(confinement(workerUnit)).toEqual(confinement(unit))
    expect(workerUnit).not.toContain('ReadWritePaths')
    expect(workerUnit).toMatch(/^ExecStart=\/usr\/bin\/node --import \S+ scripts\/worker\.ts --port %i$/m)
  })

  it('set nothing that is no setting', () => {
    const names = [
      ...dockerfile.matchAll(/(?:ENV|^ +)\s*([A-Z_]+)=/gm),
      ...`${unit}\n${workerUnit}`.matchAll(/^Environment=([A-Z_]+)=/gm),
    ]
    const settings = ours(names.map(([, name = '']) => name))
    expect(settings.length).toBeGreaterThan(4)
    for (const name of settings) expect(variables).toContain(name)
  })
})
