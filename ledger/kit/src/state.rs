//! The shared state that every handler and job receives.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use shared::id::{Id, Kind};
use tokio::sync::{Notify, broadcast};

use crate::{
    access, api::write_slots::WriteSlots, clock::Clock, config::Config, dashboard, db::Db, jobs::Jobs,
    outbound::Outbound, start::Start, status, storage,
};

/// Cheap to clone; everything in it is shared.
#[derive(Debug, Clone)]
pub struct AppState {
    inner: Arc<Inner>,
    pub db: Db,
}

#[derive(Debug)]
pub struct Inner {
    pub config: Config,
    pub clock: Clock,
    /// When this process began.
    pub start: Start,
    pub http: reqwest::Client,
    /// For addresses that brands choose.
    pub outbound: Outbound,
    /// The file storage, for tax forms and other files.
    pub files: storage::Storage,
    /// Wakes the job that sends webhooks; polling covers a missed wake-up.
    pub webhooks_due: Notify,
    /// Wakes the job that pushes edge config; polling covers a missed wake-up.
    pub edge_config_changed: Notify,
    /// Notifies open dashboards which organization has news.
    pub news: broadcast::Sender<shared::id::OrganizationId>,
    /// What the dashboard's menu counts.
    pub counters: dashboard::counters::CounterCache,
    /// Organizations whose dashboards are open here.
    pub watched: dashboard::watched::Watched,
    pub api_key_touches: access::touches::Touches,
    pub throttle: access::throttle::Throttle,
    pub rate_limit: access::rate_limit::RateLimit,
    /// For writes through the API.
    pub write_slots: WriteSlots,
    /// The results of the last checks.
    pub status: status::Live,
    /// The jobs and their progress.
    pub jobs: Arc<Jobs>,
    draining: AtomicBool,
}

impl AppState {
    pub fn new(config: Config, db: Db, http: reqwest::Client, outbound: Outbound) -> Self {
        let news = broadcast::channel(256).0;
        let clock = Clock::default();
        let inner = Inner {
            rate_limit: access::rate_limit::RateLimit::new(config.rate_limit_per_minute),
            files: storage::Storage::new(config.files.clone()),
            config,
            start: Start::new(clock.now()),
            clock,
            http,
            outbound,
            webhooks_due: Notify::new(),
            edge_config_changed: Notify::new(),
            counters: dashboard::counters::CounterCache::new(news.subscribe()),
            news,
            watched: dashboard::watched::Watched::default(),
            api_key_touches: access::touches::Touches::default(),
            throttle: access::throttle::Throttle::default(),
            write_slots: WriteSlots::of(db.max_connections()),
            status: status::Live::default(),
            jobs: Arc::default(),
            draining: AtomicBool::new(false),
        };
        Self { inner: Arc::new(inner), db }
    }

    /// The same state for jobs, which have database connections of their own.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), db: self.db.for_jobs() }
    }

    /// Makes this process unready: it still takes requests, but should be sent no more.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Tells jobs and open streams to end.
    pub fn stop(&self) {
        self.jobs.stop();
    }

    pub fn is_stopping(&self) -> bool {
        self.jobs.is_stopping()
    }

    /// Resolves once [`AppState::stop`] was called.
    pub async fn stopped(&self) {
        self.jobs.stopped().await;
    }

    /// Creates a new time-ordered id.
    pub fn new_id<K: Kind>(&self) -> Id<K> {
        Id::v7(self.clock.wall().millis().unsigned_abs(), &rand::random())
    }
}

impl std::ops::Deref for AppState {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.inner
    }
}
