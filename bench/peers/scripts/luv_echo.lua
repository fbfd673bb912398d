-- luv: libuv's loop for Lua, so up to 32 datagrams of a socket in a turn.
--
-- documented: recv_start() and send(); what cannot be sent waits in libuv, without a bound.
-- try: try_send(), which needs no request; only what that refuses is queued.
-- Stops by SIGTERM as the system has it.
-- Trap: an error without a listener is only returned: assert() what should not fail.

local words = {...}
-- Debian's module for Lua 5.1 lies where only a Lua without its own path looks.
package.cpath = package.cpath .. ';/usr/lib/x86_64-linux-gnu/lua/5.1/?.so'
local uv = require 'luv'

local function queued(socket, data, from)
  socket:send(data, from.ip, from.port, function() end)
end

local function tried(socket, data, from)
  local _, _, name = socket:try_send(data, from.ip, from.port)
  if name == 'EAGAIN' then queued(socket, data, from) end
end

local answers = {documented = queued, try = tried}

local function serve(answer, address, port)
  local socket = uv.new_udp()
  local bound, why = socket:bind(address, port)
  if not bound then
    io.stderr:write(address, ' port ', port, ': ', why, '\n')
    os.exit(4)
  end
  socket:recv_start(function(failed, data, from)
    if not failed and from then answer(socket, data, from) end
  end)
end

if words[1] == '--version' and #words == 1 then
  print('libuv ' .. uv.version_string() .. ' (luv, ' .. _VERSION .. ')')
  os.exit(0)
end
if #words ~= 4 or not answers[words[1]] then
  io.stderr:write('usage: luv_echo.lua documented|try ADDRESS PORT SOCKETS, or --version\n')
  os.exit(2)
end
for i = 0, tonumber(words[4]) - 1 do
  serve(answers[words[1]], words[2], tonumber(words[3]) + i)
end
uv.run()
