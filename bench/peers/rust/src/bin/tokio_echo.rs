//! tokio: a future for each socket that receives and sends back; below lies mio.
//!
//! spawn: a task for each socket, one thread.  threads: the same on two worker threads.
//! join: all futures in one task, each polled whenever any of them woke it.
//! yield: spawn, and each task goes to the back of the line after every echo.
//! Stops by SIGTERM as the system has it: nothing here needs closing.
//! Trap: a receive that is ready at once does not suspend its task, so one busy socket starves all others, but not in yield.

use edgewise_peers::{options, DATAGRAM_MAX};
use std::fs::File;
use std::future::Future;
use std::io::{Error, ErrorKind, Read, Result};
use std::os::unix::io::FromRawFd;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::unix::AsyncFd;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{signal, Signal, SignalKind};

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

/// What the last socket waits for before it answers, where it is told of something (docs/TARGETS.md).
enum Beside {
    Timer(Duration),
    Signal(Signal),
    Pipe(AsyncFd<File>),
    Accept(TcpListener),
    Stream(TcpStream),
}

impl Beside {
    fn told() -> Option<String> {
        std::env::var("EDGEWISE_BESIDE").ok()
    }

    fn new(told: &str) -> Result<Beside> {
        let (kind, number) = told.split_once(':').ok_or(ErrorKind::InvalidInput)?;
        let number: i32 = number.parse().map_err(|_| ErrorKind::InvalidInput)?;
        Ok(match kind {
            "timer" => Beside::Timer(Duration::from_millis(number as u64)),
            "signal" => Beside::Signal(signal(SignalKind::from_raw(number))?),
            "pipe" => Beside::Pipe(AsyncFd::new(unsafe { File::from_raw_fd(number) })?),
            "accept" => {
                Beside::Accept(TcpListener::from_std(unsafe { std::net::TcpListener::from_raw_fd(number) })?)
            }
            "stream" => Beside::Stream(TcpStream::from_std(unsafe { std::net::TcpStream::from_raw_fd(number) })?),
            _ => return Err(Error::from(ErrorKind::InvalidInput)),
        })
    }

    async fn happens(&mut self) -> Result<()> {
        let mut data = [0; 64];
        match self {
            Beside::Timer(after) => tokio::time::sleep(*after).await,
            Beside::Signal(signal) => drop(signal.recv().await),
            Beside::Pipe(pipe) => {
                while pipe.readable().await?.try_io(|file| file.get_ref().read(&mut data)).is_err() {}
            }
            Beside::Accept(listener) => drop(listener.accept().await?),
            Beside::Stream(stream) => drop(stream.read(&mut data).await?),
        }
        Ok(())
    }
}

/// What comes is kept until that has happened.
async fn keep(socket: std::net::UdpSocket, told: String) -> Result<()> {
    let socket = UdpSocket::from_std(socket)?;
    let mut beside = Beside::new(&told)?;
    let mut data = vec![0; DATAGRAM_MAX];
    loop {
        let (length, peer) = socket.recv_from(&mut data).await?;
        beside.happens().await?;
        let _ = socket.send_to(&data[..length], peer).await;
    }
}

type Serving = Pin<Box<dyn Future<Output = Result<()>> + Send>>;

fn serve_all(mut sockets: Vec<std::net::UdpSocket>, yields: bool) -> Vec<Serving> {
    let kept = Beside::told().and_then(|told| Some((sockets.pop()?, told)));
    let mut all: Vec<Serving> = Vec::new();
    for socket in sockets {
        all.push(Box::pin(echo(socket, yields)));
    }
    if let Some((socket, told)) = kept {
        all.push(Box::pin(keep(socket, told)));
    }
    all
}

async fn spawn_all(sockets: Vec<std::net::UdpSocket>, yields: bool) -> Result<()> {
    let tasks: Vec<_> = serve_all(sockets, yields).into_iter().map(tokio::spawn).collect();
    for task in tasks {
        task.await??;
    }
    Ok(())
}

struct JoinAll(Vec<Serving>);

impl Future for JoinAll {
    type Output = Result<()>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let polled = self.0.iter_mut().map(|echo| echo.as_mut().poll(context));
        polled.fold(Poll::Pending, |first, one| if first.is_ready() { first } else { one })
    }
}

async fn join_all(sockets: Vec<std::net::UdpSocket>) -> Result<()> {
    JoinAll(serve_all(sockets, false)).await
}

fn runtime(threads: bool) -> Result<Runtime> {
    let mut builder = if threads { Builder::new_multi_thread() } else { Builder::new_current_thread() };
    if threads {
        builder.worker_threads(2);
    }
    if Beside::told().is_some() {
        builder.enable_time();
    }
    builder.enable_io().build()
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
