/*
 * What Redis does for presence, each script at one moment. Time is the clock of Redis alone: those of the nodes may differ.
 *
 * <prefix>:nodes          sorted set: node -> end of its lease, milliseconds since 1970
 * <prefix>:users:<node>   set: the users on a node
 * <prefix>:seen:<user>    when a user who is nowhere was seen last; there is none while he is somewhere
 *
 * A user is online when he is among the users of a node whose lease runs. A node that has died stays in `nodes` until its
 * users have been reaped, one by one, each by whoever takes him out. Until then he counts as somewhere: others have been
 * told that he is there and not yet that he has gone. All keys expire, should no node ever come again.
 *
 * The first arguments are always: prefix, how long keys stay (milliseconds), the node that asks.
 */
const COMMON = `
local prefix, stay, self = ARGV[1], ARGV[2], ARGV[3]
local nodes = prefix .. ':nodes'
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)

local function usersOf(node) return prefix .. ':users:' .. node end

local function seenKeys(users)
  local keys = {}
  for i, user in ipairs(users) do keys[i] = prefix .. ':seen:' .. user end
  return keys
end

local function isAlive(node)
  local ends = redis.call('ZSCORE', nodes, node)
  return ends and tonumber(ends) > now
end

-- by index, those who are on another node than this one, dead or alive
local function elsewhere(node, users)
  local found = {}
  for _, other in ipairs(redis.call('ZRANGE', nodes, 0, -1)) do
    if other ~= node then
      for i, is in ipairs(redis.call('SMISMEMBER', usersOf(other), unpack(users))) do
        if is == 1 then found[i] = true end
      end
    end
  end
  return found
end

local function saw(key, at, before)
  if before and tonumber(before) > at then at = tonumber(before) end
  redis.call('SET', key, string.format('%.0f', at), 'PX', stay)
end
`;

/** lease -> nothing. The node is new. */
export const JOIN = `${COMMON}
redis.call('ZADD', nodes, now + ARGV[4], self)
redis.call('PEXPIRE', nodes, stay)
return {}
`;

/** lease -> [1, users, (node, end of its lease)…] with nodes that have died; [0] when the lease has run out. */
export const RENEW = `${COMMON}
if not isAlive(self) then return {0} end
redis.call('ZADD', nodes, now + ARGV[4], self)
redis.call('PEXPIRE', nodes, stay)
redis.call('PEXPIRE', usersOf(self), stay)
local dead = redis.call('ZRANGEBYSCORE', nodes, '-inf', now, 'WITHSCORES', 'LIMIT', 0, 100)
return {1, redis.call('SCARD', usersOf(self)), unpack(dead)}
`;

/** lease -> nothing. The lease ends so soon, if it runs. */
export const LEAVE = `${COMMON}
if isAlive(self) then redis.call('ZADD', nodes, now + ARGV[4], self) end
return {}
`;

/**
 * whether they have been here before ('1' or '0'), users… -> [1, users of the node, those to tell of…]; [0] when the
 * lease has run out. One who has been here before is told of only if his going was: the store may have been emptied.
 */
export const COME = `${COMMON}
if not isAlive(self) then return {0} end
local users = {unpack(ARGV, 5)}
local keys = seenKeys(users)
local others = elsewhere(self, users)
local here = redis.call('SMISMEMBER', usersOf(self), unpack(users))
local seen = redis.call('MGET', unpack(keys))
redis.call('DEL', unpack(keys))
redis.call('SADD', usersOf(self), unpack(users))
redis.call('PEXPIRE', usersOf(self), stay)
local told = {}
for i, user in ipairs(users) do
  if here[i] == 0 and not others[i] and (ARGV[4] == '0' or seen[i]) then told[#told + 1] = user end
end
return {1, redis.call('SCARD', usersOf(self)), unpack(told)}
`;

/** how many, users…, and for each how long ago he went -> as COME. */
export const GO = `${COMMON}
if not isAlive(self) then return {0} end
local count = tonumber(ARGV[4])
local users = {unpack(ARGV, 5, 4 + count)}
local keys = seenKeys(users)
local others = elsewhere(self, users)
local seen = redis.call('MGET', unpack(keys))
redis.call('SREM', usersOf(self), unpack(users))
local told = {}
for i, user in ipairs(users) do
  if not others[i] then
    saw(keys[i], now - ARGV[4 + count + i], seen[i])
    told[#told + 1] = user
  end
end
return {1, redis.call('SCARD', usersOf(self)), unpack(told)}
`;

/** end of the lease of the node as it was seen to have run out, how many users at most -> [1 when there are more, those who are nowhere now…]. */
export const REAP = `${COMMON}
local ends = redis.call('ZSCORE', nodes, self)
if not ends or tonumber(ends) ~= tonumber(ARGV[4]) then return {0} end
local users = redis.call('SPOP', usersOf(self), ARGV[5])
local more = redis.call('EXISTS', usersOf(self))
if more == 0 then redis.call('ZREM', nodes, self) end
if #users == 0 then return {0} end
local keys = seenKeys(users)
local others = elsewhere(self, users)
local seen = redis.call('MGET', unpack(keys))
local gone = {}
for i, user in ipairs(users) do
  if not others[i] then
    saw(keys[i], tonumber(ends), seen[i])
    gone[#gone + 1] = user
  end
end
return {more, unpack(gone)}
`;

/** users… -> for each when he was seen last; 0: never; -1: he is online. */
export const WHERE = `${COMMON}
local users = {unpack(ARGV, 4)}
local answer = redis.call('MGET', unpack(seenKeys(users)))
for i = 1, #users do answer[i] = tonumber(answer[i] or 0) end
local known = redis.call('ZRANGE', nodes, 0, -1, 'WITHSCORES')
for n = 1, #known, 2 do
  local ends = tonumber(known[n + 1])
  for i, is in ipairs(redis.call('SMISMEMBER', usersOf(known[n]), unpack(users))) do
    if is == 1 then
      if ends > now then
        answer[i] = -1
      elseif answer[i] >= 0 and ends > answer[i] then
        answer[i] = ends
      end
    end
  end
end
return answer
`;
