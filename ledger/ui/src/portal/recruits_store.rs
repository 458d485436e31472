//! SQL of an affiliate's links to recruit others, and of what their overrides are shares of.

use shared::{
    id::{AffiliateId, CommissionId},
    timestamp::Timestamp,
};

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

/// The commission that an override is a share of.
#[derive(Debug)]
pub struct SharedOf {
    pub amount: i64,
    pub currency: String,
    pub percent_ppm: u32,
}

/// What a commission is worth now, and which share of it its sale's time gives the recruiter.
pub async fn shared_of(tx: &mut TenantTx, commission: CommissionId) -> Result<Option<SharedOf>, sqlx::Error> {
    let row = sqlx::query!(
        "select c.amount, c.currency, s.percent_ppm
         from commissions c
         join sub_affiliate_configs s on s.organization_id = $1 and s.program_id = c.program_id
              and s.effective_at <= c.happened_at
         where c.organization_id = $1 and c.id = $2 order by s.effective_at desc limit 1",
        tx.organization().uuid(),
        commission.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(|row| {
        let percent_ppm = u32::try_from(row.percent_ppm).map_err(|_| corrupt_column("percent_ppm"))?;
        Ok(SharedOf { amount: row.amount, currency: row.currency, percent_ppm })
    })
    .transpose()
}
