# Perl's IO::Async: poll(2), an IO::Async::Socket for each port.
#
# documented: on_recv and send(); what cannot be sent waits in the object, without a bound.
# Stops by SIGTERM as the system has it.
# Trap: sockets that are ready together are served in the order of a hash, which Perl draws anew in
# every run (PERL_HASH_SEED), and an empty datagram is taken for nothing to send.
use strict;
use warnings;
use IO::Async::Loop;
use IO::Async::Socket;
use IO::Socket::IP;

my $DATAGRAM_MAX = 65536;

sub bound {
    my ($address, $port) = @_;
    my $socket = IO::Socket::IP->new(Proto => 'udp', LocalHost => $address, LocalPort => $port);
    if (!$socket) {
        print STDERR "$address port $port: $@\n";
        exit 4;
    }
    return $socket;
}

sub echoes {
    my ($socket) = @_;
    return IO::Async::Socket->new(
        handle        => $socket,
        recv_len      => $DATAGRAM_MAX,
        on_recv       => sub { my ($self, $data, $from) = @_; $self->send($data, 0, $from) },
        on_recv_error => sub { },
        on_send_error => sub { },
    );
}

if ("@ARGV" eq '--version') {
    print "IO::Async $IO::Async::Loop::VERSION\n";
    exit 0;
}
my ($form, $address, $port, $sockets) = @ARGV;
if (@ARGV != 4 || $form ne 'documented') {
    print STDERR "usage: ioasync_echo.pl documented ADDRESS PORT SOCKETS, or --version\n";
    exit 2;
}
my $loop = IO::Async::Loop->new;
$loop->add(echoes($_)) for map { bound($address, $port + $_) } 0 .. $sockets - 1;
$loop->run;
