import type { ProfileCase } from './profiles'

/** The words between the tables of the page. */
export const EXPLAINED = {
  head: `# Benchmark

Made by \`npm run bench\`; \`npm run bench -- akte\` measures one section anew. What is compared was measured in the same
run, one after the other, on one machine that also runs the three systems and Redis. No figure is asserted by a test.`,
  akte: '',
  start: '',
  throughput: '',
  backlog: '',
  large: '',
  decisions: '',
  hash: '',
  profiles: {
    'a small unchanged Akte': '',
    'a first sync of 500 files': '',
    'an unchanged Akte of 10,000 files': '',
  } satisfies Record<ProfileCase, string>,
}
