//! What both programs share: the command line and bound sockets.

use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::process::exit;

pub const DATAGRAM_MAX: usize = 65536;

pub struct Options {
    pub form: String,
    pub address: IpAddr,
    pub port: u16,
    pub sockets: u16,
}

fn parse(words: &[String], forms: &[&str]) -> Option<Options> {
    if let [form, address, port, sockets] = words {
        return Some(Options {
            form: forms.contains(&form.as_str()).then(|| form.clone())?,
            address: address.parse().ok()?,
            port: port.parse().ok()?,
            sockets: sockets.parse().ok()?,
        });
    }
    None
}

/// Reads the command line; ends the program on --version and on a wrong one.
pub fn options(version: &str, forms: &[&str]) -> Options {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["--version"] {
        println!("{version}");
        exit(0);
    }
    parse(&words, forms).unwrap_or_else(|| {
        eprintln!("usage: PEER FORM ADDRESS PORT SOCKETS, or --version; FORM is one of: {}", forms.join(" "));
        exit(2)
    })
}

fn bound(address: SocketAddr) -> UdpSocket {
    let socket = UdpSocket::bind(address).and_then(|s| s.set_nonblocking(true).map(|()| s));
    socket.unwrap_or_else(|error| {
        eprintln!("{address}: {error}");
        exit(4)
    })
}

impl Options {
    /// Bound and non-blocking, one for each port.
    pub fn bind(&self) -> Vec<UdpSocket> {
        (0..self.sockets).map(|i| bound(SocketAddr::new(self.address, self.port + i))).collect()
    }
}
