-- wrk … -s wrk.lua URL -- UPLOAD-BYTES CHECK
-- UPLOAD-BYTES: 0 for GET, else the size of the body of each POST.
-- CHECK: none, or how every response has to look: text:EXPECTED or bytes:LENGTH of the pattern. It costs wrk
-- time, so it is for rounds that are not measured.
local threads = {}

local function pattern(length)
    local bytes = {}
    for byte = 0, 255 do
        bytes[#bytes + 1] = string.char(byte)
    end
    return string.rep(table.concat(bytes), math.floor(length / 256) + 1):sub(1, length)
end

function setup(thread)
    threads[#threads + 1] = thread
end

function init(args)
    local upload, check = tonumber(args[1]), args[2]
    wrong, checked = 0, 0
    if upload > 0 then
        wrk.method = "POST"
        wrk.body = pattern(upload)
        wrk.headers["Content-Type"] = "application/octet-stream"
    end
    if check ~= "none" then
        local kind, value = check:match("^(%a+):(.*)$")
        local expected = kind == "bytes" and pattern(tonumber(value)) or value
        function response(status, _, body)
            checked = checked + 1
            if status ~= 200 or body ~= expected then
                wrong = wrong + 1
            end
        end
    end
end

function done(summary, latency)
    local wrong_ones, checked_ones = 0, 0
    for _, thread in ipairs(threads) do
        wrong_ones = wrong_ones + thread:get("wrong")
        checked_ones = checked_ones + thread:get("checked")
    end
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "connect": %d, "read": %d, "write": %d, "timeout": %d, ' ..
        '"status": %d, "wrong": %d, "checked": %d, "p50": %d, "p90": %d, "p99": %d, "max": %d}\n',
        summary.requests, summary.duration / 1e6, errors.connect, errors.read, errors.write, errors.timeout,
        errors.status, wrong_ones, checked_ones,
        latency:percentile(50), latency:percentile(90), latency:percentile(99), latency.max))
end
