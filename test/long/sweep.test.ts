import { expect, it, onTestFinished } from 'vitest'
import { seedManyAkten } from '../../sandbox/seed'
import { healthSchema } from '../../services/api/health'
import { install, MINUTE, until } from '../../testkit/installation'

it(
  'a real server syncs what nobody asked for, and says in /health, /akten and /metrics how fresh the office is',
  async () => {
    const firm = await install({
      seed: (office) => seedManyAkten(office, 2),
      command: 'start',
      env: { SYNC_SWEEP_HOURS: '24', SYNC_LOCK_SCOPE: 'akte' },
    })
    onTestFinished(() => firm.close())
    const { office, motia } = firm
    const [akte] = office.espo.akten()
    await until(
      'both Akten to be synced',
      () => office.espo.akten().every(({ syncStatus }) => syncStatus === 'synced'),
      3 * MINUTE,
    )
    expect(motia.output()).toContain('🧺 The sweep found 2 Akten that were not synced for long')
    expect(office.espo.dokumente(`${akte?.aktennummer}`)).toHaveLength(3)

    const fresh = async () => {
      const { freshness } = healthSchema.parse(await (await fetch(`${motia.url}/health`)).json())
      return freshness?.agreed === 2 ? freshness : null
    }
    expect(await until('the numbers to be counted again', fresh, 2 * MINUTE)).toMatchObject({
      total: 2,
      never: 0,
    })
    const akten = (await (await fetch(`${motia.url}/akten`)).json()) as Record<string, unknown>
    expect(akten).toMatchObject({ freshness: { agreed: 2 }, swept: 0, firstImport: null })
    const metrics = await (await fetch(`${motia.url}/metrics`)).text()
    expect(metrics).toContain('document_sync_freshness_akten{of="agreed"} 2')
    expect(metrics).toContain('document_sync_runs_started_total{origin="sweep"} 2')

    const answer = await fetch(`${motia.url}/akten/import`, { method: 'POST' })
    expect([answer.status, await answer.json()]).toMatchObject([202, { total: 0, left: 0 }])
  },
  10 * MINUTE,
)
