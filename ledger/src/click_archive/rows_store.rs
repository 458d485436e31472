//! SQL of the clicks that go to an archive and come back from it.

use futures_util::{StreamExt, TryStreamExt, stream::BoxStream};
use uuid::Uuid;

use super::{month::Month, row::Row};
use kit::db::{TenantTx, time_limit_store};

/// The months before one that had clicks and aren't archived. The roll-up has them all, however many clicks there were;
/// of each month, one of its rows is read.
pub async fn months(tx: &mut TenantTx, before: Month) -> Result<Vec<Month>, sqlx::Error> {
    let organization = tx.organization();
    let months = sqlx::query_scalar!(
        r#"with recursive m (month) as (
               (select date_trunc('month', hour at time zone 'UTC')::date from click_hours
                where organization_id = $1 and hour < $2 order by hour limit 1)
               union all
               select (select date_trunc('month', h.hour at time zone 'UTC')::date from click_hours h
                       where h.organization_id = $1 and h.hour >= (m.month + interval '1 month') at time zone 'UTC'
                         and h.hour < $2 order by h.hour limit 1)
               from m where m.month is not null)
           select m.month as "month!" from m
           where m.month is not null
             and not exists (select from click_archives a
                             where a.organization_id = $1 and a.month = m.month and a.state = 'archived')
           order by 1"#,
        organization.uuid(),
        before.start(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(months.into_iter().map(Month::of).collect())
}

/// The number of clicks of a month, and their marks together, as Postgres computes them.
pub async fn sums(tx: &mut TenantTx, month: Month) -> Result<(i64, i64), sqlx::Error> {
    let organization = tx.organization();
    time_limit_store::lift(tx.conn()).await?;
    let row = sqlx::query!(
        r#"select count(*) as "clicks!", coalesce(bit_xor(rekomi_click_mark(id, digest)), 0) as "mark!"
           from clicks where organization_id = $1 and clicked_at >= $2 and clicked_at < $3"#,
        organization.uuid(),
        month.start(),
        month.end(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok((row.clicks, row.mark))
}

/// The clicks of a month, as the database returns them: in the order of their ids, which is that of their times.
pub fn rows(tx: &mut TenantTx, month: Month) -> BoxStream<'_, Result<Row, sqlx::Error>> {
    let organization = tx.organization();
    sqlx::query!(
        r#"select id, (extract(epoch from clicked_at) * 1000000)::bigint as "clicked_at!", link_id, program_id,
                  affiliate_id, class, source, country, referrer_host, device, visitor, previous, landing, digest
           from clicks where organization_id = $1 and clicked_at >= $2 and clicked_at < $3 order by id"#,
        organization.uuid(),
        month.start(),
        month.end(),
    )
    .fetch(tx.conn())
    .map_ok(|row| Row {
        id: row.id,
        clicked_at: row.clicked_at,
        link: row.link_id,
        program: row.program_id.uuid(),
        affiliate: row.affiliate_id.uuid(),
        class: row.class,
        source: row.source,
        country: row.country,
        referrer_host: row.referrer_host,
        device: row.device,
        visitor: row.visitor,
        previous: row.previous,
        landing: row.landing,
        digest: row.digest,
    })
    .boxed()
}

/// Puts clicks back into the table, without counting them again. Those that are in it stay as they are.
pub async fn put_back(tx: &mut TenantTx, rows: &[Row]) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let uuids = |of: fn(&Row) -> Uuid| rows.iter().map(of).collect::<Vec<_>>();
    let texts = |of: fn(&Row) -> &String| rows.iter().map(|row| of(row).clone()).collect::<Vec<_>>();
    let maybe = |of: fn(&Row) -> &Option<String>| rows.iter().map(|row| of(row).clone()).collect::<Vec<_>>();
    time_limit_store::lift(tx.conn()).await?;
    sqlx::query!(
        "insert into clicks (organization_id, id, clicked_at, link_id, program_id, affiliate_id, class, source, country,
                             referrer_host, device, visitor, previous, landing, digest)
         select $1, n.id, timestamptz 'epoch' + n.micros * interval '1 microsecond', n.link_id, n.program_id,
                n.affiliate_id, n.class, n.source, n.country, n.referrer_host, n.device, n.visitor, n.previous, n.landing,
                n.digest
         from unnest($2::uuid[], $3::bigint[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], $9::text[],
                     $10::text[], $11::text[], $12::text[], $13::uuid[], $14::text[], $15::bigint[])
              n (id, micros, link_id, program_id, affiliate_id, class, source, country, referrer_host, device, visitor,
                 previous, landing, digest)
         on conflict do nothing",
        organization.uuid(),
        &uuids(|row| row.id),
        &rows.iter().map(|row| row.clicked_at).collect::<Vec<_>>(),
        &uuids(|row| row.link),
        &uuids(|row| row.program),
        &uuids(|row| row.affiliate),
        &texts(|row| &row.class),
        &texts(|row| &row.source),
        &maybe(|row| &row.country) as &[Option<String>],
        &maybe(|row| &row.referrer_host) as &[Option<String>],
        &texts(|row| &row.device),
        &maybe(|row| &row.visitor) as &[Option<String>],
        &rows.iter().map(|row| row.previous).collect::<Vec<_>>() as &[Option<Uuid>],
        &maybe(|row| &row.landing) as &[Option<String>],
        &rows.iter().map(|row| row.digest).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
