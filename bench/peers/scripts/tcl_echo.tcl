# Tcl's event loop and the udp package: a channel for each socket.
#
# documented: a fileevent that reads once; an answer that the kernel refuses is dropped.
# Stops by SIGTERM as the system has it.
# Trap: udp_open binds to every address of the machine, a datagram is cut at 4096 bytes without a
# word (generic/udp_tcl.h, MAXBUFFERSIZE), and a reply has to name its peer by fconfigure.

package require udp

proc echo {socket} {
    set data [read $socket]
    fconfigure $socket -remote [fconfigure $socket -peer]
    catch {puts -nonewline $socket $data; flush $socket}
}

proc serve {address port} {
    if {[catch {udp_open $port {*}[expr {[string match *:* $address] ? {ipv6} : {}}]} socket]} {
        puts stderr "$address port $port: $socket"
        exit 4
    }
    fconfigure $socket -translation binary -buffering none -blocking 0
    fileevent $socket readable [list echo $socket]
}

if {$argv eq {--version}} {
    puts "Tcl [info patchlevel] (udp [package present udp])"
    exit 0
}
if {$argc != 4 || [lindex $argv 0] ne {documented}} {
    puts stderr {usage: tcl_echo.tcl documented ADDRESS PORT SOCKETS, or --version}
    exit 2
}
lassign $argv form address port sockets
for {set i 0} {$i < $sockets} {incr i} {
    serve $address [expr {$port + $i}]
}
vwait forever
