//! A plug-in for edgewise in Rust, without crates: what it needs of edgewise/server.h is written out
//! below.  One socket, one thread, blocking; no counters, so that the harness asks instead.
//!
//!     rustc -O --crate-type=cdylib -C panic=abort -o my-echo-rust.so my_echo.rs
//!     edgewise check ./my-echo-rust.so

use std::ffi::CStr;
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::os::raw::{c_char, c_int, c_uint, c_void};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

const EW_ABI: u32 = 1;
const EW_CAN_ECHO: u64 = 1;
const EW_DATAGRAM_MAX: usize = 65507;
const SEND_TIMEOUT: Duration = Duration::from_millis(100);
const EINVAL: c_int = 22;
const EIO: c_int = 5;

#[repr(C)]
pub struct Description {
    size: u32,
    abi: u32,
    name: *const c_char,
    summary: *const c_char,
    needs: *const c_char,
    missing: *const c_char,
    capabilities: u64,
    queue_rule: u32,
    queue_extra: u32,
    default_budget: u32,
    default_full: u32,
    default_sockets: u32,
}
unsafe impl Sync for Description {}

static DESCRIPTION: Description = Description {
    size: std::mem::size_of::<Description>() as u32,
    abi: EW_ABI,
    name: b"my-echo-rust\0".as_ptr() as *const c_char,
    summary: b"an example: std::net, a blocking receive\0".as_ptr() as *const c_char,
    needs: std::ptr::null(),
    missing: std::ptr::null(),
    capabilities: EW_CAN_ECHO,
    queue_rule: 0,
    queue_extra: 0,
    default_budget: 0,
    default_full: 0,
    default_sockets: 1,
};

/// The beginning of struct ew_config; the caller's is longer.
#[repr(C)]
pub struct Config {
    size: u32,
    port: u32,
    address: *const c_char,
    sockets: u32,
}

pub struct Instance {
    address: SocketAddr,
    stopping: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

// Who waits for room longer than SEND_TIMEOUT looks whether it is to stop, and goes on waiting.
fn answer(socket: &UdpSocket, data: &[u8], peer: SocketAddr, stopping: &AtomicBool) {
    while !stopping.load(Ordering::Relaxed) {
        match socket.send_to(data, peer) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            _ => return,
        }
    }
}

fn serve(socket: UdpSocket, stopping: Arc<AtomicBool>) {
    let mut data = vec![0; EW_DATAGRAM_MAX];

    while !stopping.load(Ordering::Relaxed) {
        // An error belongs to one datagram (ICMP's, say), and the next one may be well.
        if let Ok((length, peer)) = socket.recv_from(&mut data) {
            answer(&socket, &data[..length], peer, &stopping);
        }
    }
}

unsafe fn start(config: &Config) -> Result<Instance, c_int> {
    let host = match config.address.as_ref() {
        Some(text) => CStr::from_ptr(text).to_str().map_err(|_| EINVAL)?,
        None => "127.0.0.1",
    };
    let host = host.parse().map_err(|_| EINVAL)?;
    let error = |e: std::io::Error| e.raw_os_error().unwrap_or(EIO);

    if config.sockets > 1 || config.port > 65535 {
        return Err(EINVAL);
    }
    let socket = UdpSocket::bind(SocketAddr::new(host, config.port as u16)).map_err(error)?;
    socket.set_write_timeout(Some(SEND_TIMEOUT)).map_err(error)?;
    let address = socket.local_addr().map_err(error)?;
    let stopping = Arc::new(AtomicBool::new(false));
    let flag = stopping.clone();
    let thread = std::thread::Builder::new().spawn(move || serve(socket, flag)).map_err(error)?;
    Ok(Instance { address, stopping, thread })
}

#[no_mangle]
pub extern "C" fn ew_describe() -> *const Description {
    &DESCRIPTION
}

#[no_mangle]
pub unsafe extern "C" fn ew_start(config: *const Config, instance: *mut *mut Instance) -> c_int {
    *instance = std::ptr::null_mut();
    match start(&*config) {
        Ok(started) => {
            *instance = Box::into_raw(Box::new(started));
            0
        }
        Err(errno) => -errno,
    }
}

#[no_mangle]
pub unsafe extern "C" fn ew_port(instance: *const Instance, index: c_uint) -> u16 {
    if index == 0 { (*instance).address.port() } else { 0 }
}

#[no_mangle]
pub extern "C" fn ew_stats(_instance: *const Instance) -> *const c_void {
    std::ptr::null()
}

#[no_mangle]
pub unsafe extern "C" fn ew_stop(instance: *mut Instance) -> c_int {
    if instance.is_null() {
        return 0;
    }
    let stopped = Box::from_raw(instance);
    stopped.stopping.store(true, Ordering::Relaxed); // then a datagram to itself ends the receive
    if let Ok(socket) = UdpSocket::bind(SocketAddr::new(stopped.address.ip(), 0)) {
        let _ = socket.send_to(b"", stopped.address);
    }
    let _ = stopped.thread.join();
    0
}
