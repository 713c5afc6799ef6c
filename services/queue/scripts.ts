/**
 * The Lua scripts, one atomic operation each. The header states a script's promise and its result; its first
 * lines name its keys (as `services/redis/keys.ts` does) and arguments. What is decided by time is decided by Redis'
 * own clock, in milliseconds. Kept as strings because Motia's step compiler takes no other file type.
 */

/** The time, and the leases; a script that uses it names the key `leases` before. */
const LEASES = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function leaseOf(akte)
  local lease = redis.call('HGET', leases, akte)
  if not lease then return nil, 0 end
  local owner, untilMs = string.match(lease, '^(.*)|(%d+)$')
  return owner, tonumber(untilMs or '0')
end
local function setLease(akte, owner, durationMs)
  redis.call('HSET', leases, akte, owner .. '|' .. string.format('%d', now + durationMs))
end
`

/**
 * take: returns abandoned members to pending, then moves due members from pending to processing: first those that a
 * person just asked for, whether there is room or not, then those that wait longest.
 * `room`: how many members processing may have.
 * Result {paused reason or '', taken count, taken…, reaped…}
 */
export const TAKE = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local failed, stopped, attempts, pausedAkten, waitingSince, priority = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local room, waitingMs = tonumber(ARGV[1]), tonumber(ARGV[2])
${LEASES}
local reaped = {}
for _, akte in ipairs(redis.call('SMEMBERS', processing)) do
  local owner, untilMs = leaseOf(akte)
  if not owner or untilMs <= now then
    redis.call('SADD', pending, akte)
    redis.call('SREM', processing, akte)
    redis.call('HDEL', leases, akte)
    table.insert(reaped, akte)
  end
end
local pausedReason = redis.call('GET', paused)
local taken = {}
local free = room - redis.call('SCARD', processing)
redis.call('ZREMRANGEBYSCORE', delayedUntil, '-inf', now)
for _, akte in ipairs(redis.call('SMEMBERS', pending)) do redis.call('ZADD', waitingSince, 'NX', now, akte) end
local function take(akte)
  if redis.call('SISMEMBER', pending, akte) == 0 or redis.call('SISMEMBER', processing, akte) == 1
    or redis.call('ZSCORE', delayedUntil, akte) or redis.call('HEXISTS', pausedAkten, akte) == 1 then return end
  redis.call('SMOVE', pending, processing, akte)
  setLease(akte, 'waiting', waitingMs)
  if redis.call('HDEL', failed, akte) + redis.call('HDEL', stopped, akte) > 0 then redis.call('HDEL', attempts, akte) end
  table.insert(taken, akte)
end
if redis.call('SCARD', pending) == 0 then
  if redis.call('SCARD', processing) == 0 then redis.call('DEL', waitingSince, priority) end
elseif not pausedReason then
  for _, akte in ipairs(redis.call('SMEMBERS', priority)) do
    take(akte)
    if redis.call('SISMEMBER', pending, akte) + redis.call('SISMEMBER', processing, akte) == 0 then
      redis.call('SREM', priority, akte)
    end
  end
  if #taken < free then
    for _, akte in ipairs(redis.call('ZRANGE', waitingSince, 0, -1)) do
      if #taken >= free then break end
      take(akte)
    end
  end
end
local result = { pausedReason or '', #taken }
for _, akte in ipairs(taken) do table.insert(result, akte) end
for _, akte in ipairs(reaped) do table.insert(result, akte) end
return result
`

/**
 * claim: a job asks to run its Akte. Whatever was SADDed until now is covered by this run. Asking twice changes
 * nothing: the client sends a command again whose answer was lost.
 * Result {'claimed', attempts JSON or '', 'forced' or ''} | {'running'} | {'stale'}
 */
export const CLAIM = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local attempts, failed, stopped, pausedAkten, force = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local akte, claimer, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${LEASES}
if redis.call('SISMEMBER', processing, akte) == 1 then
  local owner, untilMs = leaseOf(akte)
  if owner and owner ~= 'waiting' and owner ~= claimer and untilMs > now then return { 'running' } end
else
  local notBefore = tonumber(redis.call('ZSCORE', delayedUntil, akte) or '0')
  if redis.call('SISMEMBER', pending, akte) == 0 or notBefore > now or redis.call('EXISTS', paused) == 1
    or redis.call('HEXISTS', pausedAkten, akte) == 1 then
    return { 'stale' }
  end
  redis.call('SADD', processing, akte)
end
redis.call('SREM', pending, akte)
redis.call('ZREM', delayedUntil, akte)
if redis.call('HDEL', failed, akte) + redis.call('HDEL', stopped, akte) > 0 then redis.call('HDEL', attempts, akte) end
setLease(akte, claimer, leaseMs)
return {
  'claimed',
  redis.call('HGET', attempts, akte) or '',
  redis.call('SISMEMBER', force, akte) == 1 and 'forced' or '',
}
`

/**
 * hold: a person changes something in an Akte outside the queue; nothing syncs it until that is settled. Works while
 * everything is paused, and leaves every list as it is.
 * Result 1 held, 0 somebody works on it
 */
export const HOLD = `
local processing, leases = KEYS[1], KEYS[2]
local akte, holder, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${LEASES}
local owner, untilMs = leaseOf(akte)
if owner and owner ~= 'waiting' and owner ~= holder and untilMs > now then return 0 end
redis.call('SADD', processing, akte)
setLease(akte, holder, leaseMs)
return 1
`

/**
 * settle: the owner of a lease says how it ended. Nothing happens when the lease is somebody else's by now. An Akte
 * that a person asked for comes first until it was really tried: finding the lock taken is no try, and no cause.
 * `outcome`: done, dropped (nothing ran), retry, failed or stopped. `entry`: JSON for people, '' when done; `attemptsEntry`: JSON where the try counts,
 * else ''. `pauseAfter`: so many stops within the window pause everything, 0 never. `forced`: 'forced' or ''.
 * Result 1 settled, 0 not the owner
 */
export const SETTLE = `
local pending, processing, leases, delayedUntil, attempts, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local stopped, force, recentStops, paused, waitingSince, priority = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local causes = KEYS[13]
local akte, owner, outcome, delayMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local entry, attemptsEntry, pauseAfter, forced = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local stopWindowMs = 10 * 60 * 1000
${LEASES}
if leaseOf(akte) ~= owner then return 0 end
redis.call('SREM', processing, akte)
redis.call('HDEL', leases, akte)
if outcome ~= 'retry' or delayMs > 0 then
  redis.call('SREM', priority, akte)
  if entry == '' then redis.call('HDEL', causes, akte) else redis.call('HSET', causes, akte, entry) end
end
if outcome ~= 'retry' then
  redis.call('ZREM', waitingSince, akte)
  if forced == 'forced' then redis.call('SREM', force, akte) end
end
if outcome == 'done' or outcome == 'dropped' then
  redis.call('HDEL', attempts, akte)
elseif outcome == 'retry' then
  redis.call('SADD', pending, akte)
  if delayMs > 0 then redis.call('ZADD', delayedUntil, now + delayMs, akte) end
  if attemptsEntry ~= '' then redis.call('HSET', attempts, akte, attemptsEntry) end
elseif outcome == 'failed' then
  redis.call('HSET', failed, akte, entry)
  redis.call('HDEL', attempts, akte)
elseif outcome == 'stopped' then
  redis.call('SREM', pending, akte)
  redis.call('HSET', stopped, akte, entry)
  redis.call('ZREMRANGEBYSCORE', recentStops, '-inf', now - stopWindowMs)
  redis.call('ZADD', recentStops, now, akte)
  redis.call('PEXPIRE', recentStops, stopWindowMs)
  local stops = redis.call('ZCARD', recentStops)
  if pauseAfter > 0 and stops >= pauseAfter then
    redis.call('SET', paused, stops .. ' Akten were stopped within ten minutes, the last one is ' .. akte .. '; DEL resumes', 'NX')
  end
end
return 1
`

/**
 * acquire: takes a free lock, one's own (the client sends a command again whose answer was lost), or one whose holder
 * sends no heartbeat. A value without a token was set by somebody else (an operator, the predecessor) and is
 * respected until its TTL ends.
 * `value`: "{aktennummer} run:{token}".
 * Result '' acquired, else the value of the present holder
 */
export const ACQUIRE = `
local lock, heartbeat = KEYS[1], KEYS[2]
local value, ttlSeconds, heartbeatMs = ARGV[1], ARGV[2], ARGV[3]
local holder = redis.call('GET', lock)
if holder and holder ~= value then
  local isForeign = not string.find(holder, ' run:', 1, true)
  if isForeign or redis.call('GET', heartbeat) == holder then return holder end
end
redis.call('SET', lock, value, 'EX', ttlSeconds)
redis.call('SET', heartbeat, value, 'PX', heartbeatMs)
return ''
`

/**
 * renew: heartbeat for lock and lease, which both last equally long; also the guard before every write.
 * Result 1 still held, 0 lost
 */
export const RENEW = `
local lock, heartbeat, leases = KEYS[1], KEYS[2], KEYS[3]
local value, ttlSeconds, leaseMs, akte, owner = ARGV[1], ARGV[2], tonumber(ARGV[3]), ARGV[4], ARGV[5]
${LEASES}
if redis.call('GET', lock) ~= value or leaseOf(akte) ~= owner then return 0 end
redis.call('EXPIRE', lock, ttlSeconds)
redis.call('SET', heartbeat, value, 'PX', leaseMs)
setLease(akte, owner, leaseMs)
return 1
`

/**
 * release: gives up one's own lock, never another's.
 * Result 1 released, 0 not ours
 */
export const RELEASE = `
local lock, heartbeat = KEYS[1], KEYS[2]
local value = ARGV[1]
if redis.call('GET', lock) ~= value then return 0 end
redis.call('DEL', lock, heartbeat)
return 1
`

/**
 * retry: a person wants these Akten synced now, with all attempts ahead of them.
 * `forced`: 'forced' or ''; `first`: 'first' or ''; the Akten follow.
 * Result how many
 */
export const RETRY = `
local pending, delayedUntil, attempts, waitingSince, force, priority = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local causes = KEYS[7]
local forced, first = ARGV[1], ARGV[2]
local options = 2
for index = options + 1, #ARGV do
  local akte = ARGV[index]
  redis.call('SADD', pending, akte)
  redis.call('ZREM', delayedUntil, akte)
  redis.call('HDEL', attempts, akte)
  redis.call('ZREM', waitingSince, akte)
  redis.call('HDEL', causes, akte)
  if forced == 'forced' then redis.call('SADD', force, akte) end
  if first == 'first' then redis.call('SADD', priority, akte) end
end
return #ARGV - options
`

/**
 * begin of a wait: remembers the first try to take the lock that failed. All are forgotten a day after the last one.
 * `nowMs`: the server's clock, which measures here and decides nothing.
 * Result 1
 */
export const BEGIN_LOCK_WAIT = `
local lockWaits = KEYS[1]
local akte, nowMs = ARGV[1], ARGV[2]
local daySeconds = 24 * 60 * 60
if redis.call('HEXISTS', lockWaits, akte) == 0 then redis.call('HSET', lockWaits, akte, nowMs) end
redis.call('EXPIRE', lockWaits, daySeconds)
return 1
`

/**
 * end of a wait: forgets it.
 * Result ms of the first try, or ''
 */
export const END_LOCK_WAIT = `
local lockWaits = KEYS[1]
local akte = ARGV[1]
local since = redis.call('HGET', lockWaits, akte)
redis.call('HDEL', lockWaits, akte)
return since or ''
`
