/** An installed redis-server, or undefined. */
export function findRedis(): string | undefined
/** The path of a redis-server that works; installs one where there is none. */
export function ensureRedis(): Promise<string>
