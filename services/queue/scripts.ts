/**
 * The Lua scripts, one atomic operation each; the header names KEYS, ARGV and result. What is decided by time is decided
 * by Redis' own clock, in milliseconds. Kept as strings because Motia's step compiler takes no other file type.
 */

const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function leaseOf(akte)
  local lease = redis.call('HGET', KEYS[3], akte)
  if not lease then return nil, 0 end
  local owner, untilMs = string.match(lease, '^(.*)|(%d+)$')
  return owner, tonumber(untilMs or '0')
end
`

/**
 * take: brings back what nobody answers for, then moves due members from pending to processing: first those that a
 * person just asked for, whether there is room or not, then those that wait longest.
 * KEYS pending, processing, leases, due, paused, failed, stopped, attempts, pausedAkten, waitingSince, asked
 * ARGV room (members that processing may have), waitingMs
 * Result {paused reason or '', taken count, taken…, reaped…}
 */
export const TAKE = `${NOW}
local reaped = {}
for _, akte in ipairs(redis.call('SMEMBERS', KEYS[2])) do
  local owner, untilMs = leaseOf(akte)
  if not owner or untilMs <= now then
    redis.call('SADD', KEYS[1], akte)
    redis.call('SREM', KEYS[2], akte)
    redis.call('HDEL', KEYS[3], akte)
    table.insert(reaped, akte)
  end
end
local paused = redis.call('GET', KEYS[5])
local taken = {}
local room = tonumber(ARGV[1]) - redis.call('SCARD', KEYS[2])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now)
for _, akte in ipairs(redis.call('SMEMBERS', KEYS[1])) do redis.call('ZADD', KEYS[10], 'NX', now, akte) end
local function take(akte)
  if redis.call('SISMEMBER', KEYS[1], akte) == 0 or redis.call('SISMEMBER', KEYS[2], akte) == 1
    or redis.call('ZSCORE', KEYS[4], akte) or redis.call('HEXISTS', KEYS[9], akte) == 1 then return end
  redis.call('SMOVE', KEYS[1], KEYS[2], akte)
  redis.call('HSET', KEYS[3], akte, 'waiting|' .. string.format('%d', now + tonumber(ARGV[2])))
  if redis.call('HDEL', KEYS[6], akte) + redis.call('HDEL', KEYS[7], akte) > 0 then redis.call('HDEL', KEYS[8], akte) end
  table.insert(taken, akte)
end
if redis.call('SCARD', KEYS[1]) == 0 then
  if redis.call('SCARD', KEYS[2]) == 0 then redis.call('DEL', KEYS[10], KEYS[11]) end
elseif not paused then
  for _, akte in ipairs(redis.call('SMEMBERS', KEYS[11])) do
    take(akte)
    if redis.call('SISMEMBER', KEYS[1], akte) + redis.call('SISMEMBER', KEYS[2], akte) == 0 then
      redis.call('SREM', KEYS[11], akte)
    end
  end
  if #taken < room then
    for _, akte in ipairs(redis.call('ZRANGE', KEYS[10], 0, -1)) do
      if #taken >= room then break end
      take(akte)
    end
  end
end
local result = { paused or '', #taken }
for _, akte in ipairs(taken) do table.insert(result, akte) end
for _, akte in ipairs(reaped) do table.insert(result, akte) end
return result
`

/**
 * claim: a job asks to run its Akte. Whatever was SADDed until now is covered by this run. Asking twice changes
 * nothing: the client sends a command again whose answer was lost.
 * KEYS pending, processing, leases, due, paused, attempts, failed, stopped, pausedAkten, force
 * ARGV akte, owner, leaseMs
 * Result {'claimed', attempts JSON or '', 'forced' or ''} | {'running'} | {'stale'}
 */
export const CLAIM = `${NOW}
local akte = ARGV[1]
if redis.call('SISMEMBER', KEYS[2], akte) == 1 then
  local owner, untilMs = leaseOf(akte)
  if owner and owner ~= 'waiting' and owner ~= ARGV[2] and untilMs > now then return { 'running' } end
else
  local due = tonumber(redis.call('ZSCORE', KEYS[4], akte) or '0')
  if redis.call('SISMEMBER', KEYS[1], akte) == 0 or due > now or redis.call('EXISTS', KEYS[5]) == 1
    or redis.call('HEXISTS', KEYS[9], akte) == 1 then
    return { 'stale' }
  end
  redis.call('SADD', KEYS[2], akte)
end
redis.call('SREM', KEYS[1], akte)
redis.call('ZREM', KEYS[4], akte)
if redis.call('HDEL', KEYS[7], akte) + redis.call('HDEL', KEYS[8], akte) > 0 then redis.call('HDEL', KEYS[6], akte) end
redis.call('HSET', KEYS[3], akte, ARGV[2] .. '|' .. string.format('%d', now + tonumber(ARGV[3])))
return {
  'claimed',
  redis.call('HGET', KEYS[6], akte) or '',
  redis.call('SISMEMBER', KEYS[10], akte) == 1 and 'forced' or '',
}
`

/**
 * reserve: a person changes something in an Akte outside the queue; nothing syncs it until that is settled. Works while
 * everything is paused, and leaves every list as it is.
 * KEYS pending, processing, leases
 * ARGV akte, owner, leaseMs
 * Result 1 reserved, 0 somebody works on it
 */
export const HOLD = `${NOW}
local akte = ARGV[1]
local owner, untilMs = leaseOf(akte)
if owner and owner ~= 'waiting' and owner ~= ARGV[2] and untilMs > now then return 0 end
redis.call('SADD', KEYS[2], akte)
redis.call('HSET', KEYS[3], akte, ARGV[2] .. '|' .. string.format('%d', now + tonumber(ARGV[3])))
return 1
`

/**
 * settle: the owner of a lease says how it ended. Nothing happens when the lease is somebody else's by now. An Akte
 * that a person asked for comes first until it was really tried: finding the lock taken is no try.
 * KEYS pending, processing, leases, due, attempts, failed, stopped, force, recentStops, paused, waitingSince, asked
 * ARGV akte, owner, outcome (done | retry | failed | stopped), delayMs, entry JSON, attempts JSON or '', pauseAfter,
 *   'forced' or ''
 * Result 1 settled, 0 not the owner
 */
export const SETTLE = `${NOW}
local akte, owner, outcome = ARGV[1], ARGV[2], ARGV[3]
if leaseOf(akte) ~= owner then return 0 end
redis.call('SREM', KEYS[2], akte)
redis.call('HDEL', KEYS[3], akte)
if outcome ~= 'retry' or tonumber(ARGV[4]) > 0 then redis.call('SREM', KEYS[12], akte) end
if outcome ~= 'retry' then
  redis.call('ZREM', KEYS[11], akte)
  if ARGV[8] == 'forced' then redis.call('SREM', KEYS[8], akte) end
end
if outcome == 'done' then
  redis.call('HDEL', KEYS[5], akte)
elseif outcome == 'retry' then
  redis.call('SADD', KEYS[1], akte)
  if tonumber(ARGV[4]) > 0 then redis.call('ZADD', KEYS[4], now + tonumber(ARGV[4]), akte) end
  if ARGV[6] ~= '' then redis.call('HSET', KEYS[5], akte, ARGV[6]) end
elseif outcome == 'failed' then
  redis.call('HSET', KEYS[6], akte, ARGV[5])
  redis.call('HDEL', KEYS[5], akte)
elseif outcome == 'stopped' then
  redis.call('SREM', KEYS[1], akte)
  redis.call('HSET', KEYS[7], akte, ARGV[5])
  redis.call('ZREMRANGEBYSCORE', KEYS[9], '-inf', now - 600000)
  redis.call('ZADD', KEYS[9], now, akte)
  redis.call('PEXPIRE', KEYS[9], 600000)
  local stops = redis.call('ZCARD', KEYS[9])
  if tonumber(ARGV[7]) > 0 and stops >= tonumber(ARGV[7]) then
    redis.call('SET', KEYS[10], stops .. ' Akten were stopped within ten minutes, the last one is ' .. akte .. '; DEL resumes', 'NX')
  end
end
return 1
`

/**
 * acquire: takes a free lock, one's own (the client sends a command again whose answer was lost), or one whose holder
 * gave no sign of life. A value without a token was set by somebody else (an operator, the predecessor) and is
 * respected until its TTL ends.
 * KEYS lock, heartbeat
 * ARGV value ("{aktennummer} run:{token}"), ttlSeconds, heartbeatMs
 * Result '' acquired, else the value of the present holder
 */
export const ACQUIRE = `
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then
  local isForeign = not string.find(holder, ' run:', 1, true)
  if isForeign or redis.call('GET', KEYS[2]) == holder then return holder end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
return ''
`

/**
 * renew: sign of life for lock and lease; also the guard before every write.
 * KEYS lock, heartbeat, leases
 * ARGV value, ttlSeconds, heartbeatMs, akte, owner
 * Result 1 still held, 0 lost
 */
export const RENEW = `${NOW}
if redis.call('GET', KEYS[1]) ~= ARGV[1] or leaseOf(ARGV[4]) ~= ARGV[5] then return 0 end
redis.call('EXPIRE', KEYS[1], ARGV[2])
redis.call('SET', KEYS[2], ARGV[1], 'PX', ARGV[3])
redis.call('HSET', KEYS[3], ARGV[4], ARGV[5] .. '|' .. string.format('%d', now + tonumber(ARGV[3])))
return 1
`

/**
 * release: gives up one's own lock, never another's.
 * KEYS lock, heartbeat · ARGV value · Result 1 released, 0 not ours
 */
export const RELEASE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
`

/**
 * retry: a person wants these Akten synced now, with all attempts ahead of them.
 * KEYS pending, due, attempts, waitingSince, force, asked · ARGV 'forced' or '', 'first' or '', akte… · Result how many
 */
export const RETRY = `
for index = 3, #ARGV do
  redis.call('SADD', KEYS[1], ARGV[index])
  redis.call('ZREM', KEYS[2], ARGV[index])
  redis.call('HDEL', KEYS[3], ARGV[index])
  redis.call('ZREM', KEYS[4], ARGV[index])
  if ARGV[1] == 'forced' then redis.call('SADD', KEYS[5], ARGV[index]) end
  if ARGV[2] == 'first' then redis.call('SADD', KEYS[6], ARGV[index]) end
end
return #ARGV - 2
`

/**
 * begin of a wait: remembers the first try to take the lock that failed. All are forgotten a day after the last one.
 * KEYS lockWaits · ARGV akte, nowMs (the server's clock: it measures, it decides nothing) · Result 1
 */
export const BEGIN_LOCK_WAIT = `
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then redis.call('HSET', KEYS[1], ARGV[1], ARGV[2]) end
redis.call('EXPIRE', KEYS[1], 86400)
return 1
`

/**
 * end of a wait: forgets it.
 * KEYS lockWaits · ARGV akte · Result ms of the first try, or ''
 */
export const END_LOCK_WAIT = `
local since = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[1])
return since or ''
`
