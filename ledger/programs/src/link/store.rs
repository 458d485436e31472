//! SQL for creating links.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{AffiliateId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

/// A link about to be created.
#[derive(Debug)]
pub struct NewRow {
    pub id: LinkId,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub host: String,
    pub slug: String,
    pub destination: String,
}

/// # Errors
/// Constraint `links_slug` if the host already has the slug.
pub async fn insert_links(tx: &mut TenantTx, rows: &[NewRow], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into links (organization_id, id, program_id, affiliate_id, host, slug, destination, created_at)
         select $1, id, program_id, affiliate_id, host, slug, destination, $8
         from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[])
              n (id, program_id, affiliate_id, host, slug, destination)
         returning 1 as one",
        tx.organization().uuid(),
        &rows.iter().map(|row| row.id.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.program.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.affiliate.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.host.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.slug.clone()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.destination.clone()).collect::<Vec<_>>(),
        now,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Whether the program is archived; `None` if it doesn't exist.
pub async fn program_is_archived(tx: &mut TenantTx, program: ProgramId) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select archived_at is not null as "archived!" from programs where organization_id = $1 and id = $2"#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn update_link(
    tx: &mut TenantTx,
    link: LinkId,
    destination: Option<&str>,
    disabled_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update links set destination = coalesce($3, destination), disabled_at = $4 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        link.uuid(),
        destination,
        disabled_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The named host if it is verified for the organization; without a name, the organization's first one.
pub async fn link_host(tx: &mut TenantTx, host: Option<&str>) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select host from link_hosts
         where organization_id = $1 and verified_at is not null and ($2::text is null or host = $2)
         order by created_at, host limit 1",
        tx.organization().uuid(),
        host,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Those of the slugs, in lower case, that already have a link on the host.
pub async fn taken_on(tx: &mut TenantTx, host: &str, slugs: &[String]) -> Result<HashSet<String>, sqlx::Error> {
    let taken = sqlx::query_scalar!(
        "select slug_key from links where organization_id = $1 and host = $2 and slug_key = any ($3)",
        tx.organization().uuid(),
        host,
        slugs,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(taken.into_iter().collect())
}

/// Locks a slug, so that concurrent requests for it on different hosts run one after the other.
pub async fn lock_slug(tx: &mut TenantTx, slug: &str) -> Result<(), sqlx::Error> {
    lock_slugs(tx, &[slug.to_owned()]).await
}

/// Like [`lock_slug`], for several slugs; always in the same order, so that two requests can't deadlock.
pub async fn lock_slugs(tx: &mut TenantTx, slugs: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select pg_advisory_xact_lock(place)
         from (select distinct hashtextextended($1::text || '/' || lower(slug), 0) as place
               from unnest($2::text[]) slug order by 1) places",
        tx.organization().to_string(),
        slugs,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

pub async fn is_slug_of_another(tx: &mut TenantTx, slug: &str, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    Ok(!slugs_of_others(tx, &[(slug.to_owned(), affiliate)]).await?.is_empty())
}

/// The positions of those whose slug belongs to another affiliate. Withheld slugs belong to no one.
pub async fn slugs_of_others(
    tx: &mut TenantTx,
    requested: &[(String, AffiliateId)],
) -> Result<HashSet<usize>, sqlx::Error> {
    let keys: Vec<String> = requested.iter().map(|(slug, _)| slug.to_ascii_lowercase()).collect();
    // Each table by an array: joined with the requested slugs, it is read as a whole once it has grown since it was analyzed.
    let owners = sqlx::query!(
        r#"select slug_key as "key!", affiliate_id as "owner!" from links
           where organization_id = $1 and slug_key = any ($2)
           union
           select slug_key, id from affiliates where organization_id = $1 and slug_key = any ($2)
           union
           select (select key from unnest($2) key where sha256(convert_to(key, 'UTF8')) = slug_hash), affiliate_id
           from reserved_slugs
           where organization_id = $1 and credits
             and slug_hash = any (array(select sha256(convert_to(key, 'UTF8')) from unnest($2) key))"#,
        tx.organization().uuid(),
        &keys,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut by_key: HashMap<&str, Vec<Uuid>> = HashMap::new();
    for owner in &owners {
        by_key.entry(&owner.key).or_default().push(owner.owner);
    }
    let is_of_another = |(key, (_, affiliate)): (&String, &(String, AffiliateId))| {
        by_key.get(key.as_str()).is_some_and(|owners| owners.iter().any(|owner| *owner != affiliate.uuid()))
    };
    let places = keys.iter().zip(requested).enumerate().filter(|(_, pair)| is_of_another(*pair));
    Ok(places.map(|(place, _)| place).collect())
}

/// Reserves a slug that was an affiliate's, so that no one else gets it and events that name it still credit them.
/// Requires the slug's lock, or that the affiliate owns it.
pub async fn reserve_slug(
    tx: &mut TenantTx,
    slug: &str,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reserved_slugs (organization_id, slug_hash, affiliate_id, reserved_at)
         values ($1, sha256(convert_to(lower($2), 'UTF8')), $3, $4)
         on conflict (organization_id, slug_hash)
         do update set affiliate_id = excluded.affiliate_id, reserved_at = excluded.reserved_at, credits = true
         where not reserved_slugs.credits",
        tx.organization().uuid(),
        slug,
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Withholds a slug that an application requested with the address of this affiliate. It looks taken to everyone who
/// chooses a slug for themselves, and events that name it credit no one: the applicant didn't prove the address.
/// Requires the slug's lock.
pub async fn withhold_slug(
    tx: &mut TenantTx,
    slug: &str,
    affiliate: AffiliateId,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into reserved_slugs (organization_id, slug_hash, affiliate_id, reserved_at, credits)
         values ($1, sha256(convert_to(lower($2), 'UTF8')), $3, $4, false) on conflict do nothing",
        tx.organization().uuid(),
        slug,
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether an application requested this slug with the address of another affiliate.
pub async fn is_withheld_from(tx: &mut TenantTx, affiliate: AffiliateId, slug: &str) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from reserved_slugs
                          where organization_id = $1 and slug_hash = sha256(convert_to(lower($2), 'UTF8'))
                            and not credits and affiliate_id <> $3) as "withheld!""#,
        tx.organization().uuid(),
        slug,
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns the affiliate's oldest active link: its id, and its host and slug.
pub async fn main(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<(LinkId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select l.id, l.host || '/' || l.slug as "place!" from links l
           join programs p on p.organization_id = l.organization_id and p.id = l.program_id
           where l.organization_id = $1 and l.affiliate_id = $2 and l.disabled_at is null and p.archived_at is null
           order by l.id limit 1"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.id, row.place)))
}
