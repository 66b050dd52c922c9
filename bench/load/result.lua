-- Common to both scripts: read files, count unexpected responses, and print the result.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

unexpected, example = 0, ''

-- Tells the benchmark, once, that wrk may be stopped.
local announced = false
function ready_to_stop()
  if announced then return end
  announced = true
  io.write('READY TO STOP\n')
  io.flush()
end

function record_unexpected(status, body)
  unexpected = unexpected + 1
  example = status .. ' ' .. body
end

function contents(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read('*a')
  file:close()
  return text
end

-- The texts between zero bytes, each split at its {placeholder}, if it has one.
function templates(path)
  local list = {}
  for text in contents(path):gmatch('[^%z]+') do
    local before, placeholder, after = text:match('^(.-){(%a+)}(.*)$')
    table.insert(list, { before = before or text, placeholder = placeholder, after = after or '' })
  end
  return list
end

-- Prints requests, microseconds, latencies, connection errors, unexpected responses, and seconds of processor time.
function done(summary, latency)
  local errors = summary.errors
  for _, thread in ipairs(threads) do
    unexpected = unexpected + thread:get('unexpected')
    example = thread:get('example')
  end
  io.write(('\nRESULT %d %d %d %d %d %d %f\n'):format(
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.connect + errors.read + errors.write + errors.timeout, unexpected, os.clock()))
  if unexpected > 0 then io.write('UNEXPECTED ', example, '\n') end
end
