import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Larger files begin first, and before them the simulation: its files are small, and keep a processor busy for long. */
class SimulationFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isSimulation = ({ project }: TestSpecification) => project.name === 'simulation'
    return [...sorted.filter(isSimulation), ...sorted.filter((file) => !isSimulation(file))]
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: SimulationFirst },
    maxWorkers: availableParallelism() + 1, // most tests wait: for the answers of servers and for timers
    minWorkers: 1,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**', 'test/long/**', 'test/simulation/**'],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'simulation', include: ['test/simulation/**/*.test.ts'] } },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: 'long',
          include: ['test/long/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 180_000,
          // Kills, stops and clocks: what one does must not slow the other down.
          poolOptions: { forks: { singleFork: true } },
        },
      },
    ],
  },
})
