-- Opens calls and ends them, until CALLS calls have ended.
--   wrk … --script open-and-end.lua URL -- OPENS ENDS CALLS SERIAL
-- OPENS and ENDS have one request for each user: OPENS with {serial} for the callee, counted from SERIAL; ENDS with {value} for the
-- id of the call.
-- Each user has a number of their own, which is the caller.

require 'result'

function init(args)
  opens, ends, wanted = templates(args[1]), templates(args[2]), tonumber(args[3])
  ended, serial, ongoing, users = 0, tonumber(args[4]), {}, {}
  for user, open in ipairs(opens) do users[open.before:match('"caller":"(%+%d+)"')] = user end
end

local function fill(template, text)
  return template.before .. text .. template.after
end

function request()
  if #ongoing > 50 then
    local call = table.remove(ongoing, 1)
    return fill(ends[call.user], call.id)
  end
  serial = serial + 1
  return fill(opens[serial % #opens + 1], ('%07d'):format(serial))
end

function response(status, _, body)
  if status == 201 then
    local id, caller = body:match('"id":"(%x+)".-"caller":"(%+%d+)"')
    table.insert(ongoing, { id = id, user = users[caller] })
  elseif status == 204 then
    ended = ended + 1
    if ended >= wanted then ready_to_stop() end
  else
    record_unexpected(status, body)
  end
end
