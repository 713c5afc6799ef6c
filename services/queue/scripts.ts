/**
 * The Lua scripts, one atomic operation each. The header states a script's promise and its result; its first
 * lines name its keys (as `services/redis/keys.ts` does) and arguments. What is decided by time is decided by Redis'
 * own clock, in milliseconds. Kept as strings because Motia's step compiler takes no other file type.
 */

/** The time by Redis' clock, in milliseconds. */
const NOW = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
`

/** The time, and the leases; a script that uses it names the key `leases` before. */
const LEASES = `${NOW}
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
 * take: returns abandoned members to where they were, then moves due members from pending to processing: first those
 * that a person just asked for, whether there is room or not, then those that wait longest. Where room is left after
 * all of them, it takes what the sweep found; that never keeps an announced Akte from its room.
 * However many members wait, it looks at a few thousand of them; the next tick goes on behind these (`takePosition`). A
 * member that cannot be an Aktennummer, and that a client could not even name, goes to the failed list under a name that
 * people can read.
 * Nothing waits and no lease lasts for two hours: what does is from before Redis' clock was set back.
 * Each take is a tick: it says that somebody polls.
 * `room`: how many members processing may have; `shared`: 'shared' where all instances that are alive offer places, and
 * processing may have as many members as these. Who has finished one Akte and is about to claim the next keeps its place
 * (`goingOn`): nobody is woken in its stead. `nowText`: the time for people.
 * Result {paused reason or '', marker or '', taken count, swept count, reaped count, taken…, swept…, reaped…, refused…}
 */
export const TAKE = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local failed, stopped, attempts, pausedAkten, waitingSince, priority = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11]
local swept, sweepHold, origins = KEYS[12], KEYS[13], KEYS[14]
local polling, marker, begunRuns, takePosition = KEYS[15], KEYS[16], KEYS[17], KEYS[18]
local instances, goingOn = KEYS[19], KEYS[20]
local room, waitingMs, gapMs, nowText = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), ARGV[4]
local shared, goneMs = ARGV[5], tonumber(ARGV[6])
local atOnce, windowSize, longestBytes, shownBytes = 5000, 500, 64, 32
local longestMs = 2 * 3600 * 1000
${LEASES}
if shared == 'shared' then
  local places = 0
  for _, entry in ipairs(redis.call('HVALS', instances)) do
    local seenAt, offered = string.match(entry, '^(%d+)|.*"places":(%d+)')
    if offered and now - tonumber(seenAt) <= goneMs then places = places + tonumber(offered) end
  end
  room = math.max(room, places)
end
local lastTick = tonumber(redis.call('HGET', polling, 'last') or '0')
if now - lastTick > gapMs then redis.call('HSET', polling, 'since', string.format('%d', now)) end
redis.call('HSET', polling, 'last', string.format('%d', now))
redis.call('HINCRBY', polling, 'ticks', 1)
local function isUtf8(text)
  local at = 1
  while at <= #text do
    local first, second = string.byte(text, at), string.byte(text, at + 1) or 0
    local length = 0
    if first < 0x80 then length = 1
    elseif first >= 0xC2 and first <= 0xDF then length = 2
    elseif first >= 0xE0 and first <= 0xEF then length = 3
    elseif first >= 0xF0 and first <= 0xF4 then length = 4 end
    if length == 0 or first == 0xE0 and second < 0xA0 or first == 0xED and second > 0x9F
      or first == 0xF0 and second < 0x90 or first == 0xF4 and second > 0x8F then return false end
    for offset = 1, length - 1 do
      local byte = string.byte(text, at + offset)
      if not byte or byte < 0x80 or byte > 0xBF then return false end
    end
    at = at + length
  end
  return true
end
local refused = {}
local function refuse(akte)
  local name = (string.gsub(string.sub(akte, 1, shownBytes), '[^%w%p]', '?'))
  redis.call('SREM', pending, akte)
  redis.call('SREM', priority, akte)
  redis.call('ZREM', waitingSince, akte)
  redis.call('ZREM', delayedUntil, akte)
  redis.call('HSET', failed, name,
    '{"reason":"This is not an Aktennummer (' .. #akte .. ' bytes)","attempts":0,"time":"' .. nowText .. '"}')
  table.insert(refused, name)
end
local function cannotBe(akte)
  if #akte > longestBytes then return true end
  return string.find(akte, '[\\128-\\255]') ~= nil and not isUtf8(akte) -- most are plain ASCII, seen at one glance
end
local function some(set, field)
  if redis.call('SCARD', set) <= atOnce then return redis.call('SMEMBERS', set) end
  local page = redis.call('SSCAN', set, redis.call('HGET', takePosition, field) or '0', 'COUNT', atOnce)
  redis.call('HSET', takePosition, field, page[1])
  return page[2]
end
local reaped = {}
local notBegun, running = 0, 0
for _, akte in ipairs(some(processing, 'processing')) do
  local owner, untilMs = leaseOf(akte)
  local isSwept = redis.call('HGET', origins, akte) == 'sweep'
  if not owner or untilMs <= now or untilMs > now + longestMs then
    redis.call('SREM', processing, akte)
    redis.call('HDEL', leases, akte)
    if isSwept then redis.call('HDEL', origins, akte) end
    if isSwept and owner == 'waiting' then
      redis.call('ZADD', swept, 0, akte)
    else
      redis.call('SADD', pending, akte)
      if not cannotBe(akte) then table.insert(reaped, akte) end
    end
  elseif owner ~= 'waiting' then
    running = running + 1
  elseif isSwept then
    notBegun = notBegun + 1
  end
end
redis.call('ZREMRANGEBYSCORE', goingOn, '-inf', now)
redis.call('ZREMRANGEBYSCORE', goingOn, now + longestMs, '+inf')
local betweenTwo = math.max(0, redis.call('ZCARD', goingOn) - running)
local pausedReason = redis.call('GET', paused)
local taken, takenBySweep = {}, {}
room = room - betweenTwo
local free = room - redis.call('SCARD', processing) + notBegun
redis.call('ZREMRANGEBYSCORE', delayedUntil, '-inf', now)
redis.call('ZREMRANGEBYSCORE', delayedUntil, now + longestMs, '+inf')
for _, akte in ipairs(some(pending, 'pending')) do
  if cannotBe(akte) then refuse(akte) else redis.call('ZADD', waitingSince, 'NX', now, akte) end
end
local function take(akte)
  local isRunning = redis.call('SISMEMBER', processing, akte) == 1
  if redis.call('SISMEMBER', pending, akte) == 0 then return isRunning and '' or 'gone' end
  if isRunning or redis.call('ZSCORE', delayedUntil, akte) or redis.call('HEXISTS', pausedAkten, akte) == 1 then return '' end
  redis.call('SMOVE', pending, processing, akte)
  redis.call('ZREM', swept, akte)
  setLease(akte, 'waiting', waitingMs)
  if redis.call('HDEL', failed, akte) + redis.call('HDEL', stopped, akte) > 0 then
    redis.call('HDEL', attempts, akte)
    redis.call('HDEL', begunRuns, akte)
  end
  table.insert(taken, akte)
  return ''
end
local function takeSwept(akte)
  redis.call('ZREM', swept, akte)
  if redis.call('SISMEMBER', pending, akte) + redis.call('SISMEMBER', processing, akte)
    + redis.call('HEXISTS', failed, akte) + redis.call('HEXISTS', stopped, akte)
    + redis.call('HEXISTS', pausedAkten, akte) > 0 then return end
  redis.call('SADD', processing, akte)
  redis.call('HSET', origins, akte, 'sweep')
  setLease(akte, 'waiting', waitingMs)
  table.insert(takenBySweep, akte)
end
if redis.call('SCARD', pending) == 0 then
  if redis.call('SCARD', processing) == 0 then redis.call('DEL', waitingSince, priority, origins, takePosition) end
elseif not pausedReason then
  for _, akte in ipairs(redis.call('SMEMBERS', priority)) do
    take(akte)
    if redis.call('SISMEMBER', pending, akte) + redis.call('SISMEMBER', processing, akte) == 0 then
      redis.call('SREM', priority, akte)
    end
  end
  local at, looked = tonumber(redis.call('HGET', takePosition, 'order') or '0'), 0
  while #taken < free and looked < atOnce do
    local window = redis.call('ZRANGE', waitingSince, at, at + windowSize - 1)
    if #window == 0 then break end
    for _, akte in ipairs(window) do
      if #taken >= free then break end
      looked = looked + 1
      if take(akte) == 'gone' then redis.call('ZREM', waitingSince, akte) else at = at + 1 end
    end
  end
  if looked < atOnce then redis.call('HDEL', takePosition, 'order') else redis.call('HSET', takePosition, 'order', at) end
end
if not pausedReason and #taken < free then
  local idle = room - redis.call('SCARD', processing)
  if redis.call('EXISTS', sweepHold) == 1 then idle = math.min(idle, 1) end
  if idle > 0 then
    for _, akte in ipairs(redis.call('ZRANGE', swept, 0, atOnce - 1)) do
      if #takenBySweep >= idle then break end
      takeSwept(akte)
    end
  end
end
local result = { pausedReason or '', redis.call('GET', marker) or '', #taken, #takenBySweep, #reaped }
for _, list in ipairs({ taken, takenBySweep, reaped, refused }) do
  for _, akte in ipairs(list) do table.insert(result, akte) end
end
return result
`

/** What a job may claim; a script that uses it names `claimer`, `leaseMs` and these keys before. */
const CLAIMING = `${LEASES}
local function hasNoWorker(akte)
  local owner, untilMs = leaseOf(akte)
  return not owner or owner == 'waiting' or owner == claimer or untilMs <= now
end
local function isDue(akte)
  local notBefore = tonumber(redis.call('ZSCORE', delayedUntil, akte) or '0')
  return redis.call('SISMEMBER', pending, akte) == 1 and notBefore <= now
    and redis.call('EXISTS', paused) == 0 and redis.call('HEXISTS', pausedAkten, akte) == 0
end
local function claim(akte)
  local isAskedAgain = leaseOf(akte) == claimer
  redis.call('SADD', processing, akte)
  local isAnnounced = redis.call('SREM', pending, akte) == 1
  if isAnnounced and redis.call('HGET', origins, akte) == 'sweep' then redis.call('HDEL', origins, akte) end
  redis.call('ZREM', swept, akte)
  redis.call('ZREM', delayedUntil, akte)
  if redis.call('HDEL', failed, akte) + redis.call('HDEL', stopped, akte) > 0 then
    redis.call('HDEL', attempts, akte)
    redis.call('HDEL', begunRuns, akte)
  end
  setLease(akte, claimer, leaseMs)
  if not isAskedAgain then redis.call('HINCRBY', begunRuns, akte, 1) end
  return redis.call('HGET', attempts, akte) or '',
    redis.call('SISMEMBER', force, akte) == 1 and 'forced' or '',
    redis.call('HGET', origins, akte) or '',
    tostring(tonumber(redis.call('HGET', begunRuns, akte) or '1') - 1)
end
`

/**
 * ahead: what has to run before `akte`: what a person just asked for; and where the sweep took `akte`, whatever was
 * announced and is due, those that wait longest first, however many jobs stand before theirs.
 * `limit`: so many are enough.
 * Result Aktennummern
 */
export const AHEAD = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local pausedAkten, waitingSince, priority, origins = KEYS[6], KEYS[7], KEYS[8], KEYS[9]
local akte, limit = ARGV[1], tonumber(ARGV[2])
local atOnce = 5000
${LEASES}
local ahead = redis.call('SMEMBERS', priority)
if redis.call('HGET', origins, akte) ~= 'sweep' or redis.call('SISMEMBER', pending, akte) == 1
  or redis.call('EXISTS', paused) == 1 then return ahead end
local function isDue(one)
  if redis.call('SISMEMBER', processing, one) == 1 then
    return leaseOf(one) == 'waiting' and redis.call('HGET', origins, one) ~= 'sweep'
  end
  return redis.call('SISMEMBER', pending, one) == 1 and redis.call('HEXISTS', pausedAkten, one) == 0
    and tonumber(redis.call('ZSCORE', delayedUntil, one) or '0') <= now
end
local function add(candidates)
  for _, one in ipairs(candidates) do
    if #ahead >= limit then return end
    if isDue(one) then table.insert(ahead, one) end
  end
end
add(redis.call('ZRANGE', waitingSince, 0, atOnce - 1))
if #ahead == 0 then add(redis.call('SMEMBERS', pending)) end
return ahead
`

/**
 * claim: a job asks to run its Akte. Whatever was SADDed until now is covered by this run. Asking twice changes
 * nothing: the client sends a command again whose answer was lost. A run counts from here on until it is settled: the
 * process that it kills cannot say so.
 * Result {'claimed', attempts JSON or '', 'forced' or '', origin or '', runs begun before and never settled} | {'running'} | {'stale'}
 */
export const CLAIM = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local attempts, failed, stopped, pausedAkten, force = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local swept, origins, begunRuns = KEYS[11], KEYS[12], KEYS[13]
local akte, claimer, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${CLAIMING}
if redis.call('SISMEMBER', processing, akte) == 1 then
  if not hasNoWorker(akte) then return { 'running' } end
elseif not isDue(akte) then
  return { 'stale' }
end
return { 'claimed', claim(akte) }
`

/**
 * claim next: a worker that is free takes the Akte whose turn it is: first those that a person just asked for, then
 * those that wait longest, taken and without a worker, or still pending and due; then what the sweep found and a tick
 * took, and after all of them what the sweep found and nobody took. What no tick has seen yet comes with the next one.
 * However many wait and cannot run, it looks at a few thousand of them; the next one goes on behind these.
 * `scope`: with 'global' nothing is claimed while a living holder has that lock, with 'akte' no Akte whose own lock
 * somebody has. `akteLocks` and `heartbeats`: how these keys begin. `place`: who asks, again and again; it is kept until
 * none is due, or until a lease would have ended.
 * Result {akte, attempts JSON or '', 'forced' or '', origin or '', runs begun before and never settled} | {}
 */
export const CLAIM_NEXT = `
local pending, processing, leases, delayedUntil, paused = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local attempts, failed, stopped, pausedAkten, force = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local swept, origins, begunRuns = KEYS[11], KEYS[12], KEYS[13]
local waitingSince, priority, globalLock, sweepHold, takePosition = KEYS[14], KEYS[15], KEYS[16], KEYS[17], KEYS[18]
local goingOn = KEYS[19]
local claimer, leaseMs, scope, akteLocks, heartbeats = ARGV[1], tonumber(ARGV[2]), ARGV[3], ARGV[4], ARGV[5]
local place = ARGV[6]
local batch, atOnce = 100, 5000
${CLAIMING}
local function isLocked(lock)
  local holder = redis.call('GET', lock)
  if not holder then return false end
  local isForeign = not string.find(holder, ' run:', 1, true)
  return isForeign or redis.call('GET', heartbeats .. lock) == holder
end
local function give(akte)
  redis.call('ZADD', goingOn, now + leaseMs, place)
  return { akte, claim(akte) }
end
local function giveNothing()
  redis.call('ZREM', goingOn, place)
  return {}
end
if scope == 'global' and isLocked(globalLock) then return giveNothing() end
local function isFree(akte) return scope == 'global' or not isLocked(akteLocks .. akte) end
local function mayClaim(akte)
  if redis.call('SISMEMBER', processing, akte) == 1 then return hasNoWorker(akte) and isFree(akte) end
  return isDue(akte) and isFree(akte)
end
for _, akte in ipairs(redis.call('SMEMBERS', priority)) do
  if mayClaim(akte) then return give(akte) end
end
local at, looked = tonumber(redis.call('HGET', takePosition, 'next') or '0'), 0
while looked < atOnce do
  local akten = redis.call('ZRANGE', waitingSince, at, at + batch - 1)
  for _, akte in ipairs(akten) do
    if mayClaim(akte) then return give(akte) end
  end
  looked, at = looked + #akten, at + #akten
  if #akten < batch then break end
end
if looked < atOnce then redis.call('HDEL', takePosition, 'next') else redis.call('HSET', takePosition, 'next', at) end
local isSweeping = false
for _, akte in ipairs(redis.call('SMEMBERS', processing)) do
  if hasNoWorker(akte) and isFree(akte) then return give(akte) end
  isSweeping = isSweeping or redis.call('HGET', origins, akte) == 'sweep'
end
if redis.call('EXISTS', paused) == 1 or isSweeping and redis.call('EXISTS', sweepHold) == 1 then
  return giveNothing()
end
for _, akte in ipairs(redis.call('ZRANGE', swept, 0, batch - 1)) do
  if isFree(akte) then
    redis.call('ZREM', swept, akte)
    if redis.call('SISMEMBER', pending, akte) + redis.call('HEXISTS', failed, akte) + redis.call('HEXISTS', stopped, akte)
      + redis.call('HEXISTS', pausedAkten, akte) + redis.call('SISMEMBER', processing, akte) == 0 then
      redis.call('HSET', origins, akte, 'sweep')
      return give(akte)
    end
  end
end
return giveNothing()
`

/**
 * leave: who went on from Akte to Akte does so no more.
 * Result 1
 */
export const LEAVE = `
local goingOn = KEYS[1]
local place = ARGV[1]
redis.call('ZREM', goingOn, place)
return 1
`

/**
 * put back: a run that lost its lease asks that its Akte is tried again, where nobody else answers for it: neither a
 * worker nor a list.
 * Result 1 pending again, 0 somebody answers for it
 */
export const PUT_BACK = `
local pending, leases, failed, stopped = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local akte = ARGV[1]
for _, list in ipairs({ leases, failed, stopped }) do
  if redis.call('HEXISTS', list, akte) == 1 then return 0 end
end
redis.call('SADD', pending, akte)
return 1
`

/**
 * recall: asks for Akten of which Redis knows nothing any more; those that wait for a person go on doing so.
 * Result how many
 */
export const RECALL = `
local pending, processing, failed, stopped = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local recalled = 0
for _, akte in ipairs(ARGV) do
  if redis.call('HEXISTS', failed, akte) + redis.call('HEXISTS', stopped, akte)
    + redis.call('SISMEMBER', processing, akte) == 0 then
    recalled = recalled + redis.call('SADD', pending, akte)
  end
end
return recalled
`

/**
 * mark: this Redis belongs to an office from now on. `found`: 'new', or 'emptied' where it held that office's state
 * before; then the moment and how many Akten were asked for again are kept for people.
 * Result 1
 */
export const MARK = `
local marker, emptied = KEYS[1], KEYS[2]
local found, id, recalled, noteSeconds = ARGV[1], ARGV[2], ARGV[3], ARGV[4]
${NOW}
redis.call('SET', marker, found .. ' ' .. id)
if found == 'emptied' then
  redis.call('SET', emptied, string.format('%d', now) .. '|' .. recalled, 'EX', noteSeconds)
end
return 1
`

/**
 * hold: a person changes something in an Akte outside the queue; nothing syncs it until that is settled. Works while
 * everything is paused, and leaves every list as it is.
 * Result 1 held, 0 somebody works on it
 */
export const HOLD = `
local processing, leases, origins, begunRuns = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local akte, holder, leaseMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${LEASES}
local owner, untilMs = leaseOf(akte)
if owner and owner ~= 'waiting' and owner ~= holder and untilMs > now then return 0 end
redis.call('SADD', processing, akte)
redis.call('HSET', origins, akte, 'person')
setLease(akte, holder, leaseMs)
if owner ~= holder then redis.call('HINCRBY', begunRuns, akte, 1) end
return 1
`

/**
 * settle: the owner of a lease says how it ended. Nothing happens when the lease is somebody else's by now. An Akte
 * that a person asked for comes first until it was really tried: finding the lock taken is no try and no cause, and
 * what the sweep took waits for idle capacity again. What the sweep tried is an Akte like any other from then on; a run
 * that is `postponed` leaves its cause and the hold alone, because the sweep finds the Akte again.
 * `outcome`: done, dropped (nothing ran), retry, failed, stopped or postponed. `entry`: JSON for people, '' when done;
 * `attemptsEntry`: JSON where the try counts,
 * else ''. `pauseAfter`: so many stops within the window pause everything, 0 never. `forced`: 'forced' or ''.
 * Result 1 settled, 0 not the owner
 */
export const SETTLE = `
local pending, processing, leases, delayedUntil, attempts, failed = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local stopped, force, recentStops, paused, waitingSince, priority = KEYS[7], KEYS[8], KEYS[9], KEYS[10], KEYS[11], KEYS[12]
local causes, swept, sweepHold, origins = KEYS[13], KEYS[14], KEYS[15], KEYS[16]
local begunRuns = KEYS[17]
local akte, owner, outcome, delayMs = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local entry, attemptsEntry, pauseAfter, forced = ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8]
local stopWindowMs = 10 * 60 * 1000
local holdMs = 5 * 60 * 1000
${LEASES}
if leaseOf(akte) ~= owner then return 0 end
redis.call('SREM', processing, akte)
redis.call('HDEL', leases, akte)
local isSwept = redis.call('HGET', origins, akte) == 'sweep'
local isAnnounced = redis.call('SISMEMBER', pending, akte) == 1
if isSwept or (outcome ~= 'retry' and not isAnnounced) then redis.call('HDEL', origins, akte) end
if outcome ~= 'retry' and outcome ~= 'postponed' or attemptsEntry ~= '' then redis.call('HDEL', begunRuns, akte)
elseif owner ~= 'waiting' and redis.call('HINCRBY', begunRuns, akte, -1) <= 0 then redis.call('HDEL', begunRuns, akte) end
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
  if isSwept then redis.call('DEL', sweepHold) end
elseif outcome == 'postponed' then
  redis.call('SET', sweepHold, entry, 'PX', holdMs)
elseif outcome == 'retry' and isSwept and not isAnnounced and delayMs == 0 then
  redis.call('ZADD', swept, 0, akte)
elseif outcome == 'retry' then
  redis.call('SADD', pending, akte)
  if delayMs > 0 then redis.call('ZADD', delayedUntil, now + delayMs, akte) end
  if attemptsEntry ~= '' then redis.call('HSET', attempts, akte, attemptsEntry) end
elseif outcome == 'failed' then
  redis.call('HSET', failed, akte, entry)
  redis.call('HDEL', attempts, akte)
elseif outcome == 'stopped' then
  -- A person who asked to force it meanwhile has answered this stop.
  if redis.call('SISMEMBER', force, akte) == 0 then redis.call('SREM', pending, akte) end
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
local causes, origins, begunRuns = KEYS[7], KEYS[8], KEYS[9]
local forced, first = ARGV[1], ARGV[2]
local options = 2
for index = options + 1, #ARGV do
  local akte = ARGV[index]
  redis.call('SADD', pending, akte)
  redis.call('HSET', origins, akte, 'person')
  redis.call('ZREM', delayedUntil, akte)
  redis.call('HDEL', attempts, akte)
  redis.call('HDEL', begunRuns, akte)
  redis.call('ZREM', waitingSince, akte)
  redis.call('HDEL', causes, akte)
  if forced == 'forced' then redis.call('SADD', force, akte) end
  if first == 'first' then redis.call('SADD', priority, akte) end
end
return #ARGV - options
`

/**
 * announce: somebody who is no person wants these Akten synced. `origin`: who; the Akten follow.
 * Result how many
 */
export const ANNOUNCE = `
local pending, origins = KEYS[1], KEYS[2]
local origin = ARGV[1]
for index = 2, #ARGV do
  redis.call('SADD', pending, ARGV[index])
  redis.call('HSET', origins, ARGV[index], origin)
end
return #ARGV - 1
`

/**
 * offer: what the sweep found is to be taken when nothing announced is due. Left out is what is on a list already,
 * and what ran lately: whatever EspoCRM shows of it, it was synced, or has just failed.
 * `limit`: so many wait at most; `restMs`: how long ago the last run of an Akte must be. Pairs of Aktennummer and last
 * sync in epoch milliseconds follow.
 * Result {added, already waiting or under way, kept back by a person or for one, synced or tried lately, how many wait}
 */
export const OFFER = `
local swept, pending, processing, failed, stopped, pausedAkten, lastRuns = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6], KEYS[7]
local limit, restMs = tonumber(ARGV[1]), tonumber(ARGV[2])
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local waiting = redis.call('ZCARD', swept)
local added, busy, held, rested = 0, 0, 0, 0
local function ranLately(akte)
  local lastRun = tonumber(redis.call('ZSCORE', lastRuns, akte) or '0')
  return lastRun > now - restMs and lastRun < now + restMs -- one further ahead is of a clock that was wrong
end
for index = 3, #ARGV, 2 do
  local akte, lastSync = ARGV[index], ARGV[index + 1]
  if redis.call('HEXISTS', failed, akte) + redis.call('HEXISTS', stopped, akte)
    + redis.call('HEXISTS', pausedAkten, akte) > 0 then
    held = held + 1
  elseif redis.call('SISMEMBER', pending, akte) + redis.call('SISMEMBER', processing, akte) > 0
    or redis.call('ZSCORE', swept, akte) then
    busy = busy + 1
  elseif ranLately(akte) then
    rested = rested + 1
  elseif waiting < limit then
    redis.call('ZADD', swept, lastSync, akte)
    waiting = waiting + 1
    added = added + 1
  end
end
return { added, busy, held, rested, waiting }
`

/**
 * reject: an Akte of EspoCRM that nobody can sync is listed once, for a person. `entry`: JSON for people.
 * Result 1 listed, 0 it was already
 */
export const REJECT = `
local failed = KEYS[1]
local akte, entry = ARGV[1], ARGV[2]
return redis.call('HSETNX', failed, akte, entry)
`

/**
 * drift: remembers when a side announced something, or what a run of the sweep found changed there without that.
 * `nowMs`: the server's clock; `told`: the side, or ''. Pairs of side and number of changes follow.
 * Result 1
 */
export const DRIFT = `
local drift = KEYS[1]
local nowMs, told = ARGV[1], ARGV[2]
if told ~= '' then
  redis.call('HSET', drift, told .. ':told', nowMs)
  redis.call('HDEL', drift, told .. ':found', told .. ':since')
end
for index = 3, #ARGV, 2 do
  local side, changes = ARGV[index], tonumber(ARGV[index + 1])
  local found = tonumber(redis.call('HGET', drift, side .. ':found') or '0')
  if found == 0 then redis.call('HSET', drift, side .. ':since', nowMs) end
  redis.call('HSET', drift, side .. ':found', string.format('%d', found + changes))
end
return 1
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

/**
 * beat: an instance is there; those that have been gone for long are forgotten.
 * `what`: JSON of what it says of itself.
 * Result 1
 */
export const BEAT = `
local instances = KEYS[1]
local id, what, keptMs = ARGV[1], ARGV[2], tonumber(ARGV[3])
${NOW}
for _, known in ipairs(redis.call('HKEYS', instances)) do
  local seenAt = string.match(redis.call('HGET', instances, known), '^(%d+)|')
  if now - tonumber(seenAt or '0') > keptMs then redis.call('HDEL', instances, known) end
end
redis.call('HSET', instances, id, string.format('%d', now) .. '|' .. what)
return 1
`

/**
 * entries: counts the members and fields of an Akte, or takes them all away. `owner`: whose lease on the Akte lets it take
 * them away, '' to count them.
 * Keys: leases, then whatever may have one; the first `lists` of them are lists, the others notes.
 * Result {on lists, notes}; {-1, -1}: the lease is not the owner's any more, and nothing was changed
 */
export const ENTRIES = `
local leases = KEYS[1]
local akte, owner, lists = ARGV[1], ARGV[2], tonumber(ARGV[3])
${LEASES}
local removes = owner ~= ''
if removes and leaseOf(akte) ~= owner then return { -1, -1 } end
local onLists, notes = 0, 0
for index = 2, #KEYS do
  local key = KEYS[index]
  local kind = redis.call('TYPE', key).ok
  local found = 0
  if kind == 'set' then
    found = redis.call(removes and 'SREM' or 'SISMEMBER', key, akte)
  elseif kind == 'hash' then
    found = redis.call(removes and 'HDEL' or 'HEXISTS', key, akte)
  elseif kind == 'zset' then
    found = removes and redis.call('ZREM', key, akte) or (redis.call('ZSCORE', key, akte) and 1 or 0)
  end
  if index <= lists + 1 then onLists = onLists + found else notes = notes + found end
end
return { onLists, notes }
`

/**
 * exchange: replaces a value, unless somebody else did so meanwhile; its lifetime stays.
 * `before`: the value that was read, '' where there was none. `after`: the value that takes its place.
 * Result 1 replaced, 0 it is another value by now
 */
export const EXCHANGE = `
local key = KEYS[1]
local before, after = ARGV[1], ARGV[2]
if (redis.call('GET', key) or '') ~= before then return 0 end
redis.call('SET', key, after, 'KEEPTTL')
return 1
`
