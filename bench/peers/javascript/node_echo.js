// Node's dgram: libuv below, so 32 datagrams of a socket in a turn; every reply costs a request object and a copy.
//
// documented: the manual's 'message' event; what cannot be sent waits in libuv, without a bound.
// Stops by closing all sockets at SIGTERM: then nothing is left to wait for.
// Trap: an 'error' event that nobody listens to ends the process.
'use strict';
const dgram = require('node:dgram');
const net = require('node:net');

function serve(address, port) {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('error', (error) => {
    console.error(`${address} port ${port}: ${error.message}`);
    process.exit(4);
  });
  socket.on('message', (data, peer) => socket.send(data, peer.port, peer.address));
  process.on('SIGTERM', () => socket.close());
  socket.bind(port, address);
}

const [form, address, port, sockets] = process.argv.slice(2);
if (form === '--version') {
  console.log(`Node ${process.versions.node} (libuv ${process.versions.uv})`);
} else if (form === 'documented' && net.isIP(address) && Number(port) > 0 && Number(sockets) > 0) {
  for (let i = 0; i < Number(sockets); i++) serve(address, Number(port) + i);
} else {
  console.error('usage: node_echo.js documented ADDRESS PORT SOCKETS, or --version');
  process.exit(2);
}
