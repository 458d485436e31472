//! SQL of an affiliate's links to recruit others.

use shared::{id::AffiliateId, timestamp::Timestamp};

use kit::db::{TenantTx, corrupt_column};

/// A program with a public page that pays recruiters.
#[derive(Debug)]
pub struct Offer {
    pub program: String,
    pub handle: String,
    pub percent_ppm: u32,
}

pub async fn slug(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<String, sqlx::Error> {
    sqlx::query_scalar!(
        "select slug from affiliates where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The programs that pay recruiters at that time, by name.
pub async fn offers(tx: &mut TenantTx, now: Timestamp) -> Result<Vec<Offer>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select p.name, g.handle, c.percent_ppm
           from programs p
           join program_pages g on g.organization_id = $1 and g.program_id = p.id and g.published_at is not null
           join lateral (
               select enabled, percent_ppm from sub_affiliate_configs s
               where s.organization_id = $1 and s.program_id = p.id and s.effective_at <= $2
               order by s.effective_at desc limit 1) c on c.enabled and c.percent_ppm > 0
           where p.organization_id = $1 and p.archived_at is null order by p.name, p.id limit 100"#,
        tx.organization().uuid(),
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let percent_ppm = u32::try_from(row.percent_ppm).map_err(|_| corrupt_column("percent_ppm"))?;
            Ok(Offer { program: row.name, handle: row.handle, percent_ppm })
        })
        .collect()
}
