//! smol: a task for each socket; below lies async-io's reactor, which is polling's one-shot epoll.
//!
//! documented: recv_from() and send_to(), spawned on the global executor of one thread.
//! What cannot be sent waits in its task, which reads nothing meanwhile.
//! Stops by SIGTERM as the system has it.
//! Trap: smol has no budget of its own; a task has its turn until a call has to wait.

use edgewise_peers::{options, DATAGRAM_MAX};
use smol::net::UdpSocket;
use smol::Async;
use std::io::Result;

async fn echo(socket: std::net::UdpSocket) -> Result<()> {
    let socket = UdpSocket::from(Async::new(socket)?);
    let mut data = vec![0; DATAGRAM_MAX];
    loop {
        if let Ok((length, peer)) = socket.recv_from(&mut data).await {
            let _ = socket.send_to(&data[..length], peer).await;
        }
    }
}

fn main() -> Result<()> {
    let options = options(concat!("smol ", env!("SMOL_VERSION")), &["documented"]);
    let tasks: Vec<_> = options.bind().into_iter().map(|socket| smol::spawn(echo(socket))).collect();
    smol::block_on(async {
        for task in tasks {
            task.await?;
        }
        Ok(())
    })
}
