-- Opens calls and ends them again; it may end when so many CALLS have.
--   wrk … --script open-and-end.lua URL -- OPENS ENDS CALLS
-- OPENS has a request for each person, with {serial} for the callee; ENDS has one for each, too, with {found} for the call's id.
-- Whose a call is, is told by the last digits of the caller's number.

require 'outcome'

function init(args)
  opens, ends, wanted = templates(args[1]), templates(args[2]), tonumber(args[3])
  ended, serial, ongoing = 0, 2000000, {}
end

local function fill(template, text)
  return template.before .. text .. template.after
end

function request()
  if #ongoing > 50 then
    local call = table.remove(ongoing, 1)
    return fill(ends[call.person], call.id)
  end
  serial = serial + 1
  return fill(opens[serial % #opens + 1], ('%07d'):format(serial))
end

function response(status, _, body)
  if status == 201 then
    local id, person = body:match('"callId":"(%x+)","caller":{"number":"%+1202555(%d+)"}')
    table.insert(ongoing, { id = id, person = tonumber(person) + 1 })
  elseif status == 204 then
    ended = ended + 1
    if ended >= wanted then may_end() end
  else
    surprised(status, body)
  end
end
