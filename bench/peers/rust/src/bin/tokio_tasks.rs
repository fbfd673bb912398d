//! What tokio's tasks cost on one thread: tokio_tasks WHAT COUNT prints the nanoseconds that COUNT of them took.
//! bench/tasks/tasks.c says what each is, and does the same on ours.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const BATCH: u64 = 1000;

/// std::future::poll_fn, which came with Rust 1.64.
struct PollFn<F>(F);

impl<F: FnMut(&mut Context<'_>) -> Poll<()> + Unpin> Future for PollFn<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        (self.0)(context)
    }
}

/// Ready after so many polls; each of the others gives way with a plain wake of its own waker.
fn give_way(mut left: u64) -> impl Future<Output = ()> {
    PollFn(move |context: &mut Context<'_>| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

#[derive(Default)]
struct Waiting {
    waker: Option<Waker>,
    over: bool,
}

async fn be_woken(count: u64) {
    let shared = Arc::new((Mutex::new(Waiting::default()), Condvar::new()));
    let other = shared.clone();
    let thread = std::thread::spawn(move || loop {
        let (lock, changed) = &*other;
        let mut waiting = lock.lock().unwrap();
        while waiting.waker.is_none() && !waiting.over {
            waiting = changed.wait(waiting).unwrap();
        }
        match waiting.waker.take() {
            Some(waker) => {
                drop(waiting);
                waker.wake();
            }
            None => return,
        }
    });
    let mut left = count;
    PollFn(|context: &mut Context<'_>| {
        let (lock, changed) = &*shared;
        let mut waiting = lock.lock().unwrap();
        waiting.over = left == 0;
        if !waiting.over {
            left -= 1;
            waiting.waker = Some(context.waker().clone());
        }
        let over = waiting.over;
        drop(waiting);
        changed.notify_one();
        if over { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    thread.join().unwrap();
}

async fn spawn_many(count: u64) {
    let mut left = count;
    while left > 0 {
        let batch = left.min(BATCH);
        for _ in 0..batch {
            tokio::spawn(async {});
        }
        left -= batch;
        give_way(1).await;
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let count = words.get(2).and_then(|word| word.parse::<u64>().ok());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap();
    let begin = Instant::now();
    match (words.get(1).map(String::as_str), count) {
        (Some("--version"), _) => return println!("tokio {}", env!("TOKIO_VERSION")),
        (Some("yield"), Some(count)) => runtime.block_on(async { tokio::spawn(give_way(count)).await.unwrap() }),
        (Some("notify"), Some(count)) => runtime.block_on(async { tokio::spawn(be_woken(count)).await.unwrap() }),
        (Some("spawn"), Some(count)) => runtime.block_on(async { tokio::spawn(spawn_many(count)).await.unwrap() }),
        _ => {
            eprintln!("usage: tokio_tasks yield|notify|spawn COUNT");
            std::process::exit(2);
        }
    }
    println!("{}", begin.elapsed().as_nanos());
}
