//! Writes the demo organizations; existing data stays, except for what depends on this run's ports.

use anyhow::Context;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;

use super::{
    credentials::{Brand, Credentials, GatewayAccount},
    page,
};
use identity::access::password;
use integrations::gateway_connection::{
    credentials::hint,
    encryption::{self, Column},
};
use kit::{
    access::secret,
    config::Config,
    db::{
        Db, TenantTx,
        names_store::{self, Name},
    },
};
use outbox::edge_config::publish;

/// The first plan version applies to everything sold in the last two years.
const PLAN_SINCE_DAYS: i64 = -730;

/// Writes each organization in a transaction of its own.
pub(super) async fn all(db: &Db, config: &Config, credentials: &Credentials, now: Timestamp) -> anyhow::Result<()> {
    let (acme, globex) = (&credentials.acme, &credentials.globex);
    let mut tx = db.tenant(acme.organization).await?;
    basics(&mut tx, config, acme, now).await?;
    owner(&mut tx, credentials, now).await.context("owner")?;
    let creator = format!("user:{}", credentials.owner);
    api_key(&mut tx, config, acme, Some(&creator), now).await.context("Acme's API key")?;
    coupon(&mut tx, credentials, now).await.context("coupon")?;
    for account in [&credentials.stripe, &credentials.paddle, &credentials.braintree] {
        let what = || format!("connection to {}", account.gateway.as_str());
        gateway(&mut tx, config, credentials, account, now).await.with_context(what)?;
    }
    tx.commit().await?;
    let mut tx = db.tenant(globex.organization).await?;
    basics(&mut tx, config, globex, now).await?;
    api_key(&mut tx, config, globex, None, now).await.context("the other organization's API key")?;
    tx.commit().await?;
    Ok(())
}

/// Writes what both organizations have: a program with its page, an affiliate and links.
async fn basics(tx: &mut TenantTx, config: &Config, brand: &Brand, now: Timestamp) -> anyhow::Result<()> {
    organization(tx, brand, now).await.with_context(|| format!("organization {}", brand.slug))?;
    program(tx, config, brand, now).await.with_context(|| format!("program of {}", brand.slug))?;
    page::publish(tx, brand, now).await.with_context(|| format!("page of {}", brand.slug))?;
    affiliate(tx, brand, now).await.with_context(|| format!("affiliate of {}", brand.slug))?;
    links(tx, config, brand, now).await.with_context(|| {
        format!("links of {}: does another organization have their host? Use `--reset` to start over", brand.slug)
    })
}

async fn organization(tx: &mut TenantTx, brand: &Brand, now: Timestamp) -> Result<(), sqlx::Error> {
    let id = brand.organization.uuid();
    sqlx::query!("insert into tenants (id, created_at) values ($1, $2) on conflict do nothing", id, now)
        .execute(tx.conn())
        .await?;
    sqlx::query!(
        "insert into organizations (organization_id, slug, name, created_at) values ($1, $2, $3, $4)
         on conflict (organization_id) do nothing",
        id,
        brand.slug,
        brand.name,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// 20% of every payment, for life.
async fn program(tx: &mut TenantTx, config: &Config, brand: &Brand, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into programs (organization_id, id, slug, name, public_key, allowed_origins, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (organization_id, id) do update set allowed_origins = excluded.allowed_origins",
        brand.organization.uuid(),
        brand.program.uuid(),
        brand.program_slug,
        brand.program_name,
        brand.public_key,
        &allowed_origins(config, brand),
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into program_policies (organization_id, program_id, effective_at, attribution_model, window_days,
                                       customer_binding, flag_self_referral, flag_duplicate_customer, created_at)
         values ($1, $2, $3, 'LastTouch', 60, 'AffiliateAndPlan', true, true, $4) on conflict do nothing",
        brand.organization.uuid(),
        brand.program.uuid(),
        shared::timestamp::Timestamp::EPOCH,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into plan_versions (organization_id, id, program_id, effective_at, components, hold_days, created_at)
         values ($1, $2, $3, $4, $5, 30, $6) on conflict (organization_id, id) do nothing",
        brand.organization.uuid(),
        brand.plan.uuid(),
        brand.program.uuid(),
        now.plus_days(PLAN_SINCE_DAYS),
        json!([{"type": "percentage", "ratePpm": 200_000}]),
        now,
    )
    .execute(tx.conn())
    .await?;
    publish::program(tx, brand.program, now).await
}

/// The brand's own site, and the pages that `dev` itself serves, under both local host names.
fn allowed_origins(config: &Config, brand: &Brand) -> Vec<String> {
    let mut origins = vec![format!("https://{}.test", brand.site)];
    for base in [&config.public_url, &config.edge_url] {
        origins.push(base.clone());
        origins.push(base.replacen("//127.0.0.1", "//localhost", 1));
        origins.push(base.replacen("//localhost", "//127.0.0.1", 1));
    }
    origins.sort();
    origins.dedup();
    origins
}

async fn affiliate(tx: &mut TenantTx, brand: &Brand, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliates (organization_id, id, slug, email, name, status, created_at)
         values ($1, $2, $3, $4, $5, 'Approved', $6) on conflict (organization_id, id) do nothing",
        brand.organization.uuid(),
        brand.affiliate.uuid(),
        brand.affiliate_slug,
        brand.affiliate_email,
        brand.affiliate_name,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn links(tx: &mut TenantTx, config: &Config, brand: &Brand, now: Timestamp) -> Result<(), sqlx::Error> {
    for (host, link) in &brand.links {
        sqlx::query!(
            "insert into link_hosts (organization_id, host, default_destination, created_at, verified_at)
             values ($1, $2, $3, $4, $4)
             on conflict (organization_id, host) do nothing",
            brand.organization.uuid(),
            host,
            format!("https://{}.test/", brand.site),
            now,
        )
        .execute(tx.conn())
        .await?;
        names_store::claim(tx, Name::Host(host)).await?;
        publish::host(tx, host, now).await?;
        sqlx::query!(
            "insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
             on conflict (organization_id, id) do update set destination = excluded.destination",
            brand.organization.uuid(),
            link.uuid(),
            brand.program.uuid(),
            brand.affiliate.uuid(),
            host,
            brand.affiliate_slug,
            format!("{}/dev/landing?program={}", config.public_url, brand.program),
            now,
        )
        .execute(tx.conn())
        .await?;
        publish::link(tx, *link, now).await?;
    }
    Ok(())
}

/// Creates an API key with full permissions; it acts as its creator when it approves a payout run.
async fn api_key(
    tx: &mut TenantTx,
    config: &Config,
    brand: &Brand,
    creator: Option<&str>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let sealed = secret::seal(
        &config.keys,
        brand.organization,
        secret::API_KEYS,
        &brand.api_key.to_string(),
        &brand.signing_secret,
    )?;
    let bearer = brand.bearer.expose();
    sqlx::query!(
        "insert into api_keys (organization_id, id, name, bearer_hash, bearer_hint, scope, role, sealed_secret, created_at,
                               created_by, seen_by)
         values ($1, $2, 'Demo', $3, $4, 'admin', 'owner', $5, $6, $7::text, array_remove(array[$7], null))
         on conflict (organization_id, id) do update
         set sealed_secret = excluded.sealed_secret, scope = excluded.scope,
             created_by = coalesce(api_keys.created_by, excluded.created_by),
             seen_by = case when api_keys.seen_by = '{}' then excluded.seen_by else api_keys.seen_by end",
        brand.organization.uuid(),
        brand.api_key.uuid(),
        &Sha256::digest(bearer)[..],
        &bearer[..12],
        sealed,
        now,
        creator,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Bearer(&Sha256::digest(bearer).into())).await?;
    publish::api_key(tx, &config.keys, brand.api_key, now).await?;
    Ok(())
}

async fn owner(tx: &mut TenantTx, credentials: &Credentials, now: Timestamp) -> anyhow::Result<()> {
    let hash = password::hash(credentials.owner_password.clone()).await.context("hashing the password")?;
    sqlx::query!(
        "insert into users (id, email, password_hash, email_verified_at, created_at) values ($1, $2, $3, $4, $4)
         on conflict (id) do update set password_hash = excluded.password_hash",
        credentials.owner.uuid(),
        credentials.owner_email,
        hash,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into memberships (organization_id, user_id, role, created_at) values ($1, $2, 'owner', $3)
         on conflict (organization_id, user_id) do nothing",
        credentials.acme.organization.uuid(),
        credentials.owner.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(())
}

async fn coupon(tx: &mut TenantTx, credentials: &Credentials, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into coupons (organization_id, id, program_id, affiliate_id, code, created_at)
         values ($1, $2, $3, $4, 'LAUREN20', $5) on conflict (organization_id, id) do nothing",
        credentials.acme.organization.uuid(),
        credentials.coupon.uuid(),
        credentials.acme.program.uuid(),
        credentials.acme.affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Connects a gateway as if the brand had pasted a signing secret, without a real account to call.
async fn gateway(
    tx: &mut TenantTx,
    config: &Config,
    credentials: &Credentials,
    account: &GatewayAccount,
    now: Timestamp,
) -> anyhow::Result<()> {
    let (organization, id) = (credentials.acme.organization, account.id);
    let sealed = encryption::seal(&config.keys, organization, id, Column::Secret, &account.secret)?;
    let hints = match account.secret.expose().split_once('|') {
        Some((public, private)) => json!({"publicKey": hint(public), "privateKey": hint(private)}),
        None => json!({"webhookSecret": hint(account.secret.expose())}),
    };
    sqlx::query!(
        "insert into gateway_connections (organization_id, id, gateway, program_id, environment, sealed_secret, hints,
                                          created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)
         on conflict (organization_id, id) do update set sealed_secret = excluded.sealed_secret, hints = excluded.hints
         where gateway_connections.removed_at is null",
        organization.uuid(),
        id.uuid(),
        account.gateway.as_str(),
        credentials.acme.program.uuid(),
        account.environment,
        sealed,
        hints,
        now,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Connection(id.uuid())).await?;
    publish::gateway(tx, &config.keys, id, now).await?;
    Ok(())
}
