-- Sends requests of a file in random order; answers with another status than STATUS are unexpected.
--   wrk … --script requests.lua URL -- REQUESTS STATUS SERIAL [FOUND PATTERN]
-- In a request {serial} stands for seven digits that are used once, counted from SERIAL; {found} for something else that is
-- used once: a line of the file FOUND, or what PATTERN finds in an answer.

require 'outcome'

function init(args)
  requests, expected, serial = templates(args[1]), tonumber(args[2]), tonumber(args[3])
  found, first, last, pattern = {}, 1, 0, args[5]
  if pattern then
    for line in contents(args[4]):gmatch('[^\n]+') do keep(line) end
  end
  math.randomseed(serial)
end

function keep(text)
  last = last + 1
  found[last] = text
end

local function fill(hole)
  if hole == 'serial' then
    serial = serial + 1
    return ('%07d'):format(serial)
  end
  local text = found[first]
  found[first] = nil
  first = first + 1
  return text or error('nothing is left to ask for')
end

function request()
  local chosen = requests[math.random(#requests)]
  if not chosen.hole then return chosen.before end
  return chosen.before .. fill(chosen.hole) .. chosen.after
end

function response(status, _, body)
  may_end()
  if status ~= expected then
    surprised(status, body)
  elseif pattern then
    keep(body:match(pattern))
  end
end
