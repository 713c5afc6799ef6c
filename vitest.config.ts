import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // One real Motia and one real Redis at a time; the unit project runs its files in parallel by its own pool.
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
      ...['e2e', 'long'].map((name) => ({
        test: {
          name,
          include: [`test/${name}/**/*.test.ts`],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          poolOptions: { forks: { singleFork: true } },
        },
      })),
    ],
  },
})
