// Bun's UDP sockets: uSockets below, which takes as many datagrams of a socket as recvmmsg gives.
//
// documented: the data handler answers; what the kernel has no room for waits for the drain handler, without a bound.
// Stops by closing all sockets at SIGTERM: then nothing is left to wait for.
// Trap: without an error handler, what the kernel refuses for another reason ends the program.
// Trap: the buffer of a datagram may be used again after its handler.
'use strict';
const net = require('node:net');
const os = require('node:os');

// What else it waits for (docs/TARGETS.md), from whose handler it answers.
const [beside, number] = (process.env.EDGEWISE_BESIDE ?? '').split(':');

// One after the other: what waits goes first.
function echo() {
  const waiting = [];
  return {
    data(socket, data, port, address) {
      if (waiting.length || !socket.send(data, port, address)) waiting.push([Buffer.from(data), port, address]);
    },
    drain(socket) {
      while (waiting.length && socket.send(...waiting[0])) waiting.shift();
    },
    // With the socket, too, or not, by release; the datagram is lost, and the socket goes on.
    error() {},
  };
}

// Keeps what comes, until something else has happened.
function putAside() {
  let answer;
  const names = Object.entries(os.constants.signals);
  if (beside === 'signal') process.on(names.find(([, value]) => value === Number(number))[0], () => answer());
  return {
    data(socket, data, port, address) {
      const kept = Buffer.from(data);
      answer = () => socket.send(kept, port, address);
      if (beside === 'timer') setTimeout(answer, Number(number));
    },
  };
}

async function serve(hostname, port, handlers) {
  if (!Bun.udpSocket) {
    console.error(`Bun ${Bun.version} has no Bun.udpSocket`);
    process.exit(4);
  }
  try {
    const socket = await Bun.udpSocket({ hostname, port, socket: handlers });
    process.on('SIGTERM', () => socket.close());
  } catch (error) {
    console.error(`${hostname} port ${port}: ${error.message}`);
    process.exit(4);
  }
}

async function serveAll(address, port, sockets) {
  for (let i = 0; i < sockets; i++) {
    await serve(address, port + i, beside && i === sockets - 1 ? putAside() : echo());
  }
}

const [form, address, port, sockets] = process.argv.slice(2);
if (form === '--version') {
  console.log(`Bun ${Bun.version}`);
} else if (form === 'documented' && net.isIP(address) && Number(port) > 0 && Number(sockets) > 0) {
  serveAll(address, Number(port), Number(sockets));
} else {
  console.error('usage: bun_echo.js documented ADDRESS PORT SOCKETS, or --version');
  process.exit(2);
}
