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
	"strings"
	"syscall"
	"time"
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

// What the last socket waits for before it answers, where it is told of something (docs/TARGETS.md).
func beside(kind string, number int) func() {
	switch kind {
	case "timer":
		return func() { time.Sleep(time.Duration(number) * time.Millisecond) }
	case "signal":
		raised := make(chan os.Signal, 1)
		signal.Notify(raised, syscall.Signal(number))
		return func() { <-raised }
	}
	file := os.NewFile(uintptr(number), kind)
	data := make([]byte, 64)
	switch kind {
	case "pipe":
		return func() { file.Read(data) }
	case "accept":
		listener, err := net.FileListener(file)
		failed(err)
		return func() {
			if conn, err := listener.Accept(); err == nil {
				conn.Close()
			}
		}
	}
	conn, err := net.FileConn(file)
	failed(err)
	return func() { conn.Read(data) }
}

// What comes is kept until that has happened.
func keep(conn *net.UDPConn, happened func()) {
	data := make([]byte, datagramMax)
	for {
		n, peer, err := conn.ReadFromUDP(data)
		if err == nil {
			happened()
			conn.WriteToUDP(data[:n], peer)
		}
	}
}

func failed(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(4)
	}
}

func bound(address string, port int) *net.UDPConn {
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.ParseIP(address), Port: port})
	failed(err)
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
	if kind, number, told := strings.Cut(os.Getenv("EDGEWISE_BESIDE"), ":"); told && sockets > 0 {
		n, err := strconv.Atoi(number)
		failed(err)
		go keep(conns[sockets-1], beside(kind, n))
		conns = conns[:sockets-1]
	}
	for _, conn := range conns {
		go forms[os.Args[1]](conn)
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	<-terminated
}
