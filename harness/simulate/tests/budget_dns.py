"""A DNS server that turns to its next port after so many bytes: budget_dns.py PORT PORTS BYTES."""
import select
import socket
import sys

port, ports, budget = (int(word) for word in sys.argv[1:])
sockets = []
for i in range(ports):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind(("127.0.0.1", port + i))
    s.setblocking(False)
    sockets.append(s)
while True:
    for s in select.select(sockets, [], [])[0]:
        read = 0
        while read < budget:
            try:
                query, client = s.recvfrom(65535)
            except BlockingIOError:
                break
            read += len(query)
            try:
                s.sendto(query[:2] + b"\x84\x00" + query[4:], client)
            except OSError:
                pass
