-- Who the client is says lighttpd alone: mod_proxy adds it to what the client sent.
local headers = lighty.r.req_header
for name in pairs(headers) do
    local lower = name:lower()
    if lower == "forwarded" or lower:sub(1, 12) == "x-forwarded-" then
        headers[name] = nil
    end
end

-- gunicorn takes it off the path: https://docs.gunicorn.org/en/stable/settings.html#forwarder-headers
local prefix = "/gateway/lighttpd-http"
local path = lighty.r.req_attr["uri.path"]
if path == prefix or path:sub(1, #prefix + 1) == prefix .. "/" then
    headers["SCRIPT_NAME"] = prefix
end
