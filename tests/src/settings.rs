//! Where the parts are, as `cargo xtask test` says, and the keys that all of them share here.

use std::{
    fs,
    net::{TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

/// Master keys of edge and ledger; nothing outside the tests knows them, and nothing outside depends on them.
pub const EDGE_KEYS: &str = "1:5f0c1d2e3a4b59687786a5b4c3d2e1f00112233445566778899aabbccddeeff0";
pub const LEDGER_KEYS: &str = "1:a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f91";
/// One for all tests: roles belong to the cluster, and `rekomi migrate` sets it anew each time.
pub const APP_PASSWORD: &str = "rekomi-tests";
/// Worlds without an edge name this as theirs: nobody listens there.
pub const NO_EDGE: &str = "http://127.0.0.1:1";

fn required(name: &str) -> String {
    match std::env::var(name) {
        Ok(value) if !value.is_empty() => value,
        _ => panic!("{name} is not set: run `cargo xtask test`, which starts what the tests need"),
    }
}

/// URL of a superuser on the Postgres of this run.
pub fn postgres() -> String {
    required("REKOMI_TEST_PG")
}

/// The ports of the other servers, where that one coordinates a cluster.
///
/// # Panics
/// Where one isn't a number.
pub fn workers() -> Vec<u16> {
    let ports = std::env::var("REKOMI_TEST_CITUS").unwrap_or_default();
    ports
        .split(',')
        .filter(|port| !port.is_empty())
        .map(|port| port.parse().expect("REKOMI_TEST_CITUS has ports"))
        .collect()
}

/// The folder of Postgres' own programs.
pub fn postgres_programs() -> PathBuf {
    required("REKOMI_TEST_PG_BIN").into()
}

/// The first number of the version of those programs.
///
/// # Panics
/// Where there is no Postgres.
pub fn postgres_major(programs: &Path) -> u32 {
    let output = Command::new(programs.join("postgres")).arg("--version").output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let version = text.split_once("(PostgreSQL) ").map_or("", |(_, version)| version);
    version.split(|sign: char| !sign.is_ascii_digit()).next().and_then(|number| number.parse().ok()).expect(&text)
}

/// The folder of an installed Postgres with its client programs, which the run's own doesn't have.
pub fn installed_postgres() -> PathBuf {
    required("REKOMI_TEST_PG_CLIENTS").into()
}

/// As whom a Postgres of a test's own must run, where that is somebody else than ourselves.
pub fn postgres_user() -> Option<u32> {
    std::env::var("REKOMI_TEST_PG_UID").ok().and_then(|id| id.parse().ok())
}

pub fn node() -> PathBuf {
    required("REKOMI_TEST_NODE").into()
}

/// A browser to look at pages with.
pub fn chromium() -> PathBuf {
    required("REKOMI_TEST_CHROMIUM").into()
}

pub fn wrangler() -> PathBuf {
    required("REKOMI_TEST_WRANGLER").into()
}

pub fn workerd() -> PathBuf {
    required("REKOMI_TEST_WORKERD").into()
}

/// Whether every edge runs in plain workerd, beside `rekomi edge-store`, where its plan doesn't say otherwise.
pub fn is_edge_self_hosted() -> bool {
    match std::env::var("REKOMI_TEST_EDGE").as_deref() {
        Ok("workerd") => true,
        Ok("wrangler" | "") | Err(_) => false,
        Ok(other) => panic!("REKOMI_TEST_EDGE must be workerd or wrangler, not {other:?}"),
    }
}

pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

pub fn ledger_program() -> PathBuf {
    std::env::var_os("REKOMI_TEST_LEDGER_BIN").map_or_else(|| root().join("target/debug/rekomi"), PathBuf::from)
}

/// A port that nothing listens on. It is below those that the system gives to outgoing connections, one of which could take
/// it before it is listened on; processes of tests that run side by side begin at different ones. Until this process ends, its
/// UDP twin, which no one needs, tells the others that it's taken.
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let first = std::process::id().wrapping_mul(1_009);
    loop {
        let number = first.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) % 20_000;
        let port = 12_000 + u16::try_from(number).unwrap();
        let Ok(claim) = UdpSocket::bind(("127.0.0.1", port)) else { continue };
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            std::mem::forget(claim);
            return port;
        }
    }
}

/// A folder for one test's logs and state, in the build's own. What killed runs left there goes first.
pub fn folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let program = std::env::current_exe().unwrap();
    // target/debug/deps/program
    let all = program.ancestors().nth(3).unwrap().join("worlds");
    if number == 0 {
        sweep(&all);
    }
    let folder = all.join(format!("{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn sweep(all: &Path) {
    let Ok(entries) = std::fs::read_dir(all) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let owner = name.split('-').next().and_then(|id| id.parse().ok());
        if owner.is_some_and(|id| !is_running(id)) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

/// Whether a process of that number runs.
pub fn is_running(id: i32) -> bool {
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id), None).is_ok()
}

/// The source of the router: every file of it, or those only that list pages.
///
/// # Panics
/// Where it isn't there.
pub fn router_source(pages_only: bool) -> String {
    let crates = fs::read_dir(root().join("ledger")).unwrap().map(|entry| entry.unwrap().path());
    let folders = crates.map(|path| path.join("src/router")).chain([root().join("ledger/src/router")]);
    let files = folders.filter_map(|folder| fs::read_dir(folder).ok()).flatten();
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let others = ["mod.rs", "operations.rs"];
    files.retain(|file| !file.to_string_lossy().ends_with("_tests.rs"));
    files.retain(|file| !pages_only || !others.iter().any(|other| file.ends_with(other)));
    assert!(files.len() > 4, "{files:?}");
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}
