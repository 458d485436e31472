//! SQL that saves clicks.

use std::collections::HashSet;

use shared::{event::Click, timestamp::Timestamp};
use uuid::Uuid;

use super::clicks::Row;
use kit::db::TenantsTx;

/// A query that inserts the clicks that aren't known yet, with the end of its statement.
macro_rules! insert {
    ($columns:ident, $end:literal) => {
        sqlx::query!(
            "insert into clicks (organization_id, id, clicked_at, link_id, program_id, affiliate_id, class, source, country,
                                 referrer_host, device, visitor, previous, landing, digest)
             select * from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[],
                                  $8::text[], $9::text[], $10::text[], $11::text[], $12::text[], $13::uuid[], $14::text[],
                                  $15::bigint[])
             on conflict do nothing" + $end,
            &$columns.organizations,
            &$columns.ids,
            &$columns.times,
            &$columns.links,
            &$columns.programs,
            &$columns.affiliates,
            &$columns.classes as &[&str],
            &$columns.sources as &[&str],
            &$columns.countries as &[Option<&str>],
            &$columns.referrers as &[Option<&str>],
            &$columns.devices as &[&str],
            &$columns.visitors as &[Option<&str>],
            &$columns.previous as &[Option<Uuid>],
            &$columns.landings as &[Option<&str>],
            &$columns.digests,
        )
    };
}

/// Inserts the clicks that aren't known yet; returns how many. It's faster than [`insert_and_list`]: for a thousand clicks,
/// Postgres would return, and the ledger would read, a thousand keys.
pub(super) async fn insert(tx: &mut TenantsTx, rows: &[Row<'_>]) -> Result<u64, sqlx::Error> {
    if rows.is_empty() {
        return Ok(0);
    }
    let columns = Columns::of(rows);
    Ok(insert!(columns, "").execute(tx.conn()).await?.rows_affected())
}

/// Inserts the clicks that aren't known yet; returns their tenants and ids.
pub(super) async fn insert_and_list(
    tx: &mut TenantsTx,
    rows: &[Row<'_>],
) -> Result<HashSet<(Uuid, Uuid)>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    let columns = Columns::of(rows);
    let inserted = insert!(columns, " returning organization_id, id").fetch_all(tx.conn()).await?;
    Ok(inserted.into_iter().map(|row| (row.organization_id, row.id)).collect())
}

struct Columns<'a> {
    organizations: Vec<Uuid>,
    ids: Vec<Uuid>,
    times: Vec<Timestamp>,
    links: Vec<Uuid>,
    programs: Vec<Uuid>,
    affiliates: Vec<Uuid>,
    classes: Vec<&'static str>,
    sources: Vec<&'static str>,
    countries: Vec<Option<&'a str>>,
    referrers: Vec<Option<&'a str>>,
    devices: Vec<&'static str>,
    visitors: Vec<Option<&'a str>>,
    previous: Vec<Option<Uuid>>,
    landings: Vec<Option<&'a str>>,
    digests: Vec<i64>,
}

impl<'a> Columns<'a> {
    fn of(rows: &[Row<'a>]) -> Self {
        let names = |of: fn(&Click) -> &'static str| rows.iter().map(|row| of(row.click)).collect::<Vec<_>>();
        let texts = |of: fn(&'a Click) -> Option<&'a str>| rows.iter().map(|row| of(row.click)).collect::<Vec<_>>();
        Self {
            organizations: rows.iter().map(|row| row.organization.uuid()).collect(),
            ids: rows.iter().map(|row| row.id.uuid()).collect(),
            times: rows.iter().map(|row| row.clicked_at).collect(),
            links: rows.iter().map(|row| row.click.link_id.uuid()).collect(),
            programs: rows.iter().map(|row| row.click.program_id.uuid()).collect(),
            affiliates: rows.iter().map(|row| row.click.affiliate_id.uuid()).collect(),
            classes: names(|click| click.class.as_str()),
            sources: names(|click| click.source.as_str()),
            countries: texts(|click| click.country.as_deref()),
            referrers: texts(|click| click.referrer_host.as_deref()),
            devices: names(|click| click.device.as_str()),
            visitors: texts(|click| click.visitor.as_deref()),
            previous: rows.iter().map(|row| row.click.previous.map(|id| id.uuid())).collect(),
            landings: texts(|click| click.landing.as_deref().filter(|path| is_storable(path))),
            digests: rows.iter().map(|row| row.digest).collect(),
        }
    }
}

/// Anyone can report a click of any path, and nothing is counted by it. One with control characters is left out: Postgres
/// would refuse the whole set because of a single U+0000.
fn is_storable(path: &str) -> bool {
    !path.bytes().any(|byte| byte.is_ascii_control())
}
