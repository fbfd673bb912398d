// Node's dgram: libuv below, so 32 datagrams of a socket in a turn; every reply costs a request object and a copy.
//
// documented: the manual's 'message' event; what cannot be sent waits in libuv, without a bound.
// Stops by closing all sockets at SIGTERM: then nothing is left to wait for.
// Trap: an 'error' event that nobody listens to ends the process.
// In the language of Node 8, so that old releases run it, too.
'use strict';
const dgram = require('dgram');
const net = require('net');
const os = require('os');

// What else it waits for (docs/TARGETS.md), from whose handler it answers.
const [beside, number] = (process.env.EDGEWISE_BESIDE || '').split(':');

function waitBeside(answer) {
  const fd = Number(number);
  const names = Object.entries(os.constants.signals);
  if (beside === 'signal') process.on(names.find(([, value]) => value === fd)[0], answer);
  else if (beside === 'accept') net.createServer((accepted) => { accepted.destroy(); answer(); }).listen({ fd });
  else if (beside !== 'timer') new net.Socket({ fd, readable: true, writable: false }).on('data', answer);
}

// Keeps what comes, until something else has happened.
function putAside(socket) {
  let kept;
  const answer = () => socket.send(kept.data, kept.peer.port, kept.peer.address);
  waitBeside(answer);
  return (data, peer) => {
    kept = { data, peer };
    if (beside === 'timer') setTimeout(answer, Number(number));
  };
}

function serve(address, port, aside) {
  const socket = dgram.createSocket(net.isIPv6(address) ? 'udp6' : 'udp4');
  socket.on('error', (error) => {
    console.error(`${address} port ${port}: ${error.message}`);
    process.exit(4);
  });
  const echo = (data, peer) => socket.send(data, peer.port, peer.address);
  socket.on('message', aside ? putAside(socket) : echo);
  process.on('SIGTERM', () => socket.close());
  socket.bind(port, address);
}

const [form, address, port, sockets] = process.argv.slice(2);
if (form === '--version') {
  console.log(`Node ${process.versions.node} (libuv ${process.versions.uv})`);
} else if (form === 'documented' && net.isIP(address) && Number(port) > 0 && Number(sockets) > 0) {
  for (let i = 0; i < Number(sockets); i++) serve(address, Number(port) + i, beside && i === sockets - 1);
} else {
  console.error('usage: node_echo.js documented ADDRESS PORT SOCKETS, or --version');
  process.exit(2);
}
