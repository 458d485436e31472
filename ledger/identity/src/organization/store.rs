//! SQL of organizations and the tenants behind them.

use shared::{
    id::{OrganizationId, UserId},
    money::Currency,
    timestamp::Timestamp,
};

use super::{
    logo_store,
    plan::{Subscription, Tier},
    profile::Profile,
};
use kit::{
    access::role::Role,
    compiled_once,
    db::{Db, Holder, TenantTx, TenantsTx, corrupt_column},
};
use outbox::edge_config::store::LEASE_SECONDS;

#[derive(Debug)]
pub struct NewOrganization<'a> {
    pub id: OrganizationId,
    pub slug: &'a str,
    pub name: &'a str,
    pub time_zone: &'a str,
    /// Without a trial, the time of its creation.
    pub trial_ends_at: Timestamp,
    pub has_trial: bool,
}

/// Inserts a new tenant and its organization.
pub async fn insert(tx: &mut TenantTx, new: &NewOrganization<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("insert into tenants (id, created_at) values ($1, $2)", new.id.uuid(), now).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into organizations (organization_id, slug, name, time_zone, trial_ends_at, subscription_status, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        new.id.uuid(),
        new.slug,
        new.name,
        new.time_zone,
        new.trial_ends_at,
        if new.has_trial { "Trialing" } else { "Cancelled" },
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes a person a member: its first owner, or someone who accepts an invitation.
///
/// # Errors
/// Constraint `memberships_pkey` if the person is already a member.
pub async fn insert_member(tx: &mut TenantTx, user: UserId, role: Role, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, $3, $4)",
        tx.organization().uuid(),
        user.uuid(),
        role.as_str(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Inserts the organization's test mode; returns `false` if it already has one.
pub async fn insert_twin(tx: &mut TenantTx, twin: OrganizationId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let live = tx.organization();
    let made = sqlx::query!(
        "insert into tenants (id, created_at, test_of) values ($1, $2, $3)
         on conflict on constraint tenants_one_twin do nothing",
        twin.uuid(),
        now,
        live.uuid(),
    )
    .execute(tx.conn())
    .await?;
    if made.rows_affected() == 0 {
        return Ok(false);
    }
    let copied = sqlx::query!(
        "insert into organizations (organization_id, slug, name, time_zone, brand_color, logo_url, home_currency, mode,
                                    trial_ends_at, created_at)
         select $1, left(slug, 58) || '-test', left(name, 193) || ' (test)', time_zone, brand_color, logo_url,
                home_currency, 'test', trial_ends_at, $3
         from organizations where organization_id = $2
         returning 1 as one",
        twin.uuid(),
        live.uuid(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    logo_store::copy(tx, twin).await?;
    Ok(!copied.is_empty())
}

/// Cuts a test mode off from its live organization, which can then have another one.
pub async fn cut_off(tx: &mut TenantsTx, twin: OrganizationId) -> Result<(), sqlx::Error> {
    sqlx::query!("update tenants set former_test_of = test_of, test_of = null where id = $1", twin.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Remembers that sample data was added; returns whether there was none before.
pub async fn add_sample_data(tx: &mut TenantTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update organizations set sample_data_at = $2 where organization_id = $1 and sample_data_at is null",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn twin_of(db: &Db, live: OrganizationId) -> Result<Option<OrganizationId>, sqlx::Error> {
    let mut tx = db.global(Holder::Nothing).await?;
    let twin =
        sqlx::query_scalar!("select id from tenants where test_of = $1", live.uuid()).fetch_optional(tx.conn()).await?;
    tx.commit().await?;
    Ok(twin)
}

/// Whether this is the installation's first organization, its operator's. A test mode never is, and no other one takes the
/// place of a first one that is closed.
pub async fn is_first(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    let first = sqlx::query_scalar!("select id from tenants where test_of is null order by created_at, id limit 1")
        .fetch_optional(tx.conn())
        .await?;
    Ok(first == Some(tx.organization()))
}

/// How a tenant relates to its test mode or live organization, and whether it is closed.
#[derive(Debug, Clone, Copy)]
pub struct Kinship {
    pub test_of: Option<OrganizationId>,
    pub twin: Option<OrganizationId>,
    pub closed: bool,
    /// Whether it is a test mode with sample data.
    pub has_sample: bool,
    /// Whether the organization connected a model for the co-pilot.
    pub has_copilot: bool,
}

pub async fn kinship(tx: &mut TenantTx) -> Result<Option<Kinship>, sqlx::Error> {
    sqlx::query_as!(
        Kinship,
        r#"select t.test_of, t.closed_at is not null as "closed!", w.id as "twin?",
                  exists (select from organizations o where o.organization_id = $1 and o.sample_data_at is not null)
                      as "has_sample!",
                  exists (select from copilot_connections c where c.organization_id = $1) as "has_copilot!"
           from tenants t left join tenants w on w.test_of = t.id where t.id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

#[compiled_once]
pub async fn profile(tx: &mut TenantTx) -> Result<Option<Profile>, sqlx::Error> {
    sqlx::query_as!(
        Profile,
        r#"select name, slug, billing_email, time_zone, brand_color, logo_url, mode = 'test' as "is_test!", created_at
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn set_profile(tx: &mut TenantTx, profile: &Profile) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organizations
         set name = $2, slug = $3, billing_email = $4, time_zone = $5, brand_color = $6, logo_url = $7
         where organization_id = $1",
        tx.organization().uuid(),
        profile.name,
        profile.slug,
        profile.billing_email,
        profile.time_zone,
        profile.brand_color,
        profile.logo_url,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the hosts for which the edge's responses contain the organization's name.
pub async fn hosts(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select host from link_hosts where organization_id = $1 and verified_at is not null",
        tx.organization().uuid()
    )
    .fetch_all(tx.conn())
    .await
}

/// Takes the organization's only export lock until the transaction ends; returns whether it was free.
pub async fn lock_export(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('rekomi export ' || $1, 0)) as "free!""#,
        tx.organization().to_string(),
    )
    .fetch_one(tx.conn())
    .await
}

pub async fn time_zones(tx: &mut TenantsTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select name as "name!" from pg_timezone_names
           where name = 'UTC' or (name ~ '^[A-Z][A-Za-z]+/' and name !~ '^(Etc|SystemV|US)/')
           order by name <> 'UTC', name"#
    )
    .fetch_all(tx.conn())
    .await
}

pub async fn subscription(tx: &mut TenantTx) -> Result<Option<Subscription>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select plan_tier as "plan_tier: Tier", subscription_status, trial_ends_at
           from organizations where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        Subscription::read(row.plan_tier, &row.subscription_status, row.trial_ends_at)
            .ok_or_else(|| corrupt_column("organizations.subscription_status"))
    })
    .transpose()
}

pub async fn set_subscription(tx: &mut TenantTx, tier: Tier, status: &str) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update organizations set plan_tier = $2, subscription_status = $3 where organization_id = $1",
        tx.organization().uuid(),
        tier.as_str(),
        status,
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Ends expired trials of the transaction's tenants that have no subscription; returns their organizations.
pub async fn end_trials(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ended = sqlx::query_scalar!(
        "update organizations o set subscription_status = 'Cancelled'
         where o.subscription_status = 'Trialing' and o.mode = 'live' and o.trial_ends_at <= $1
           and not exists (select from billing_accounts b
                           where b.organization_id = o.organization_id and b.status in ('trialing', 'active', 'past_due'))
         returning o.organization_id",
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ended.into_iter().map(OrganizationId::new).collect())
}

/// An organization that is scheduled for deletion, or was deleted.
#[derive(Debug, Clone, Copy)]
pub struct Closing {
    pub organization: OrganizationId,
    pub test_of: Option<OrganizationId>,
    pub closed_at: Timestamp,
    pub erased_at: Option<Timestamp>,
}

/// Returns those among the transaction's tenants.
pub async fn closing(tx: &mut TenantsTx) -> Result<Vec<Closing>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select t.id, t.test_of, t.closed_at as "closed_at!", o.erased_at
           from tenants t join organizations o on o.organization_id = t.id
           where t.id = any ($1) and t.closed_at is not null order by t.id"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Closing {
            organization: row.id,
            test_of: row.test_of,
            closed_at: row.closed_at,
            erased_at: row.erased_at,
        })
        .collect())
}

/// Returns false if they were already closed.
pub async fn close(tx: &mut TenantsTx, tenants: &[OrganizationId], now: Timestamp) -> Result<bool, sqlx::Error> {
    let closed = sqlx::query!(
        "update tenants set closed_at = $2 where id = any ($1) and closed_at is null",
        &ids(tenants),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(closed.rows_affected() > 0)
}

/// Takes the programs out of the network, which shows listed ones to everyone. Who reopens the organization submits them
/// again.
pub async fn hide_listings(tx: &mut TenantsTx, tenants: &[OrganizationId], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_listings
         set status = 'Paused', reason = 'The organization was closed.', version = version + 1, updated_at = $2
         where organization_id = any ($1) and status in ('Listed', 'Submitted')",
        &ids(tenants),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn reopen(tx: &mut TenantsTx, tenants: &[OrganizationId]) -> Result<(), sqlx::Error> {
    sqlx::query!("update tenants set closed_at = null where id = any ($1)", &ids(tenants))
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Removes all records of closed tenants from the edge, but keeps them in the database. Returns how many. A record that is
/// being pushed is removed when that push [ends](LEASE_SECONDS).
pub async fn withhold(tx: &mut TenantsTx, tenants: &[OrganizationId], now: Timestamp) -> Result<u64, sqlx::Error> {
    let withheld = sqlx::query!(
        "update edge_config
         set withheld = record, record = null, version = version + 1, changed_at = $2,
             next_attempt_at = least(next_attempt_at, rekomi_later(now(),
                 case when pushed_version < version and attempts > 0 then $3::float8 else 0 end))
         where organization_id = any ($1) and record is not null",
        &ids(tenants),
        now,
        LEASE_SECONDS,
    )
    .execute(tx.conn())
    .await?;
    Ok(withheld.rows_affected())
}

/// Restores the withheld records at the edge.
pub async fn hand_back(tx: &mut TenantsTx, tenants: &[OrganizationId], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update edge_config
         set record = coalesce(record, withheld), withheld = null, version = version + 1, changed_at = $2,
             next_attempt_at = least(next_attempt_at, rekomi_later(now(),
                 case when pushed_version < version and attempts > 0 then $3::float8 else 0 end))
         where organization_id = any ($1) and withheld is not null",
        &ids(tenants),
        now,
        LEASE_SECONDS,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

fn ids(tenants: &[OrganizationId]) -> Vec<uuid::Uuid> {
    tenants.iter().map(|tenant| tenant.uuid()).collect()
}

/// The currency in which the organization also reads its amounts, if it chose one.
pub async fn home_currency(tx: &mut TenantTx) -> Result<Option<Currency>, sqlx::Error> {
    let code = sqlx::query_scalar!(
        "select home_currency from organizations where organization_id = $1",
        tx.organization().uuid()
    )
    .fetch_one(tx.conn())
    .await?;
    code.map(|code| code.parse().map_err(|_| corrupt_column("organizations.home_currency"))).transpose()
}

pub async fn set_home_currency(tx: &mut TenantTx, currency: Option<Currency>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update organizations set home_currency = $2 where organization_id = $1",
        tx.organization().uuid(),
        currency.as_ref().map(Currency::code),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
