//! A whole system: of one test's own, or shared with other tests.

use std::{path::PathBuf, sync::Arc};

use serde_json::Value;

use crate::{
    brand::Brand,
    client::{api::Api, intake::Intake},
    database::{Database, Server},
    edge::{Edge, EdgeSettings},
    invariants,
    ledger::Ledger,
    proxy::Proxy,
    settings,
    shared_world::{self, SharedWorld},
    verify,
};

/// What a world is made of.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    edge: bool,
    edge_settings: EdgeSettings,
    database_proxy: bool,
    ledger_proxy: bool,
    server: Option<Server>,
    ledger_settings: Vec<(String, String)>,
}

impl Plan {
    /// With the real edge; else tests post signed batches to the ledger themselves.
    #[must_use]
    pub const fn edge(mut self) -> Self {
        self.edge = true;
        self
    }

    /// With the real edge in plain workerd, beside `rekomi edge-store`.
    #[must_use]
    pub const fn self_hosted(mut self) -> Self {
        self.edge = true;
        self.edge_settings.self_hosted = true;
        self
    }

    /// With the real edge, which traces every conversion.
    #[must_use]
    pub const fn traced_edge(mut self) -> Self {
        self.edge = true;
        self.edge_settings.traced = true;
        self
    }

    /// The edge has no queue: every send fails.
    #[must_use]
    pub const fn without_queue(mut self) -> Self {
        self.edge = true;
        self.edge_settings.without_queue = true;
        self
    }

    /// The edge has no Rate Limiting bindings: its isolate counts alone.
    #[must_use]
    pub const fn without_limiters(mut self) -> Self {
        self.edge = true;
        self.edge_settings.without_limiters = true;
        self
    }

    /// So many requests of pages a minute are what a network may send to each address of the edge.
    #[must_use]
    pub const fn pages_limit(mut self, limit: u32) -> Self {
        self.edge = true;
        self.edge_settings.pages_limit = Some(limit);
        self
    }

    /// A chaos proxy between ledger and Postgres.
    #[must_use]
    pub const fn database_proxy(mut self) -> Self {
        self.database_proxy = true;
        self
    }

    /// A chaos proxy between edge and ledger.
    #[must_use]
    pub const fn ledger_proxy(mut self) -> Self {
        self.ledger_proxy = true;
        self
    }

    /// On another Postgres than the run's.
    #[must_use]
    pub fn server(mut self, server: Server) -> Self {
        self.server = Some(server);
        self
    }

    /// One more variable of the ledger's environment.
    #[must_use]
    pub fn ledger_setting(mut self, name: &str, value: &str) -> Self {
        self.ledger_settings.push((name.to_owned(), value.to_owned()));
        self
    }

    pub async fn start(self) -> World {
        World::start_planned(self).await
    }
}

#[derive(Debug)]
pub struct World {
    pub acme: Brand,
    pub globex: Brand,
    /// What `rekomi demo` printed.
    pub demo: Value,
    // Dropped in this order: edge before ledger before database.
    edge: Option<Edge>,
    pub ledger: Ledger,
    pub database_proxy: Option<Proxy>,
    pub ledger_proxy: Option<Proxy>,
    pub database: Database,
    folder: PathBuf,
    /// What everything but the two brands belongs to, where other tests use it, too.
    shared: Option<Arc<SharedWorld>>,
}

impl World {
    /// Ledger and database, with the demo organizations.
    pub async fn start() -> Self {
        Plan::default().start().await
    }

    /// Two fresh brands in a world that other tests use, too: for a test that moves no clock, stops and configures no
    /// process, looks at nothing but its own brands, and writes as no superuser. No process is started for them.
    pub async fn shared() -> Self {
        shared_world::enter().await
    }

    /// The part of a shared world that one test sees.
    pub(crate) fn within(shared: Arc<SharedWorld>, demo: Value, (acme, globex): (Brand, Brand)) -> Self {
        let whole = shared.whole();
        let (ledger, folder) = (whole.ledger.handle(), whole.folder.clone());
        let database = whole.database.of_tenants(&[acme.organization, globex.organization]);
        let (edge, database_proxy, ledger_proxy) = (None, None, None);
        let shared = Some(shared);
        Self { acme, globex, demo, edge, ledger, database_proxy, ledger_proxy, database, folder, shared }
    }

    async fn start_planned(plan: Plan) -> Self {
        let folder = settings::folder();
        let server = plan.server.unwrap_or_else(Server::of_this_run);
        let database = if plan.edge { server.migrated().await } else { server.with_demo().await };
        let database_proxy = plan.database_proxy.then(|| Proxy::start(&server.address()));
        let address = database_proxy.as_ref().map_or_else(|| server.address(), Proxy::address);
        let (ledger_port, edge_port) = (settings::free_port(), settings::free_port());
        let edge_url = if plan.edge { format!("http://127.0.0.1:{edge_port}") } else { settings::NO_EDGE.to_owned() };
        let url = server.app_url(&address, &database.name);
        let mut ledger = Ledger::new(url, edge_url, ledger_port, plan.ledger_settings, &folder);
        let ledger_proxy = plan.ledger_proxy.then(|| Proxy::start(&format!("127.0.0.1:{ledger_port}")));
        let ledger_url =
            ledger_proxy.as_ref().map_or_else(|| ledger.base(), |proxy| format!("http://{}", proxy.address()));
        let mut edge = None;
        let mut demo = database.demo.clone();
        if plan.edge {
            // Not through the chaos proxy, which is the ledger's.
            let store_url = server.app_url(&server.address(), &database.name);
            let mut started = Edge::new(edge_port, ledger_url, store_url, &folder, plan.edge_settings).await;
            tokio::join!(ledger.start(), started.start());
            edge = Some(started);
            demo = load_demo(&ledger).await;
        } else {
            ledger.start().await;
        }
        let (acme, globex) = Brand::of_demo(&database, &demo).await;
        Self { acme, globex, demo, edge, ledger, database_proxy, ledger_proxy, database, folder, shared: None }
    }

    /// # Panics
    /// Where the world was planned without one.
    pub fn edge(&mut self) -> &mut Edge {
        self.edge.as_mut().expect("this world has an edge")
    }

    /// The edge's base URL.
    ///
    /// # Panics
    /// Where the world was planned without an edge.
    pub fn edge_base(&self) -> String {
        self.edge.as_ref().expect("this world has an edge").base()
    }

    pub fn edge_log(&self) -> String {
        self.edge.as_ref().map(Edge::log).unwrap_or_default()
    }

    /// The edge's part, played by the test: signed batches straight to the ledger.
    pub fn intake(&self) -> Intake {
        Intake::new(self.ledger.base())
    }

    /// The first brand's API.
    pub fn api(&self) -> Api {
        Api::new(self.ledger.base(), &self.acme.api_key)
    }

    /// The second brand's API.
    pub fn other_api(&self) -> Api {
        Api::new(self.ledger.base(), &self.globex.api_key)
    }

    /// Checks what must hold whatever happened.
    pub async fn check(&self) {
        match &self.shared {
            Some(shared) => shared.check().await,
            None => invariants::check(&self.database).await,
        }
    }

    /// [`World::check`], and what the ledger itself has to say about its book; then everything ends.
    pub async fn finish(self) {
        self.check().await;
        match &self.shared {
            Some(shared) => shared.verify(&[self.acme.organization, self.globex.organization]).await,
            None => verify::check(&self.ledger).await,
        }
    }
}

async fn load_demo(ledger: &Ledger) -> Value {
    let mut command = ledger.command("demo");
    let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    assert!(output.status.success(), "rekomi demo: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("`rekomi demo` prints JSON")
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let tail = |text: String, count: usize| {
                text.lines().rev().take(count).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join("\n")
            };
            eprintln!("--- ledger ({})\n{}", self.folder.display(), tail(self.ledger.log(), 25));
            if let Some(edge) = &self.edge {
                eprintln!("--- edge\n{}", tail(edge.log(), 200));
            }
        } else if self.shared.is_none() {
            drop(self.edge.take());
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}
