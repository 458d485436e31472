//! The only access to the database: transactions that are bound to tenants.
//!
//! The pool is private to this file. A store function takes a [`TenantTx`], which knows its organization, so that no
//! statement can run without a tenant or for another one; row-level security then confines it
//! (`migrations/0001_roles.sql`). Batches and jobs work for several tenants in one [`TenantsTx`]. The few global tables
//! (people, sessions, tenant ids) are reached through a [`GlobalTx`].

pub mod claim;
pub mod constraint;
mod holder;
pub mod inspect_store;
pub mod lock_store;
pub mod names_store;
pub mod other_store;
pub mod plan_store;
pub mod probe_store;
pub(crate) mod session;
mod share;
mod silence;
mod tenant_cache;
pub mod time_limit_store;

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use shared::id::OrganizationId;
use sqlx::{
    AssertSqlSafe, PgConnection, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPool},
};
use uuid::Uuid;

pub use self::{
    holder::Holder,
    share::{PoolSize, Share},
};
use self::{session::SESSION, silence::Silence, tenant_cache::TenantCache};

/// How long a request waits for a connection before it gets 503.
const REQUEST_WAITS: Duration = Duration::from_secs(3);
/// How long a job waits: no one waits for the job, and giving up costs it a whole round.
const JOB_WAITS: Duration = Duration::from_secs(10);

/// How long [`Db::close`] waits for connections that are in use.
const CLOSES_WITHIN: Duration = Duration::from_secs(5);

/// The database. Requests and jobs have separate connections, so that neither can use up the other's.
#[derive(Debug, Clone)]
pub struct Db {
    /// The pool that this value takes connections from.
    pool: PgPool,
    jobs: PgPool,
    silence: Arc<Silence>,
    tenant_cache: Arc<TenantCache>,
    /// Whether the server coordinates others.
    is_cluster: bool,
}

/// A transaction of one organization. A function that takes it works for that organization: it needs no parameter for
/// it, and can't be given a different one. A `TenantTx` also serves as a [`TenantsTx`].
#[derive(Debug)]
pub struct TenantTx {
    tx: TenantsTx,
    organization: OrganizationId,
}

/// A transaction that can read and write only its tenants' rows, for a batch of events or a job. A function that takes it
/// serves all its tenants, or has a parameter for the one that it works for.
#[derive(Debug)]
pub struct TenantsTx {
    tx: Transaction<'static, Postgres>,
    tenants: Vec<OrganizationId>,
}

/// A transaction outside any tenant: for people and sessions, and for lookups by something that only its holder knows.
#[derive(Debug)]
pub struct GlobalTx {
    tx: Transaction<'static, Postgres>,
}

impl Db {
    /// Connects, and refuses a role that could bypass row-level security.
    ///
    /// # Errors
    /// If the database can't be reached or has another schema, or if the role owns tables, is superuser or may bypass.
    pub async fn connect(url: &str, share: Share) -> anyhow::Result<Self> {
        let options: PgConnectOptions = url.parse().context("DATABASE_URL isn't a Postgres URL")?;
        let options = options.options(SESSION);
        let silence = Arc::<Silence>::default();
        let pool = silence
            .options(share.requests, REQUEST_WAITS)
            .connect_with(options.clone().application_name("rekomi-ledger"))
            .await
            .context("can't connect to the database at DATABASE_URL")?;
        let jobs =
            silence.options(share.jobs, JOB_WAITS).connect_lazy_with(options.application_name("rekomi-ledger-jobs"));
        let is_cluster = inspect_store::is_cluster(&pool).await?;
        let db = Self { pool, jobs, silence, tenant_cache: Arc::default(), is_cluster };
        db.refuse_powerful_role().await?;
        Ok(db)
    }

    /// Returns the same database with the connections for jobs.
    #[must_use]
    pub fn for_jobs(&self) -> Self {
        Self { pool: self.jobs.clone(), ..self.clone() }
    }

    /// Row-level security binds neither a superuser nor a role with BYPASSRLS, and an owner could switch it off.
    async fn refuse_powerful_role(&self) -> anyhow::Result<()> {
        let role = inspect_store::role(&self.pool).await?;
        let Some(power) = role.power() else { return Ok(()) };
        bail!(
            "refusing to start: the database role {:?} {power}, so it could read across tenants; \
             set DATABASE_URL to the role rekomi_app (created by `rekomi migrate`)",
            role.name
        );
    }

    /// Begins a transaction bound to one tenant.
    ///
    /// # Errors
    /// If no connection becomes free in time, or the database is unreachable.
    pub async fn tenant(&self, organization: OrganizationId) -> Result<TenantTx, sqlx::Error> {
        self.tenant_among(organization, Vec::new()).await
    }

    /// Begins a transaction of one organization that also reaches others, for the functions that name them: for example,
    /// to create its test mode.
    pub async fn tenant_among(
        &self,
        organization: OrganizationId,
        mut others: Vec<OrganizationId>,
    ) -> Result<TenantTx, sqlx::Error> {
        others.retain(|other| *other != organization);
        // The policies find rows of the first tenant fastest.
        others.insert(0, organization);
        Ok(TenantTx { tx: self.bound(others).await?, organization })
    }

    /// Begins a transaction bound to several tenants, for a batch of events or a job.
    pub async fn tenants(&self, mut tenants: Vec<OrganizationId>) -> Result<TenantsTx, sqlx::Error> {
        tenants.sort_unstable();
        tenants.dedup();
        self.bound(tenants).await
    }

    async fn bound(&self, tenants: Vec<OrganizationId>) -> Result<TenantsTx, sqlx::Error> {
        let list: Vec<String> = tenants.iter().map(|tenant| tenant.uuid().to_string()).collect();
        let tx = self.begin("begin", "rekomi.tenants", &list.join(",")).await?;
        Ok(TenantsTx { tx, tenants })
    }

    /// Begins a transaction that can only read one tenant, to be [ended](TenantTx::end) without a commit.
    pub async fn reader(&self, organization: OrganizationId) -> Result<TenantTx, sqlx::Error> {
        let tx = self.begin("begin read only", "rekomi.tenants", &organization.uuid().to_string()).await?;
        Ok(TenantTx { tx: TenantsTx { tx, tenants: vec![organization] }, organization })
    }

    /// Begins a read-only transaction that sees one tenant as it is now, however long it takes.
    pub async fn snapshot(&self, organization: OrganizationId) -> Result<TenantTx, sqlx::Error> {
        self.reading(organization, "").await
    }

    /// Begins a second transaction with the snapshot of `first`, so that the two can read in parallel.
    pub async fn same_snapshot(&self, first: &mut TenantTx) -> Result<TenantTx, sqlx::Error> {
        let name = sqlx::query_scalar!(r#"select pg_export_snapshot() as "name!""#).fetch_one(first.conn()).await?;
        if !is_of_identifiers(&name) {
            return Err(sqlx::Error::Protocol("a snapshot's name holds digits only".to_owned()));
        }
        self.reading(first.organization, &format!("set transaction snapshot '{name}';")).await
    }

    async fn reading(&self, organization: OrganizationId, snapshot: &str) -> Result<TenantTx, sqlx::Error> {
        let tenant = organization.uuid();
        let settings = format!(
            "{snapshot} set local rekomi.tenants = '{tenant}'; set local statement_timeout = 0;
             set local idle_in_transaction_session_timeout = 0; set local jit = off"
        );
        let tx = self.begin_set("begin isolation level repeatable read read only", settings).await?;
        Ok(TenantTx { tx: TenantsTx { tx, tenants: vec![organization] }, organization })
    }

    pub async fn global(&self, holder: Holder<'_>) -> Result<GlobalTx, sqlx::Error> {
        // Callers choose these values freely: they are bound as parameters, not put into the statement.
        if matches!(holder, Holder::EdgeKey(_) | Holder::Handle(_)) {
            let mut tx = GlobalTx { tx: self.begin("begin", "rekomi.tenants", "").await? };
            tx.also(holder).await?;
            return Ok(tx);
        }
        let (setting, value) = holder.setting();
        Ok(GlobalTx { tx: self.begin("begin", setting, &value).await? })
    }

    /// Begins a transaction and sets one transaction-local setting in the same round trip. `value` may contain only
    /// hexadecimal digits, hyphens and commas.
    async fn begin(
        &self,
        begin: &'static str,
        setting: &str,
        value: &str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        if !is_of_identifiers(value) {
            return Err(sqlx::Error::Protocol("a tenant binding holds identifiers only".to_owned()));
        }
        self.begin_set(begin, format!("set local {setting} = '{value}'")).await
    }

    /// Begins a transaction with these settings in the same round trip.
    async fn begin_set(
        &self,
        begin: &'static str,
        settings: String,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        let db = self.clone();
        // A task of its own goes on if the caller is gone. sqlx 0.9 forgets a transaction whose beginning is canceled: its
        // connection would be given to someone else, who could then be in a transaction that only reads.
        let begun = tokio::spawn(async move {
            let beginning = async {
                if !db.is_cluster {
                    return db.pool.begin_with(AssertSqlSafe(format!("{begin}; {settings}"))).await;
                }
                // A coordinator sends the message with the settings to the other servers, which have begun by themselves.
                let mut tx = db.pool.begin_with(begin).await?;
                sqlx::raw_sql(AssertSqlSafe(settings)).execute(&mut *tx).await?;
                Ok(tx)
            };
            db.limited(beginning).await
        });
        begun.await.map_err(|stopped| sqlx::Error::Io(std::io::Error::other(stopped)))?
    }

    /// Waits for a connection and for one short answer. Boxed, so that the futures of requests stay small.
    fn limited<T: Send>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> impl Future<Output = Result<T, sqlx::Error>> + Send {
        Box::pin(self.silence.limited(self.pool.options().get_acquire_timeout(), work))
    }

    /// Checks that the database responds, with one statement that touches no row.
    ///
    /// # Errors
    /// If it doesn't respond in time.
    pub async fn ping(&self) -> Result<(), sqlx::Error> {
        self.limited(sqlx::query!("select 1 as one").fetch_one(&self.pool)).await.map(drop)
    }

    /// Returns all tenants that jobs work for, without those that are waiting for deletion. It may miss tenants that
    /// another process created or closed in the last few seconds.
    pub async fn all_tenants(&self) -> Result<Arc<[OrganizationId]>, sqlx::Error> {
        let turn = match self.tenant_cache.look(Instant::now()) {
            Ok(known) => return Ok(known),
            Err(turn) => turn,
        };
        let query = sqlx::query_scalar!("select id from tenants where closed_at is null order by id");
        let known: Arc<[OrganizationId]> = self.limited(query.fetch_all(&self.pool)).await?.into();
        self.tenant_cache.keep(turn, &known);
        Ok(known)
    }

    /// Call it after a commit that created, closed or reopened a tenant: it invalidates [`Db::all_tenants`].
    pub fn tenants_changed(&self) {
        self.tenant_cache.forget();
    }

    /// Returns every tenant, for work that must continue until deletion: updating the edge, cleaning up, verifying the
    /// book.
    pub async fn open_and_closed_tenants(&self) -> Result<Vec<OrganizationId>, sqlx::Error> {
        let query = sqlx::query_scalar!("select id from tenants order by id");
        self.limited(query.fetch_all(&self.pool)).await
    }

    /// Whether the server coordinates others.
    pub const fn is_cluster(&self) -> bool {
        self.is_cluster
    }

    /// The maximum number of connections for requests, or for jobs if this value is [theirs](Db::for_jobs).
    pub fn max_connections(&self) -> u32 {
        self.pool.options().get_max_connections()
    }

    pub fn pool_size(&self) -> PoolSize {
        let idle = u32::try_from(self.pool.num_idle() + self.jobs.num_idle()).unwrap_or(u32::MAX);
        PoolSize { idle, busy: (self.pool.size() + self.jobs.size()).saturating_sub(idle) }
    }

    /// Closes all connections. Those that are still in use after a while are left to the end of the process.
    pub async fn close(&self) {
        let both = async {
            self.jobs.close().await;
            self.pool.close().await;
        };
        let _ = tokio::time::timeout(CLOSES_WITHIN, both).await;
    }
}

impl TenantTx {
    /// The organization that this transaction is for.
    pub const fn organization(&self) -> OrganizationId {
        self.organization
    }

    /// # Errors
    /// As [`TenantsTx::commit`].
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }

    /// Ends a transaction that has only read, and doesn't wait for the server: that costs no round trip, as the connection
    /// is tested anyway before it's used again.
    pub fn end(self) {
        drop(self);
    }

    /// Undoes everything and waits until it is undone, locks included. A transaction that is dropped is rolled back too,
    /// but at some later moment.
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.tx.rollback().await
    }
}

impl Deref for TenantTx {
    type Target = TenantsTx;

    fn deref(&self) -> &TenantsTx {
        &self.tx
    }
}

impl DerefMut for TenantTx {
    fn deref_mut(&mut self) -> &mut TenantsTx {
        &mut self.tx
    }
}

impl TenantsTx {
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    pub fn tenants(&self) -> &[OrganizationId] {
        &self.tenants
    }

    /// The same, as a statement takes them: the policies keep others' rows out, but lead to no index.
    pub fn tenant_ids(&self) -> Vec<Uuid> {
        self.tenants.iter().map(|tenant| tenant.uuid()).collect()
    }

    /// # Errors
    /// If the commit didn't succeed, or its outcome is unknown; nothing may be acknowledged then.
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }

    /// As [`TenantTx::rollback`].
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        self.tx.rollback().await
    }
}

impl GlobalTx {
    pub fn conn(&mut self) -> &mut PgConnection {
        &mut self.tx
    }

    /// Shows the rows of another holder as well, whom the transaction has come to know by what it read: a sign-in link
    /// names the address, and the address the creator.
    pub async fn also(&mut self, holder: Holder<'_>) -> Result<(), sqlx::Error> {
        let (setting, value) = holder.setting();
        other_store::bind(self.conn(), setting, &value).await
    }

    pub async fn commit(self) -> Result<(), sqlx::Error> {
        self.tx.commit().await
    }

    /// As [`TenantTx::end`].
    pub fn end(self) {
        drop(self);
    }
}

/// Whether a text may be put between quotes in one of our statements.
fn is_of_identifiers(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-' || byte == b',')
}

/// The error for a stored value that no build of ours writes.
pub fn corrupt_column(place: &str) -> sqlx::Error {
    sqlx::Error::Decode(format!("{place} holds a value that this build does not know").into())
}
