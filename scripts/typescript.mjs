// Lets this process run TypeScript: node --import ./scripts/typescript.mjs scripts/status.ts
// By itself tsx keeps compiled code, and a socket to its parent, under predictable names in the shared temporary folder,
// and runs what another user of the machine put there first. Here it keeps nothing, and finds no folder to look into.
const { TMPDIR } = process.env
process.env.TSX_DISABLE_CACHE = '1'
process.env.TMPDIR = '/dev/null'
const { register } = await import('tsx/esm/api')
register()
if (TMPDIR === undefined) delete process.env.TMPDIR
else process.env.TMPDIR = TMPDIR
