//! A load balancer, as operators put one in front of several ledgers: connections go round robin to the backends whose
//! `/readyz` answers 200. A backend that answers anything else gets no new ones, and those that it has go on to their end.
//! Where a backend refuses a connection, the next one gets it; what a client has sent is never sent twice.
//!
//! It runs on threads of its own, so that it works on while a test blocks.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    runtime::{self, Runtime},
    time::{sleep, timeout},
};

use crate::{http::Request, wait};

const CHECK_EVERY: Duration = Duration::from_millis(50);
/// A process that is starting listens before it answers. A busy one answers late, but it does.
const CHECK_WITHIN: Duration = Duration::from_secs(10);

#[derive(Debug)]
struct Backend {
    base: String,
    ready: AtomicBool,
    /// How many connections it got.
    connections: AtomicUsize,
}

#[derive(Debug, Default)]
struct Shared {
    backends: Mutex<Vec<Arc<Backend>>>,
    /// How many connections came, which says whose turn it is.
    came: AtomicUsize,
    /// How many of them no backend took.
    dropped: AtomicUsize,
}

#[derive(Debug)]
pub struct Balancer {
    address: SocketAddr,
    shared: Arc<Shared>,
    runtime: Option<Runtime>,
}

impl Balancer {
    /// Without backends.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let runtime = runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shared = Arc::<Shared>::default();
        runtime.spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, runtime: Some(runtime) }
    }

    pub fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// One more backend, by its base URL. Waits until it gets connections.
    pub async fn add(&self, base: &str) {
        let backend = Backend { base: base.to_owned(), ready: false.into(), connections: 0.into() };
        let backend = Arc::new(backend);
        self.shared.backends.lock().unwrap().push(Arc::clone(&backend));
        let runtime = self.runtime.as_ref().expect("it runs until it is dropped");
        runtime.spawn(watch(Arc::clone(&backend)));
        wait::until("the balancer to take a backend", 30, async || backend.is_ready().then_some(())).await;
    }

    /// How many connections a backend got so far.
    pub fn connections(&self, base: &str) -> usize {
        let backends = self.shared.backends.lock().unwrap();
        let own = backends.iter().filter(|backend| backend.base == base);
        own.map(|backend| backend.connections.load(Ordering::SeqCst)).sum()
    }

    /// How many connections ended at once, because no backend took them.
    pub fn dropped(&self) -> usize {
        self.shared.dropped.load(Ordering::SeqCst)
    }
}

impl Drop for Balancer {
    fn drop(&mut self) {
        // A runtime may not wait for its end inside another one.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Backend {
    fn is_ready(&self) -> bool {
        self.ready.load(Ordering::SeqCst)
    }
}

/// Checks a backend until the balancer ends.
async fn watch(backend: Arc<Backend>) {
    let check = Request::get("/readyz");
    loop {
        let answer = timeout(CHECK_WITHIN, check.send(&backend.base)).await;
        let is_ready = answer.is_ok_and(|answer| answer.is_ok_and(|response| response.status == 200));
        backend.ready.store(is_ready, Ordering::SeqCst);
        sleep(CHECK_EVERY).await;
    }
}

async fn serve(listener: std::net::TcpListener, shared: Arc<Shared>) {
    let listener = TcpListener::from_std(listener).unwrap();
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(forward(client, Arc::clone(&shared)));
    }
}

/// Carries a connection to its end, whatever becomes of the backend's readiness in the meantime.
async fn forward(mut client: TcpStream, shared: Arc<Shared>) {
    match shared.connect().await {
        Some(mut server) => {
            let _ = copy_bidirectional(&mut client, &mut server).await;
        }
        None => {
            shared.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }
}

impl Shared {
    /// A connection to the backend whose turn it is, or else to the next one that takes it.
    async fn connect(&self) -> Option<TcpStream> {
        for backend in self.in_turn() {
            let authority = backend.base.strip_prefix("http://").expect("tests talk plain http");
            if let Ok(server) = TcpStream::connect(authority).await {
                backend.connections.fetch_add(1, Ordering::SeqCst);
                return Some(server);
            }
            backend.ready.store(false, Ordering::SeqCst);
        }
        None
    }

    /// The backends that are ready, each connection beginning with another one.
    fn in_turn(&self) -> Vec<Arc<Backend>> {
        let came = self.came.fetch_add(1, Ordering::SeqCst);
        let mut ready: Vec<_> =
            self.backends.lock().unwrap().iter().filter(|backend| backend.is_ready()).cloned().collect();
        if !ready.is_empty() {
            let first = came % ready.len();
            ready.rotate_left(first);
        }
        ready
    }
}
