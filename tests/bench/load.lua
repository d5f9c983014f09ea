-- Sends the requests of a file (query, tab, body; one a line), each once, shared out over the threads.
local counter = 0
local threads = {}

function setup(thread)
  thread:set("number", counter)
  counter = counter + 1
  table.insert(threads, thread)
end

function init(args)
  requests = {}
  local of = tonumber(args[2])
  local line_number = 0
  for line in io.lines(args[1]) do
    if line_number % of == number then
      local tab = line:find("\t", 1, true)
      local path = "/wechat?" .. line:sub(1, tab - 1)
      requests[#requests + 1] = wrk.format("POST", path, {["Content-Type"] = "text/xml"}, line:sub(tab + 1))
    end
    line_number = line_number + 1
  end
  at = 0
  wrapped = 0
  short = 0
end

function request()
  at = at + 1
  if at > #requests then at = 1; wrapped = wrapped + 1 end
  return requests[at]
end

function response(status, headers, body)
  if #body < 100 then short = short + 1 end
end

function done(summary, latency, requests_)
  local wraps, shorts = 0, 0
  for _, thread in ipairs(threads) do
    wraps = wraps + thread:get("wrapped")
    shorts = shorts + thread:get("short")
  end
  local errors = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "seconds": %.3f, "rps": %.1f, "p50_ms": %.2f, "p90_ms": %.2f, "p99_ms": %.2f, "max_ms": %.2f, "errors": %d, "wraps": %d, "short": %d}\n',
    summary.requests, summary.duration / 1e6, summary.requests / (summary.duration / 1e6),
    latency:percentile(50) / 1e3, latency:percentile(90) / 1e3, latency:percentile(99) / 1e3, latency.max / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout, wraps, shorts))
end
