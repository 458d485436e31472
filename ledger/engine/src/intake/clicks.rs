//! Saves and deduplicates clicks as one set, and adds them to the hourly figures in the same transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use shared::{
    batch::{ItemVerdict, Verdict},
    event::{Click, Event, Payload},
    id::{ClickId, EventId, LinkId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{archived_store, clicks_store, days_store, facets_store, item::verdict};
use crate::{
    event::digest::digest,
    quarantine::store::{self as quarantine, Suspect},
};
use kit::{compiled_once, db::TenantsTx, state::AppState};
use outbox::{
    notification::news_store::{self, NEWS_DAYS},
    webhook::milestone::{self, Clicks},
};

const MS_PER_HOUR: i64 = 3_600_000;
/// A click's time may be at most this far in the future, because clocks differ.
pub const AHEAD_MAX_DAYS: i64 = 1;
/// 2020-01-01: no real click is older.
const OLDEST_MS: i64 = 1_577_836_800_000;

pub(super) struct Row<'a> {
    place: usize,
    pub(super) organization: OrganizationId,
    pub(super) id: EventId,
    pub(super) clicked_at: Timestamp,
    pub(super) click: &'a Click,
    pub(super) digest: i64,
    raw: &'a str,
    event: &'a Event,
}

/// Applies the clicks; returns a verdict for each index. Returns `None` if some are new, some are known, and the database
/// wasn't asked `which`: then the caller rolls back, and applies them again.
///
/// # Errors
/// Database errors; the caller must then roll back.
#[compiled_once]
pub async fn apply(
    tx: &mut TenantsTx,
    state: &AppState,
    clicks: &[(usize, &Event, &str)],
    which: bool,
) -> Result<Option<Vec<(usize, ItemVerdict)>>, sqlx::Error> {
    let mut verdicts = Vec::with_capacity(clicks.len());
    let reported: Vec<Row<'_>> = clicks.iter().filter_map(|(place, event, raw)| row(*place, event, raw)).collect();
    let known = known_links(tx, &reported).await?;
    let wall = state.clock.wall();
    let (latest, archived) = (wall.plus_days(AHEAD_MAX_DAYS), archived_months(tx, &reported, wall).await?);
    let (mut rows, mut repeated) = (Vec::with_capacity(reported.len()), Vec::new());
    let mut seen = HashSet::with_capacity(reported.len());
    for row in reported {
        if let Some((code, detail)) = refusal(&row, &known, latest, &archived) {
            quarantine::keep(tx, state, Suspect::event(row.event, row.raw, code, detail)).await?;
            verdicts.push((row.place, verdict(Some(row.id), Verdict::Rejected, Some(code), true)));
        } else if seen.insert((row.organization, row.id)) {
            rows.push(row);
        } else {
            // The first of the batch is kept; the others are compared with what is stored.
            repeated.push(row);
        }
    }
    let Some((fresh, stale)) = insert(tx, rows, which).await? else { return Ok(None) };
    add_to_hours(tx, &fresh).await?;
    announce(tx, state, &fresh).await?;
    let today = days_store::day_of(state.clock.wall());
    days_store::add_late(tx, &late(&fresh, today)).await?;
    facets_store::add_late(tx, &late_facets(&fresh, today)).await?;
    add_to_facets(tx, &fresh).await?;
    verdicts.extend(fresh.iter().map(|row| (row.place, verdict(Some(row.id), Verdict::Accepted, None, true))));
    let known_already: Vec<Row<'_>> = stale.into_iter().chain(repeated).collect();
    verdicts.extend(judge_known(tx, state, &known_already).await?);
    Ok(Some(verdicts))
}

/// New and known clicks.
type Parted<'a> = (Vec<Row<'a>>, Vec<Row<'a>>);

/// Inserts the new ones. That all or none of a batch are new is the rule, and shows in how many were inserted.
async fn insert<'a>(tx: &mut TenantsTx, rows: Vec<Row<'a>>, which: bool) -> Result<Option<Parted<'a>>, sqlx::Error> {
    if which {
        let new = clicks_store::insert_and_list(tx, &rows).await?;
        let is_new = |row: &Row<'_>| new.contains(&(row.organization.uuid(), row.id.uuid()));
        return Ok(Some(rows.into_iter().partition(is_new)));
    }
    let new = clicks_store::insert(tx, &rows).await?;
    Ok(if new == rows.len() as u64 {
        Some((rows, Vec::new()))
    } else if new == 0 {
        Some((Vec::new(), rows))
    } else {
        None
    })
}

/// The reason for rejecting a click: a stable code and a text.
fn refusal(
    row: &Row<'_>,
    known: &HashSet<NamedLink>,
    latest: Timestamp,
    archived: &BTreeSet<archived_store::Key>,
) -> Option<(&'static str, &'static str)> {
    if row.clicked_at > latest || row.clicked_at.millis() < OLDEST_MS {
        Some(("click_time_out_of_range", "the click's ID has an invalid time"))
    } else if !known.contains(&link(row)) {
        Some(("unknown_link", "this program and affiliate have no such link"))
    } else if !archived.is_empty() && archived.contains(&month(row)) {
        Some(("click_month_archived", "the clicks of its month are archived: it may be one of them"))
    } else {
        None
    }
}

fn row<'a>(place: usize, event: &'a Event, raw: &'a str) -> Option<Row<'a>> {
    let Payload::Click(click) = &event.payload else { return None };
    let [b0, b1, b2, b3, b4, b5, b6, b7, ..] = digest(event);
    Some(Row {
        place,
        organization: event.organization_id,
        id: event.id,
        // A UUIDv7's first 48 bits (RFC 9562 §5.7): the same id always lands in the same partition.
        clicked_at: id_time(event.id),
        click,
        digest: i64::from_be_bytes([b0, b1, b2, b3, b4, b5, b6, b7]),
        raw,
        event,
    })
}

/// Whether a click is one of an archived month can't be read from the table: it could be counted twice.
async fn archived_months(
    tx: &mut TenantsTx,
    rows: &[Row<'_>],
    wall: Timestamp,
) -> Result<BTreeSet<archived_store::Key>, sqlx::Error> {
    let settled = wall.plus_days(-archived_store::SETTLED_DAYS);
    let late: BTreeSet<_> = rows.iter().filter(|row| row.clicked_at < settled).map(month).collect();
    archived_store::archived(tx, &late).await
}

/// The tenant and the month of a click.
fn month(row: &Row<'_>) -> archived_store::Key {
    let day = row.clicked_at.date();
    (day.replace_day(1).unwrap_or(day), row.organization.uuid())
}

fn id_time(id: EventId) -> Timestamp {
    let millis = id.bytes()[..6].iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
    Timestamp::EPOCH.plus_millis(millis)
}

/// A link with its program and affiliate, as the edge reports them.
type NamedLink = (Uuid, LinkId, Uuid, Uuid);

fn link(row: &Row<'_>) -> NamedLink {
    (row.organization.uuid(), row.click.link_id, row.click.program_id.uuid(), row.click.affiliate_id.uuid())
}

/// Replaces foreign keys on each click: a batch names only a few links, which are looked up once.
async fn known_links(tx: &mut TenantsTx, rows: &[Row<'_>]) -> Result<HashSet<NamedLink>, sqlx::Error> {
    let named: HashSet<(Uuid, Uuid)> =
        rows.iter().map(|row| (row.organization.uuid(), row.click.link_id.uuid())).collect();
    if named.is_empty() {
        return Ok(HashSet::new());
    }
    let (organizations, ids): (Vec<Uuid>, Vec<Uuid>) = named.into_iter().unzip();
    let found = sqlx::query!(
        "select organization_id, id, program_id, affiliate_id from links
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &organizations,
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.organization_id, row.id, row.program_id, row.affiliate_id)).collect())
}

/// Handles duplicates, and different content under a known id, which goes to quarantine for an operator.
async fn judge_known(
    tx: &mut TenantsTx,
    state: &AppState,
    rows: &[Row<'_>],
) -> Result<Vec<(usize, ItemVerdict)>, sqlx::Error> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let stored = sqlx::query!(
        r#"select c.organization_id, c.id, c.digest
           from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) k (organization_id, id, clicked_at)
           join clicks c using (organization_id, id, clicked_at)"#,
        &rows.iter().map(|row| row.organization.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.id.uuid()).collect::<Vec<_>>(),
        &rows.iter().map(|row| row.clicked_at).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let stored: HashMap<(Uuid, Uuid), i64> =
        stored.into_iter().map(|row| ((row.organization_id, row.id), row.digest)).collect();
    let mut verdicts = Vec::with_capacity(rows.len());
    for row in rows {
        if stored.get(&(row.organization.uuid(), row.id.uuid())) == Some(&row.digest) {
            verdicts.push((row.place, verdict(Some(row.id), Verdict::Duplicate, None, true)));
        } else {
            let detail = "the same click was sent again with different content";
            quarantine::keep(tx, state, Suspect::event(row.event, row.raw, "conflict", detail)).await?;
            verdicts.push((row.place, verdict(Some(row.id), Verdict::Conflict, Some("conflict"), true)));
        }
    }
    Ok(verdicts)
}

/// Sorted, so that two batches take the rows' locks in the same order.
async fn add_to_hours(tx: &mut TenantsTx, rows: &[Row<'_>]) -> Result<(), sqlx::Error> {
    // Tenant, hour, program, affiliate, link; counts of human and other clicks.
    type Key = (Uuid, i64, Uuid, Uuid, Uuid);
    let mut hours: BTreeMap<Key, (i64, i64)> = BTreeMap::new();
    for row in rows {
        let hour = row.clicked_at.millis() / MS_PER_HOUR * MS_PER_HOUR;
        let (organization, link, program, affiliate) = link(row);
        let counts = hours.entry((organization, hour, program, affiliate, link.uuid())).or_default();
        if row.click.counted() { counts.0 += 1 } else { counts.1 += 1 }
    }
    if hours.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into click_hours (organization_id, hour, program_id, affiliate_id, link_id, clicks, uncounted)
         select * from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[],
                              $7::bigint[])
         on conflict (organization_id, hour, program_id, affiliate_id, link_id) do update set
             clicks = click_hours.clicks + excluded.clicks, uncounted = click_hours.uncounted + excluded.uncounted",
        &hours.keys().map(|key| key.0).collect::<Vec<_>>(),
        &hours.keys().map(|key| Timestamp::EPOCH.plus_millis(key.1)).collect::<Vec<_>>(),
        &hours.keys().map(|key| key.2).collect::<Vec<_>>(),
        &hours.keys().map(|key| key.3).collect::<Vec<_>>(),
        &hours.keys().map(|key| key.4).collect::<Vec<_>>(),
        &hours.values().map(|counts| counts.0).collect::<Vec<_>>(),
        &hours.values().map(|counts| counts.1).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Announces affiliates' first clicks, and marks the affiliates for an email about them, unless the clicks are late.
async fn announce(tx: &mut TenantsTx, state: &AppState, rows: &[Row<'_>]) -> Result<(), sqlx::Error> {
    let (wall, mut clicks) = (state.clock.wall(), Clicks::default());
    let since = wall.plus_days(-NEWS_DAYS);
    let is_news = |row: &&Row<'_>| row.click.counted() && row.clicked_at >= since;
    let affiliates = rows.iter().filter(is_news).map(|row| (row.organization, row.click.affiliate_id)).collect();
    news_store::clicked(tx, &affiliates, wall).await?;
    for row in rows.iter().filter(|row| row.click.counted()) {
        clicks.add(row.organization, first_click(row));
    }
    clicks.announce(tx, state.clock.now()).await
}

fn first_click(row: &Row<'_>) -> milestone::Click {
    milestone::Click {
        occurred_at: row.clicked_at,
        id: ClickId::new(row.id.uuid()),
        affiliate_id: row.click.affiliate_id,
        program_id: row.click.program_id,
        link_id: row.click.link_id,
    }
}

/// Human clicks from days before `today`.
fn late(rows: &[Row<'_>], today: i64) -> BTreeMap<days_store::Key, i64> {
    let mut late = BTreeMap::new();
    for row in rows.iter().filter(|row| row.click.counted()) {
        let day = days_store::day_of(row.clicked_at);
        if day < today {
            let (organization, link, program, affiliate) = link(row);
            *late.entry((organization, day, program, affiliate, link.uuid())).or_default() += 1;
        }
    }
    late
}

/// The same by country, device and source of each program.
fn late_facets(rows: &[Row<'_>], today: i64) -> BTreeMap<facets_store::Key, i64> {
    let mut late = BTreeMap::new();
    for row in rows.iter().filter(|row| row.click.counted()) {
        let day = days_store::day_of(row.clicked_at);
        if day < today {
            let country = row.click.country.as_deref().unwrap_or_default();
            let source = row.click.referrer_host.as_deref().unwrap_or_default();
            for (facet, value) in [("country", country), ("device", row.click.device.as_str()), ("source", source)] {
                let (organization, program) = (row.organization.uuid(), row.click.program_id.uuid());
                *late.entry((organization, program, facet, value.to_owned(), day)).or_default() += 1;
            }
        }
    }
    late
}

/// Counts the organization's clicks by hour: all, by country, by device, by referring host, by program. Runs last in a
/// batch, because all of an organization's batches update the same few rows.
async fn add_to_facets(tx: &mut TenantsTx, rows: &[Row<'_>]) -> Result<(), sqlx::Error> {
    // Tenant, hour, program, country, referring host, device: a batch has few of these, and each counts five times.
    type Key<'a> = (Uuid, i64, Uuid, &'a str, &'a str, &'static str);
    let mut programs: BTreeMap<Uuid, String> = BTreeMap::new();
    for row in rows {
        programs.entry(row.click.program_id.uuid()).or_insert_with_key(Uuid::to_string);
    }
    let mut kinds: BTreeMap<Key<'_>, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.click.counted()) {
        let hour = row.clicked_at.millis() / MS_PER_HOUR * MS_PER_HOUR;
        let (organization, program) = (row.organization.uuid(), row.click.program_id.uuid());
        let country = row.click.country.as_deref().unwrap_or_default();
        let source = row.click.referrer_host.as_deref().unwrap_or_default();
        *kinds.entry((organization, hour, program, country, source, row.click.device.as_str())).or_default() += 1;
    }
    let mut facets: BTreeMap<(Uuid, &str, i64, &str), i64> = BTreeMap::new();
    for ((organization, hour, program, country, source, device), clicks) in kinds {
        let program = programs.get(&program).map(String::as_str).unwrap_or_default();
        for (facet, value) in
            [("all", ""), ("country", country), ("device", device), ("source", source), ("program", program)]
        {
            *facets.entry((organization, facet, hour, value)).or_default() += clicks;
        }
    }
    if facets.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into click_facets (organization_id, facet, hour, value, clicks)
         select * from unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::bigint[])
         on conflict (organization_id, facet, hour, value) do update set clicks = click_facets.clicks + excluded.clicks",
        &facets.keys().map(|key| key.0).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.1.to_owned()).collect::<Vec<_>>(),
        &facets.keys().map(|key| Timestamp::EPOCH.plus_millis(key.2)).collect::<Vec<_>>(),
        &facets.keys().map(|key| key.3.to_owned()).collect::<Vec<_>>(),
        &facets.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
