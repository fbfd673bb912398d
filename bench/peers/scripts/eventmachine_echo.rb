# Ruby's EventMachine: a DatagramDescriptor reads ten datagrams of a socket in a turn (ext/ed.cpp,
# DatagramDescriptor::Read: `for (int i=0; i < 10; i++)`) and calls back.
#
# documented: open_datagram_socket() and send_data(), on select(2).  epoll: the same on epoll.
# What cannot be sent waits in the descriptor, without a bound.
# Stops by SIGTERM as the system has it.
# Trap: its buffer for reading holds 16 KiB less one byte (`char readbuffer [16 * 1024]`); the rest
# of a datagram is cut off without a word.

require 'eventmachine'
require_relative 'peer'

module Echo
  def receive_data(data) = send_data(data)
end

peer = arguments("EventMachine #{EventMachine::VERSION}", %w[documented epoll])
EventMachine.epoll if peer.form == 'epoll'
EventMachine.run do
  peer.ports.each { |port| EventMachine.open_datagram_socket(peer.address, port, Echo) }
rescue RuntimeError => error
  cannot_run("#{peer.address}: #{error.message}")
end
