# Perl's AnyEvent on EV, which is libev: a watcher for each socket, level-triggered.
#
# documented: the callback receives once; an answer that the kernel refuses is dropped.
# drain: until nothing is left, which lets a flooded socket keep the loop for itself.
# Stops by SIGTERM as the system has it.
# Trap: a watcher lives as long as somebody holds it.
use strict;
use warnings;
use AnyEvent;
use EV;
use IO::Socket::IP;

my $DATAGRAM_MAX = 65536;

sub bound {
    my ($address, $port) = @_;
    my $socket = IO::Socket::IP->new(Proto => 'udp', LocalHost => $address, LocalPort => $port);
    if (!$socket) {
        print STDERR "$address port $port: $@\n";
        exit 4;
    }
    $socket->blocking(0);
    return $socket;
}

# False when nothing was there.  What an ICMP message left behind is used up by reporting it.
sub echo {
    my ($socket) = @_;
    my $from = recv($socket, my $data, $DATAGRAM_MAX, 0);
    return $!{ECONNREFUSED} if !defined $from;
    send($socket, $data, 0, $from);
    return 1;
}

if ("@ARGV" eq '--version') {
    print "AnyEvent $AnyEvent::VERSION (EV $EV::VERSION)\n";
    exit 0;
}
my ($form, $address, $port, $sockets) = @ARGV;
if (@ARGV != 4 || $form !~ /^(documented|drain)$/) {
    print STDERR "usage: anyevent_echo.pl documented|drain ADDRESS PORT SOCKETS, or --version\n";
    exit 2;
}
my @kept;
for my $one (map { bound($address, $port + $_) } 0 .. $sockets - 1) {
    my $all = sub { 1 while echo($one) };
    my $ready = $form eq 'drain' ? $all : sub { echo($one) };
    push @kept, AnyEvent->io(fh => $one, poll => 'r', cb => $ready);
}
AnyEvent->condvar->recv;
