import type { ProfileCase } from './profiles'

/** The words between the tables of the page. */
export const EXPLAINED = {
  head: `# Benchmark

Made by \`npm run bench\`; \`npm run bench -- akte\` measures one section anew. What is compared was measured in the same
run, one after the other, on one machine that also runs the three systems and Redis. Below each section stands whether
other programs wanted the processors at that time: then ratios of time are rough, processor time and counts are not. No
figure is asserted by a test.`,
  akte: `The three systems run in a process of their own, over HTTP behind a link with the given round-trip time. A run is the
queue step in a new process, its start included. The **bare script** issues the requests that a safe sync cannot do
without, four at a time (the product: up to four to each system), from a process of its own: also those that prove an
upload and look again at what is overwritten. It keeps everything in memory and has no lock, no archive, no audit log and
no report: it is the limit, not an alternative. \`rclone bisync\` (over its own SFTP server) and \`unison\` (over its own
socket) keep two folders with the same files alike over the same link; they neither speak three protocols nor prove what
they wrote, and unison's unchanged run trusts its own archive. Figures of unchanged runs are the middle of three.

Targets: first sync and changed runs at most 1.25 × the bare script; an unchanged run at most 4 + ⌈n/200⌉ reads and faster
than rclone bisync. What the product does beyond the bare script: a look before a document is made (is there one by
now?), a question to Redis before every request that changes something, a line in the audit log that survives a power cut
after each change. While a file waits for these, contents of others move: they cost processor time, and hardly any time
where the network costs some. What is missed is missed by the processor: a new process that loads axios, ioredis and zod
takes 0.1 s longer to start than the bare one, which is most of a run that moves a dozen files; and where a request costs
nothing, four milliseconds of processor time for a new file stand beside one and a half of the bare script.`,
  start: `Every step run is a process of its own, so what it loads is paid each time. Motia compiles a step file by file; the
server replaces the two steps that run all day by one file each, packages included (\`services/motia/step-bundle.ts\`).
Of what is left, axios, ioredis and zod are the most; 15 ms go to undici, which axios loads although requests never go
through \`fetch\`.`,
  throughput: `Real servers (\`motia start\`), a process for each Akte, everything on this machine: servers, Redis, the three systems. Small
Akten with three documents; a request takes 20 ms; waiting for the ten-second tick included. Processor time is that of the
server and its step processes; the last column is what two processors could do with that if nothing else ran.

Targets: 200 Akten per minute with the lock \`akte\`, 60 with \`global\`.`,
  backlog: `The real scripts on a real Redis, without systems and processes. A day is 8,640 ticks in which Akten come, are synced, are
put off and fail; keys and bytes are counted when everything is done, after one day and after another. The reports of an
Akte (20, for 30 days), how its last run ended and the ids of its documents stay by intention: they grow with the office,
not with time.`,
  large: `The plain copy moves the same file over the same two hops, base64 in chunks of 4 MB towards EspoCRM, without hash, proof or
temporary file. Targets: at least half of its speed, below 200 MB of memory. Towards EspoCRM the product hashes while it
reads and reads the upload back once: EspoCRM tells no checksum, so this is the only proof there is. Towards Windows the
hash stands in the header of the upload, so the file has to have come whole before the first byte leaves: two passes in a
row where the plain copy has one are half of its speed at best.`,
  decisions: `Pairing, matching with the History, recognising renamed files, safety stops and the decision of every file; every fourth
one changed in Windows, every fourth in EspoCRM, every eighth renamed. Target: 10,000 files below 50 ms.`,
  hash: `One file of 256 MB in the page cache; \`b3sum\` where it is installed. \`hash-wasm\` limits a transfer only where disk and
network bring more than it hashes: on a network of 1 Gbit/s (120 MB/s) hashing takes a seventh of a processor.`,
  profiles: {
    'a small unchanged Akte':
      'Loading is what is left: compiling the bundle, then running the first lines of the packages in it. The Akte itself is five reads and one write. It could be less with a compile cache (Node 22 has one, but Motia ends its steps by a signal that keeps it from being written) or with a process that handles more than one Akte, which would mix their logs and traces.',
    'a first sync of 500 files':
      'Writing to sockets is the most: each file goes over the wire three times, once of them a third longer in base64. Garbage collection follows from that. The audit log asks the disk for certainty after each change, and files that change at the same time share that question. None of it is repeated without need; less would need another protocol.',
    'an unchanged Akte of 10,000 files':
      'Parsing what three systems told, and checking it field by field, is the most: 10,000 records of each. The decisions are a small part. It grows with the number of documents and with nothing else.',
  } satisfies Record<ProfileCase, string>,
}
