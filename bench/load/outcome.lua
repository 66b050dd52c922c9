-- What both scripts do alike: read files, count answers that are not as expected, and print what came out.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

unexpected, surprise = 0, ''

-- Says once that there is something to tell: to end before would be too early.
local said = false
function may_end()
  if said then return end
  said = true
  io.write('MAY END\n')
  io.flush()
end

function surprised(status, body)
  unexpected = unexpected + 1
  surprise = status .. ' ' .. body
end

function contents(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

-- The texts between zero bytes, each cut at its {hole}, if it has one.
function templates(path)
  local list = {}
  for text in contents(path):gmatch('[^%z]+') do
    local before, hole, after = text:match('^(.-){(%a+)}(.*)$')
    table.insert(list, { before = before or text, hole = hole, after = after or '' })
  end
  return list
end

-- Requests, microseconds, latencies, errors on connections, unexpected answers, and seconds of the processor.
function done(summary, latency)
  local errors = summary.errors
  for _, thread in ipairs(threads) do
    unexpected = unexpected + thread:get('unexpected')
    surprise = thread:get('surprise')
  end
  io.write(('\nRESULT %d %d %d %d %d %d %f\n'):format(
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, unexpected, os.clock()))
  if unexpected > 0 then io.write('SURPRISE ', surprise, '\n') end
end
