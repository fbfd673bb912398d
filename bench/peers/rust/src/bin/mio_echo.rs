//! mio: tells which sockets became ready, edge-triggered; everything else is the user's.
//!
//! documented: drained until WouldBlock, as the manual demands and its example does; a refused reply is lost.
//! fair: the cure: 16 datagrams to a turn, a list of those not drained yet; a refused reply is held, and nothing read, until
//! there is room; interest in writing exists only then.
//! Stops by SIGTERM as the system has it: nothing here needs closing.
//! Trap: whoever stops before WouldBlock is not told again.

use edgewise_peers::{options, DATAGRAM_MAX};
use mio::net::UdpSocket;
use mio::{Events, Interest, Poll, Registry, Token};
use std::io::{ErrorKind, Result};
use std::net::SocketAddr;
use std::time::Duration;

const BATCH: usize = 16;

struct Echo {
    socket: UdpSocket,
    data: Vec<u8>,
    held: Option<(usize, SocketAddr)>,
    ready: bool,
    watches_room: bool,
}

impl Echo {
    fn new(socket: std::net::UdpSocket) -> Echo {
        let socket = UdpSocket::from_std(socket);
        Echo { socket, data: vec![0; DATAGRAM_MAX], held: None, ready: false, watches_room: false }
    }

    fn drain(&mut self) {
        while let Ok((length, peer)) = self.socket.recv_from(&mut self.data) {
            let _ = self.socket.send_to(&self.data[..length], peer);
        }
    }

    /// False when the kernel refused the reply, which then is held.
    fn reply(&mut self, length: usize, peer: SocketAddr) -> bool {
        let refused = matches!(self.socket.send_to(&self.data[..length], peer), Err(e) if e.kind() == ErrorKind::WouldBlock);
        self.held = refused.then_some((length, peer));
        !refused
    }

    /// True when there may be more to do at once.
    fn turn(&mut self) -> bool {
        if let Some((length, peer)) = self.held {
            if !self.reply(length, peer) {
                return false;
            }
        }
        for _ in 0..BATCH {
            match self.socket.recv_from(&mut self.data) {
                Ok((length, peer)) if self.reply(length, peer) => {}
                _ => return false,
            }
        }
        true
    }

    /// Registering anew reports what is ready already, so no edge is lost in between.
    fn watch(&mut self, registry: &Registry, token: Token) -> Result<()> {
        if self.held.is_some() == self.watches_room {
            return Ok(());
        }
        self.watches_room = self.held.is_some();
        let interest = if self.watches_room { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        registry.reregister(&mut self.socket, token, interest)
    }
}

/// A signal that stopped and continued the process is no error.
fn wait(poll: &mut Poll, events: &mut Events, timeout: Option<Duration>) -> Result<()> {
    match poll.poll(events, timeout) {
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(events.clear()),
        result => result,
    }
}

fn run_drained(poll: &mut Poll, echoes: &mut [Echo]) -> Result<()> {
    let mut events = Events::with_capacity(1024);
    loop {
        wait(poll, &mut events, None)?;
        for event in &events {
            echoes[event.token().0].drain();
        }
    }
}

fn run_fair(poll: &mut Poll, echoes: &mut [Echo]) -> Result<()> {
    let mut events = Events::with_capacity(1024);
    let mut pending: Vec<usize> = Vec::new();
    loop {
        wait(poll, &mut events, if pending.is_empty() { None } else { Some(Duration::ZERO) })?;
        for event in &events {
            let index = event.token().0;
            if !echoes[index].ready {
                echoes[index].ready = true;
                pending.push(index);
            }
        }
        for index in std::mem::take(&mut pending) {
            echoes[index].ready = echoes[index].turn();
            echoes[index].watch(poll.registry(), Token(index))?;
            if echoes[index].ready {
                pending.push(index);
            }
        }
    }
}

fn main() -> Result<()> {
    let options = options(concat!("mio ", env!("MIO_VERSION")), &["documented", "fair"]);
    let fair = options.form == "fair";
    let mut echoes: Vec<Echo> = options.bind().into_iter().map(Echo::new).collect();
    let mut poll = Poll::new()?;
    for (index, echo) in echoes.iter_mut().enumerate() {
        poll.registry().register(&mut echo.socket, Token(index), Interest::READABLE)?;
    }
    if fair {
        run_fair(&mut poll, &mut echoes)
    } else {
        run_drained(&mut poll, &mut echoes)
    }
}
