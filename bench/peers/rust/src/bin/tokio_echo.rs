//! tokio: a future for each socket that receives and sends back; below lies mio.
//!
//! spawn: a task for each socket, one thread.  threads: the same on two worker threads.
//! join: all futures in one task, each polled whenever any of them woke it.
//! yield: spawn, and each task goes to the back of the line after every echo.
//! Stops by SIGTERM as the system has it: nothing here needs closing.
//! Trap: a receive that is ready at once does not suspend its task, so one busy socket starves all others, but not in yield.

use edgewise_peers::{options, DATAGRAM_MAX};
use std::future::Future;
use std::io::Result;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::net::UdpSocket;
use tokio::runtime::{Builder, Runtime};

async fn echo(socket: std::net::UdpSocket, yields: bool) -> Result<()> {
    let socket = UdpSocket::from_std(socket)?;
    let mut data = vec![0; DATAGRAM_MAX];
    loop {
        if let Ok((length, peer)) = socket.recv_from(&mut data).await {
            let _ = socket.send_to(&data[..length], peer).await;
        }
        if yields {
            tokio::task::yield_now().await;
        }
    }
}

async fn spawn_all(sockets: Vec<std::net::UdpSocket>, yields: bool) -> Result<()> {
    let tasks: Vec<_> = sockets.into_iter().map(|socket| tokio::spawn(echo(socket, yields))).collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

struct JoinAll(Vec<Pin<Box<dyn Future<Output = Result<()>>>>>);

impl Future for JoinAll {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = self.0.iter_mut().map(|echo| echo.as_mut().poll(context));
        polled.fold(Poll::Pending, |first, one| if first.is_ready() { first } else { one })
    }
}

async fn join_all(sockets: Vec<std::net::UdpSocket>) -> Result<()> {
    let mut all = JoinAll(Vec::new());
    for socket in sockets {
        all.0.push(Box::pin(echo(socket, false)));
    }
    all.await
}

fn runtime(threads: bool) -> Result<Runtime> {
    if threads {
        Builder::new_multi_thread().worker_threads(2).enable_io().build()
    } else {
        Builder::new_current_thread().enable_io().build()
    }
}

fn main() -> Result<()> {
    let options = options(concat!("tokio ", env!("TOKIO_VERSION")), &["spawn", "threads", "join", "yield"]);
    let sockets = options.bind();
    let runtime = runtime(options.form == "threads")?;
    match options.form.as_str() {
        "join" => runtime.block_on(join_all(sockets)),
        form => runtime.block_on(spawn_all(sockets, form == "yield")),
    }
}
