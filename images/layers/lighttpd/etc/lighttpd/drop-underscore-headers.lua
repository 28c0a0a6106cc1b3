-- A header spelt with an underscore would reach the same CGI variable as the one spelt with a hyphen,
-- and override what a proxy said. Apache and nginx drop such headers as well.
local headers = lighty.r.req_header
for name in pairs(headers) do
    if name:find("_", 1, true) then
        headers[name] = nil
    end
end
