-- wrk … -s wrk.lua http://127.0.0.1 -- FOLDER
-- The folder holds N.request, N.status and N.body or N.location, as for paced; each response is held against
-- them. One thread of wrk does not tell which request a response belongs to: any of the expected ones will do.
local threads = {}

local function read(folder, number, suffix)
    local file = io.open(folder .. "/" .. number .. "." .. suffix, "rb")
    local bytes = file and file:read("*a")
    if file then
        file:close()
    end
    return bytes
end

function setup(thread)
    threads[#threads + 1] = thread
end

function init(args)
    local requests, statuses, bodies, locations = {}, {}, {}, {}
    while true do
        local number = #requests + 1
        local request = read(args[1], number, "request")
        if not request then
            break
        end
        requests[number] = request
        statuses[tonumber(read(args[1], number, "status"))] = true
        bodies[read(args[1], number, "body") or false] = true
        locations[#locations + 1] = read(args[1], number, "location")
    end
    wrong, wrong_status, answers = 0, 0, 0
    -- What wrk would assemble from a method, a path and headers.
    wrk.format = function() return requests[1] end
    if #requests > 1 then
        local turn = 0
        function request()
            turn = turn % #requests + 1
            return requests[turn]
        end
    end

    local function location_is_right(headers)
        local found = headers["Location"] or headers["location"] or ""
        for _, start in ipairs(locations) do
            if found:sub(1, #start) == start then
                return true
            end
        end
        return false
    end

    function response(status, headers, body)
        answers = answers + 1
        if not statuses[status] then
            wrong_status = wrong_status + 1
        elseif not bodies[body] and not location_is_right(headers) then
            wrong = wrong + 1
        end
    end
end

function done(summary, latency)
    local sums = {wrong = 0, wrong_status = 0, answers = 0}
    for _, thread in ipairs(threads) do
        for name in pairs(sums) do
            sums[name] = sums[name] + thread:get(name)
        end
    end
    local errors = summary.errors
    -- The whole distribution: the latency in microseconds at each of these shares, in percent.
    local quantiles = {}
    for _, first in ipairs({0, 99, 99.9}) do
        local step = first == 0 and 1 or (100 - first) / 10
        for turn = first == 0 and 1 or 0, first == 0 and 98 or 9 do
            local share = first + turn * step
            quantiles[#quantiles + 1] = string.format("[%.4f, %d]", share, latency:percentile(share))
        end
    end
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "answers": %d, "min_us": %d, "max_us": %d, "quantiles": [%s], ' ..
        '"errors": {"connect": %d, "read": %d, "write": %d, "timeout": %d, "status": %d, "wrong": %d}}\n',
        summary.requests, summary.duration / 1e6, sums.answers, latency.min, latency.max,
        table.concat(quantiles, ", "), errors.connect, errors.read, errors.write, errors.timeout,
        sums.wrong_status, sums.wrong))
end
