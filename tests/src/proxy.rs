//! A TCP proxy that misbehaves on demand: refuses, cuts, delays, falls silent, or ends a connection after so many bytes.
//!
//! It runs on a thread of its own, so that it works on while a test blocks, and serves tests of several runtimes.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream, tcp::OwnedReadHalf, tcp::OwnedWriteHalf},
    sync::{oneshot, watch},
};

use crate::http::Request;

const UNLIMITED: i64 = i64::MAX;

#[derive(Debug)]
struct Faults {
    refusing: AtomicBool,
    /// Milliseconds by which each portion towards the client is held back.
    delay: AtomicU64,
    /// Bytes that the server's side may still send; then the connection is cut.
    answer_bytes: AtomicI64,
    /// Answers cut so far.
    cut: AtomicU64,
    /// Half-close: what the server says is swallowed.
    deaf: AtomicBool,
    /// How many connections, from the first on, say and hear nothing any more once their client begins a transaction.
    silent: AtomicUsize,
    generation: watch::Sender<u64>,
    /// What clients said, a list entry per connection.
    received: Mutex<Vec<Arc<Mutex<Vec<u8>>>>>,
}

#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    faults: Arc<Faults>,
    _running: oneshot::Sender<()>,
}

impl Proxy {
    pub fn start(target: &str) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let faults = Arc::new(Faults {
            refusing: AtomicBool::new(false),
            delay: AtomicU64::new(0),
            answer_bytes: AtomicI64::new(UNLIMITED),
            cut: AtomicU64::new(0),
            deaf: AtomicBool::new(false),
            silent: AtomicUsize::new(0),
            generation: watch::channel(0).0,
            received: Mutex::default(),
        });
        let (running, stopped) = oneshot::channel();
        let (target, shared) = (target.to_owned(), Arc::clone(&faults));
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                tokio::select! {
                    () = serve(listener, target, shared) => {}
                    _ = stopped => {}
                }
            });
        });
        Self { address, faults, _running: running }
    }

    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// Cuts every connection and takes no new one.
    pub fn cut(&self) {
        self.faults.refusing.store(true, Ordering::SeqCst);
        self.faults.generation.send_modify(|generation| *generation += 1);
    }

    /// Takes connections again, and forgets every other fault.
    pub fn heal(&self) {
        self.faults.refusing.store(false, Ordering::SeqCst);
        self.faults.delay.store(0, Ordering::SeqCst);
        self.faults.deaf.store(false, Ordering::SeqCst);
        self.faults.answer_bytes.store(UNLIMITED, Ordering::SeqCst);
    }

    /// Holds back what the server answers.
    pub fn delay(&self, delay: Duration) {
        self.faults.delay.store(u64::try_from(delay.as_millis()).unwrap(), Ordering::SeqCst);
    }

    /// Lets the server's next `bytes` pass, over all connections, and cuts whichever wants to send more.
    pub fn cut_answers_after(&self, bytes: i64) {
        self.faults.answer_bytes.store(bytes, Ordering::SeqCst);
    }

    /// The client's side stays open, but nothing comes any more.
    pub fn swallow_answers(&self) {
        self.faults.deaf.store(true, Ordering::SeqCst);
    }

    /// Each connection that is open now stays open, and nothing passes any more from when its client begins a
    /// transaction in Postgres, as if the server's machine were gone. New ones work.
    pub fn fall_silent(&self) {
        let connections = self.faults.received.lock().unwrap().len();
        self.faults.silent.store(connections, Ordering::SeqCst);
    }

    /// The HTTP requests that clients sent through here to a path, whatever they asked it for; whole ones only.
    pub fn requests(&self, path: &str) -> Vec<Request> {
        let received = self.faults.received.lock().unwrap();
        let all = received.iter().flat_map(|message| requests(&message.lock().unwrap()));
        all.filter(|request| request.target.split('?').next() == Some(path)).collect()
    }

    /// How many answers were cut so far.
    pub fn answers_cut(&self) -> u64 {
        self.faults.cut.load(Ordering::SeqCst)
    }
}

async fn serve(listener: TcpListener, target: String, faults: Arc<Faults>) {
    loop {
        let Ok((client, _)) = listener.accept().await else { return };
        if faults.refusing.load(Ordering::SeqCst) {
            drop(client);
            continue;
        }
        let (target, faults) = (target.clone(), Arc::clone(&faults));
        tokio::spawn(async move {
            let mut generation = faults.generation.subscribe();
            let Ok(server) = TcpStream::connect(&target).await else { return };
            let message = Arc::<Mutex<Vec<u8>>>::default();
            let number = {
                let mut received = faults.received.lock().unwrap();
                received.push(Arc::clone(&message));
                received.len()
            };
            let ((client_out, client_in), (server_out, server_in)) = (client.into_split(), server.into_split());
            tokio::select! {
                _ = generation.changed() => {}
                _ = questions(client_out, server_in, &message, || number <= faults.silent.load(Ordering::SeqCst)) => {}
                _ = answers(server_out, client_in, &faults) => {}
            }
        });
    }
}

async fn questions(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    message: &Mutex<Vec<u8>>,
    is_silent: impl Fn() -> bool,
) -> io::Result<()> {
    let mut portion = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut portion).await?;
        if count == 0 {
            break;
        }
        // A simple query: its letter, its length, its text.
        if is_silent() && portion[0] == b'Q' && portion[..count].get(5..).is_some_and(|text| text.starts_with(b"begin"))
        {
            std::future::pending::<()>().await;
        }
        message.lock().unwrap().extend_from_slice(&portion[..count]);
        to.write_all(&portion[..count]).await?;
    }
    // The client has said everything; it may still listen.
    to.shutdown().await?;
    std::future::pending().await
}

/// The whole requests of a connection, which stand one after the other, each with its length.
fn requests(mut message: &[u8]) -> Vec<Request> {
    let mut found = Vec::new();
    while let Some(end) = message.windows(4).position(|four| four == b"\r\n\r\n") {
        let head = String::from_utf8_lossy(&message[..end]).into_owned();
        let mut lines = head.split("\r\n");
        let mut words = lines.next().unwrap_or_default().split(' ');
        let mut request = Request::new(words.next().unwrap_or_default(), words.next().unwrap_or_default());
        for (name, value) in lines.filter_map(|line| line.split_once(':')) {
            // Only what the sender meant: who sends it again has a connection of their own.
            if !["connection", "host", "transfer-encoding"].contains(&name.to_ascii_lowercase().as_str()) {
                request = request.header(name, value.trim());
            }
        }
        let length = request.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.map_or(Some(0), |(_, value)| value.parse().ok());
        let Some(body) = length.and_then(|length: usize| message.get(end + 4..end + 4 + length)) else { break };
        request.body = body.to_vec();
        message = &message[end + 4 + body.len()..];
        found.push(request);
    }
    found
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, faults: &Faults) -> io::Result<()> {
    let mut portion = vec![0; 16 * 1024];
    loop {
        let count = from.read(&mut portion).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        tokio::time::sleep(Duration::from_millis(faults.delay.load(Ordering::SeqCst))).await;
        if faults.deaf.load(Ordering::SeqCst) {
            continue;
        }
        let left = faults.answer_bytes.load(Ordering::SeqCst);
        if left != UNLIMITED {
            let requested = i64::try_from(count).unwrap();
            faults.answer_bytes.store((left - requested).max(0), Ordering::SeqCst);
            if requested > left {
                to.write_all(&portion[..usize::try_from(left).unwrap()]).await?;
                faults.cut.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
        }
        to.write_all(&portion[..count]).await?;
    }
}
