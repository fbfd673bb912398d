# Ruby's async: a scheduler of fibers (Ruby 3) below which UDPSocket's own calls wait; nio4r lies
# below.
#
# documented: a task for each socket with recvfrom() and send().  yield: the same, and it goes to
# the back of the line after every echo.
# What cannot be sent waits in its task, which reads nothing meanwhile.
# Stops by SIGTERM as the system has it.
# Trap: a call that the kernel serves at once does not let others have their turn.

require 'async'
require_relative 'peer'

def echo(socket)
  data, from = socket.recvfrom(DATAGRAM_MAX)
  socket.send(data, 0, from[3], from[1])
rescue SystemCallError, SocketError
  # What the kernel refuses is dropped.
end

peer = arguments("async #{Async::VERSION}", %w[documented yield])
sockets = peer.ports.map { |port| bound(peer, port) }
Async do |task|
  sockets.each do |socket|
    task.async do |one|
      loop do
        echo(socket)
        one.yield if peer.form == 'yield'
      end
    end
  end
end
