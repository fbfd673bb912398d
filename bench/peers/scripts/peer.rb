# What the peers in Ruby share: the command line, and sockets for loops that leave these to their
# user.
#
# PROGRAM FORM ADDRESS PORT SOCKETS serves consecutive ports until SIGTERM; PROGRAM --version tells
# the loop's version.

require 'ipaddr'
require 'socket'

DATAGRAM_MAX = 65_536
Peer = Struct.new(:form, :address, :port, :sockets) do
  def ports = port...(port + sockets)
end

def arguments(version, forms = ['documented'])
  if ARGV == ['--version']
    puts "#{version} (Ruby #{RUBY_VERSION})"
    exit
  end
  form, address, port, sockets = ARGV
  if ARGV.size != 4 || !forms.include?(form)
    warn "usage: #{File.basename($0)} #{forms.join('|')} ADDRESS PORT SOCKETS, or --version"
    exit 2
  end
  trap('TERM', 'SYSTEM_DEFAULT')
  Peer.new(form, address, Integer(port), Integer(sockets))
end

def cannot_run(why)
  warn why
  exit 4
end

def bound(peer, port)
  socket = UDPSocket.new(IPAddr.new(peer.address).family)
  socket.bind(peer.address, port)
  socket
rescue SystemCallError => error
  cannot_run("#{peer.address} port #{port}: #{error.message}")
end
