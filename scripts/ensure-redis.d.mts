/** The path of a redis-server that works; installs one where there is none. */
export function ensureRedis(): Promise<string>
