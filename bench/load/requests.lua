-- Sends the requests of a file in random order. A response with a status other than STATUS is unexpected.
--   wrk … --script requests.lua URL -- REQUESTS STATUS SERIAL [VALUES PATTERN]
-- Placeholders are replaced by values that are used once: {serial} by seven digits, counted from SERIAL; {value} by a line of the
-- file VALUES, or by what PATTERN finds in a response.

require 'result'

function init(args)
  requests, expected, serial = templates(args[1]), tonumber(args[2]), tonumber(args[3])
  values, first, last, pattern = {}, 1, 0, args[5]
  if pattern then
    for line in contents(args[4]):gmatch('[^\n]+') do add_value(line) end
  end
  math.randomseed(serial)
end

function add_value(text)
  last = last + 1
  values[last] = text
end

local function next_value(placeholder)
  if placeholder == 'serial' then
    serial = serial + 1
    return ('%07d'):format(serial)
  end
  local text = values[first]
  values[first] = nil
  first = first + 1
  return text or error('no value is left for {value}')
end

function request()
  local chosen = requests[math.random(#requests)]
  if not chosen.placeholder then return chosen.before end
  return chosen.before .. next_value(chosen.placeholder) .. chosen.after
end

function response(status, _, body)
  ready_to_stop()
  if status ~= expected then
    record_unexpected(status, body)
  elseif pattern then
    add_value(body:match(pattern))
  end
end
