# Ruby's nio4r: a selector on libev, level-triggered; what is registered carries what to call.
#
# documented: recvfrom_nonblock() once for each report; an answer that the kernel refuses is
# dropped.
# Stops by SIGTERM as the system has it.
# Trap: UDPSocket#send waits, even with MSG_DONTWAIT, and with it the whole loop.

require 'nio'
require_relative 'peer'

def echo(socket)
  data, from = socket.recvfrom_nonblock(DATAGRAM_MAX, exception: false)
  return if data == :wait_readable

  socket.sendmsg_nonblock(data, 0, Socket.sockaddr_in(from[1], from[3]), exception: false)
rescue SystemCallError, SocketError
  # What the kernel refuses is dropped.
end

peer = arguments("nio4r #{NIO::VERSION}")
selector = NIO::Selector.new
peer.ports.each do |port|
  socket = bound(peer, port)
  selector.register(socket, :r).value = socket
end
loop { selector.select { |ready| echo(ready.value) } }
