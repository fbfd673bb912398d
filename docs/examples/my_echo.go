// A plug-in for edgewise in Go: what it needs of edgewise/server.h is written out below, as cgo
// declares exported functions itself.  One socket, one goroutine; no counters, so that the harness
// asks instead.
//
//	go build -buildmode=c-shared -o my-echo-go.so my_echo.go
//	edgewise check ./my-echo-go.so
package main

/*
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

struct description {
	uint32_t size, abi;
	const char *name, *summary, *needs, *missing;
	uint64_t capabilities;
	uint32_t queue_rule, queue_extra, default_budget, default_full, default_sockets;
};

// The beginning of struct ew_config; the caller's is longer.
struct config {
	uint32_t size, port;
	const char *address;
	uint32_t sockets;
};

// C may keep no pointer of Go's, but a number that stands for one.
struct instance {
	uintptr_t handle;
};
*/
import "C"

import (
	"errors"
	"net"
	"runtime/cgo"
	"syscall"
	"unsafe"
)

const (
	abi         = 1
	canEcho     = 1
	datagramMax = 65507
)

type echo struct {
	socket *net.UDPConn
	ended  chan struct{}
}

var description = describe()

func describe() *C.struct_description {
	d := (*C.struct_description)(C.calloc(1, C.sizeof_struct_description))
	d.size, d.abi = C.sizeof_struct_description, abi
	d.name, d.summary = C.CString("my-echo-go"), C.CString("an example: Go's net, one goroutine")
	d.capabilities, d.default_sockets = canEcho, 1
	return d
}

// Ends when the socket is closed; any other error belongs to one datagram.
func (e *echo) serve() {
	data := make([]byte, datagramMax)
	defer close(e.ended)
	for {
		n, peer, err := e.socket.ReadFromUDP(data)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			e.socket.WriteToUDP(data[:n], peer)
		}
	}
}

func of(i *C.struct_instance) *echo { return cgo.Handle(i.handle).Value().(*echo) }

//export ew_describe
func ew_describe() *C.struct_description { return description }

//export ew_start
func ew_start(config *C.struct_config, instance **C.struct_instance) C.int {
	*instance = nil
	host := "127.0.0.1"
	if config.address != nil {
		host = C.GoString(config.address)
	}
	address := net.UDPAddr{IP: net.ParseIP(host), Port: int(config.port)}
	if config.sockets > 1 || address.IP == nil {
		return -C.EINVAL
	}
	socket, err := net.ListenUDP("udp", &address)
	if err != nil {
		var errno syscall.Errno
		if errors.As(err, &errno) {
			return -C.int(errno)
		}
		return -C.EIO
	}
	e := &echo{socket, make(chan struct{})}
	*instance = (*C.struct_instance)(C.calloc(1, C.sizeof_struct_instance))
	(*instance).handle = C.uintptr_t(cgo.NewHandle(e))
	go e.serve()
	return 0
}

//export ew_port
func ew_port(instance *C.struct_instance, index C.uint) C.uint16_t {
	if index > 0 {
		return 0
	}
	return C.uint16_t(of(instance).socket.LocalAddr().(*net.UDPAddr).Port)
}

//export ew_stats
func ew_stats(*C.struct_instance) unsafe.Pointer { return nil }

//export ew_stop
func ew_stop(instance *C.struct_instance) C.int {
	if instance == nil {
		return 0
	}
	e := of(instance)
	e.socket.Close()
	<-e.ended
	cgo.Handle(instance.handle).Delete()
	C.free(unsafe.Pointer(instance))
	return 0
}

func main() {}
