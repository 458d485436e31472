//! SQL of track records. It reads sales of all brands, and keeps points only.

use shared::{id::OrganizationId, timestamp::Timestamp};
use uuid::Uuid;

use kit::db::{GlobalTx, TenantsTx};
use rules::network::track::{SALES_MIN, Sold};

/// Sales of the last two years count.
const MONTHS: i32 = 24;

/// Creators who agreed to be judged by their sales and whose record wasn't counted since then.
pub(super) async fn due(tx: &mut GlobalTx, before: Timestamp, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select p.creator_id as "creator: Uuid"
           from creator_profiles p join creator_checks k on k.creator_id = p.creator_id
           where p.shares_reputation and (k.track_at is null or k.track_at < $1)
           order by k.track_at nulls first, p.creator_id limit $2"#,
        before as _,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// The brands whose affiliates these creators became.
pub(super) async fn brands(tx: &mut GlobalTx, creators: &[Uuid]) -> Result<Vec<OrganizationId>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct organization_id as "organization: OrganizationId" from network_contacts
           where creator_id = any ($1) and affiliate_id is not null"#,
        creators,
    )
    .fetch_all(tx.conn())
    .await
}

/// What one creator sold in programs of one topic.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) creator: Uuid,
    pub(super) topic: String,
    pub(super) sold: Sold,
}

/// What these creators sold, by topic of the program: as affiliates that they became in the network, in listed programs
/// whose brands share figures. Brands with too few of their sales are left out. It asks conversions, whose credit and status
/// are those of now: a commission can also be denied because the credit went to someone else. Imported sales don't count.
pub(super) async fn sold(tx: &mut TenantsTx, creators: &[Uuid], now: Timestamp) -> Result<Vec<Row>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"with own as materialized (
               select n.creator_id, n.organization_id, n.program_id, n.affiliate_id, l.topics
               from network_contacts n
               join network_listings l on l.organization_id = n.organization_id and l.program_id = n.program_id
                    and l.status = 'Listed' and l.shares_figures
               where n.creator_id = any ($1) and n.organization_id = any ($2) and n.affiliate_id is not null),
           sales as (
               select o.creator_id, o.organization_id, o.topics, count(*) as sales,
                      count(*) filter (where v.status in ('Refunded', 'Denied')) as lost
               from own o
               join conversions v on v.organization_id = o.organization_id and v.affiliate_id = o.affiliate_id
                    and v.program_id = o.program_id
                    and v.occurred_at > $3::timestamptz - make_interval(months => $4)
               where v.kind <> 'Lead' and v.status in ('Approved', 'Paid', 'Refunded', 'Denied')
                 and v.details -> 'past' is null
               group by o.creator_id, o.organization_id, o.program_id, o.topics),
           brands as (
               select s.creator_id, topic, s.organization_id, sum(s.sales) as sales, sum(s.lost) as lost
               from sales s, unnest(s.topics) topic
               group by 1, 2, 3 having sum(s.sales) >= $5)
           select creator_id as "creator!: Uuid", topic as "topic!", count(*) as "brands!",
                  sum(sales)::bigint as "sales!", sum(lost)::bigint as "lost!"
           from brands group by 1, 2"#,
        creators,
        &tenants,
        now as _,
        MONTHS,
        SALES_MIN as _,
    )
    .fetch_all(tx.conn())
    .await?;
    let row = |creator, topic, sold| Row { creator, topic, sold };
    Ok(rows
        .into_iter()
        .map(|found| {
            let sold = Sold { brands: found.brands, sales: found.sales, lost: found.lost };
            row(found.creator, found.topic, sold)
        })
        .collect())
}

/// Keeps the points of these creators in place of earlier ones, of those who still agree.
pub(super) async fn keep(
    tx: &mut GlobalTx,
    creators: &[Uuid],
    points: &[(Uuid, String, i16)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let of: Vec<Uuid> = points.iter().map(|(creator, ..)| *creator).collect();
    let topics: Vec<String> = points.iter().map(|(_, topic, _)| topic.clone()).collect();
    let values: Vec<i16> = points.iter().map(|(.., points)| *points).collect();
    sqlx::query!("delete from creator_tracks where creator_id = any ($1)", creators).execute(tx.conn()).await?;
    sqlx::query!(
        "insert into creator_tracks (creator_id, topic, points)
         select t.creator_id, t.topic, t.points
         from unnest($1::uuid[], $2::text[], $3::smallint[]) as t (creator_id, topic, points)
         join creator_profiles p on p.creator_id = t.creator_id and p.shares_reputation
         on conflict (creator_id, topic) do update set points = excluded.points",
        &of,
        &topics,
        &values,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!("update creator_checks set track_at = $2 where creator_id = any ($1)", creators, now as _)
        .execute(tx.conn())
        .await
        .map(drop)
}
