// Deno's datagrams: tokio below, and a promise for every datagram.
//
// documented: for await over the socket, whose answer is awaited before the next one is asked for; so nothing is queued here.
// Stops by leaving at SIGTERM: the loops over the sockets do not end by themselves.
// Trap: a send that the kernel refuses rejects, and where nobody catches that, the program ends.
// Trap: Deno.listenDatagram is there with --unstable-net alone.
import { isIP } from 'node:net';
import { constants } from 'node:os';

// What else it waits for (docs/TARGETS.md), from whose handler it answers.
const [beside, number] = (Deno.env.get('EDGEWISE_BESIDE') ?? '').split(':');

// Keeps what comes, until something else has happened.
async function putAside(socket) {
  let kept;
  const answer = () => socket.send(...kept);
  const signals = Object.entries(constants.signals);
  if (beside === 'signal') Deno.addSignalListener(signals.find(([, value]) => value === Number(number))[0], answer);
  for await (const received of socket) {
    kept = received;
    if (beside === 'timer') setTimeout(answer, Number(number));
  }
}

async function echo(socket) {
  for await (const [data, peer] of socket) await socket.send(data, peer);
}

function listen(hostname, port) {
  try {
    return Deno.listenDatagram({ transport: 'udp', hostname, port });
  } catch (error) {
    console.error(`${hostname} port ${port}: ${error.message}`);
    Deno.exit(4);
  }
}

const [form, address, port, sockets] = Deno.args;
if (form === '--version') {
  console.log(`Deno ${Deno.version.deno}`);
} else if (form === 'documented' && isIP(address) && Number(port) > 0 && Number(sockets) > 0) {
  Deno.addSignalListener('SIGTERM', () => Deno.exit(0));
  for (let i = 0; i < Number(sockets); i++) {
    const socket = listen(address, Number(port) + i);
    if (beside && i === sockets - 1) putAside(socket);
    else echo(socket);
  }
} else {
  console.error('usage: deno_echo.js documented ADDRESS PORT SOCKETS, or --version');
  Deno.exit(2);
}
