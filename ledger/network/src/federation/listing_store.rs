//! SQL of programs of other installations.

use kit::db::GlobalTx;
use rules::commission::plan::Component;
use shared::{id::NetworkPeerId, timestamp::Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::feed::Listing;

/// A program as a peer describes it.
#[derive(Debug)]
pub(super) struct NewListing<'a> {
    /// Ours, if it is new.
    pub id: Uuid,
    pub peer: NetworkPeerId,
    pub program: &'a str,
    pub version: i64,
    pub listing: &'a Listing,
    pub earnings: &'a [String],
    /// The topics' names in all languages, which search finds.
    pub topic_words: &'a str,
}

/// Saves a program, unless the peer has `most` others.
pub(super) async fn keep(
    tx: &mut GlobalTx,
    kept: &NewListing<'_>,
    most: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let Listing { brand, title, summary, description, who_for, .. } = kept.listing;
    let one = kept.listing;
    let done = sqlx::query!(
        "insert into network_foreign_listings
             (peer_id, program, id, version, brand, title, summary, description, site, page, pays, earnings, window_days,
              hold_days, payout_rhythm, currency, topics, formats, countries, languages, channel_kinds, audience_min,
              who_for, forbidden, document, first_seen_at, updated_at)
         select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
                $24, setweight(to_tsvector('simple', $6 || ' ' || $5), 'A')
                     || setweight(to_tsvector('simple', $7 || ' ' || $25), 'B')
                     || setweight(to_tsvector('simple', $8 || ' ' || $23), 'C'), $26, $26
         where (select count(*) from network_foreign_listings where peer_id = $1 and program <> $2) < $27
         on conflict (peer_id, program) do update
         set version = excluded.version, brand = excluded.brand, title = excluded.title, summary = excluded.summary,
             description = excluded.description, site = excluded.site, page = excluded.page, pays = excluded.pays,
             earnings = excluded.earnings, window_days = excluded.window_days, hold_days = excluded.hold_days,
             payout_rhythm = excluded.payout_rhythm, currency = excluded.currency, topics = excluded.topics,
             formats = excluded.formats, countries = excluded.countries, languages = excluded.languages,
             channel_kinds = excluded.channel_kinds, audience_min = excluded.audience_min, who_for = excluded.who_for,
             forbidden = excluded.forbidden, document = excluded.document, updated_at = excluded.updated_at",
        kept.peer.uuid(),
        kept.program,
        kept.id,
        kept.version,
        brand,
        title,
        summary,
        description,
        one.site.as_deref(),
        one.page,
        Json(&one.pays) as _,
        kept.earnings,
        one.window_days,
        one.hold_days,
        one.payout_rhythm,
        one.currency,
        &one.topics,
        &one.formats,
        &one.countries,
        &one.languages,
        &one.channel_kinds,
        one.audience_min,
        who_for,
        one.forbidden,
        kept.topic_words,
        now,
        most,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub(super) async fn remove(tx: &mut GlobalTx, peer: NetworkPeerId, program: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from network_foreign_listings where peer_id = $1 and program = $2", peer.uuid(), program,)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Forgets all programs of a peer, before its feed is read from its beginning.
pub(super) async fn clear(tx: &mut GlobalTx, peer: NetworkPeerId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from network_foreign_listings where peer_id = $1", peer.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// A program of another installation that is shown here.
#[derive(Debug)]
pub(super) struct Shown {
    pub id: Uuid,
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub description: String,
    pub site: Option<String>,
    pub page: String,
    pub pays: Json<Vec<Component>>,
    pub earnings: Vec<String>,
    pub window_days: i32,
    pub hold_days: i32,
    pub payout_rhythm: String,
    pub currency: String,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub channel_kinds: Vec<String>,
    pub audience_min: String,
    pub who_for: String,
    pub forbidden: String,
    pub version: i64,
    pub first_seen_at: Timestamp,
    pub updated_at: Timestamp,
    /// Whether its installation takes applications from others.
    pub has_inbox: bool,
}

pub(super) async fn one(tx: &mut GlobalTx, host: &str, program: &str) -> Result<Option<Shown>, sqlx::Error> {
    sqlx::query_as!(
        Shown,
        r#"select f.id, f.brand, f.title, f.summary, f.description, f.site, f.page,
                  f.pays as "pays: Json<Vec<Component>>", f.earnings, f.window_days, f.hold_days, f.payout_rhythm,
                  f.currency, f.topics, f.formats, f.countries, f.languages, f.channel_kinds, f.audience_min, f.who_for,
                  f.forbidden, f.version, f.first_seen_at, f.updated_at, p.inbox_url is not null as "has_inbox!"
           from network_foreign_listings f join network_peers p on p.id = f.peer_id and p.is_shown
           where p.host = $1 and f.program = $2"#,
        host,
        program,
    )
    .fetch_optional(tx.conn())
    .await
}
