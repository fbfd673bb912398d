// Go: a goroutine for each socket that seems to block; below lies the runtime's own edge-triggered poller.
//
// documented: ReadFromUDP and WriteToUDP, as in every tutorial; an address is allocated for each datagram.
// addrport: ReadFromUDPAddrPort and WriteToUDPAddrPort (Go 1.18): nothing is allocated.
// Stops by SIGTERM on a channel.
// Trap: a goroutine that never blocks keeps its processor until the monitor takes it away, after about 10 ms.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

const datagramMax = 65536

func echo(conn *net.UDPConn) {
	data := make([]byte, datagramMax)
	for {
		n, peer, err := conn.ReadFromUDP(data)
		if err == nil {
			conn.WriteToUDP(data[:n], peer)
		}
	}
}

func echoAddrPort(conn *net.UDPConn) {
	data := make([]byte, datagramMax)
	for {
		n, peer, err := conn.ReadFromUDPAddrPort(data)
		if err == nil {
			conn.WriteToUDPAddrPort(data[:n], peer)
		}
	}
}

func bound(address string, port int) *net.UDPConn {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address), Port: port})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
	return conn
}

func main() {
	forms := map[string]func(*net.UDPConn){"documented": echo, "addrport": echoAddrPort}
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println("Go", runtime.Version()[len("go"):])
		return
	}
	if len(os.Args) != 5 || forms[os.Args[1]] == nil || net.ParseIP(os.Args[2]) == nil {
		fmt.Fprintln(os.Stderr, "usage: go_echo documented|addrport ADDRESS PORT SOCKETS, or --version")
		os.Exit(2)
	}
	port, _ := strconv.Atoi(os.Args[3])
	sockets, _ := strconv.Atoi(os.Args[4])
	conns := []*net.UDPConn{}
	for i := 0; i < sockets; i++ {
		conns = append(conns, bound(os.Args[2], port+i))
	}
	for _, conn := range conns {
		go forms[os.Args[1]](conn)
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	<-terminated
}
