-- A rule in Lua: gives the function that decides, as Auth0's rules are functions in JavaScript.

local listed = {}
for _, client in ipairs(configuration.CLIENTS_WITH_MFA or { "REPLACE_WITH_YOUR_CLIENT_ID" }) do
  listed[client] = true
end

local function truthy(value)
  return value ~= nil and value ~= false and value ~= 0 and value ~= "" and value == value
end

return function(user, context)
  local metadata = user.app_metadata
  if listed[context.clientID] and metadata and truthy(metadata.use_mfa) then
    context.multifactor = {
      provider = "guardian",
      allowRememberBrowser = false,
    }
  end
end
