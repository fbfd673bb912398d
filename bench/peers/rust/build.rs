//! Hands the versions that cargo chose, which Cargo.lock alone knows, to the programs' --version.

fn version(lock: &str, package: &str) -> String {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    let line = lines.nth(1).unwrap_or("version = \"unknown\"");
    line.trim_start_matches("version = ").trim_matches('"').to_string()
}

fn main() {
    let lock = std::fs::read_to_string("Cargo.lock").unwrap_or_default();
    println!("cargo:rerun-if-changed=Cargo.lock");
    println!("cargo:rustc-env=MIO_VERSION={}", version(&lock, "mio"));
    println!("cargo:rustc-env=TOKIO_VERSION={}", version(&lock, "tokio"));
    println!("cargo:rustc-env=SMOL_VERSION={}", version(&lock, "smol"));
}
