//! SQL of what an affiliate shares: links with their figures.

use shared::{
    id::{AffiliateId, LinkId, ProgramId},
    timestamp::Timestamp,
};

use engine::intake::days_store::{self, By};
use kit::{db::TenantTx, page::span::Span};

/// Maximum links on the page; the brand's API lists all.
pub const LINKS_MAX: i64 = 100;

/// An active link, and its figures in a period.
#[derive(Debug)]
pub struct Own {
    pub id: LinkId,
    pub program: ProgramId,
    pub program_name: String,
    pub host: String,
    pub slug: String,
    pub destination: String,
    /// Origins that the program allows, in addition to the destination.
    pub origins: Vec<String>,
    pub clicks: i64,
    /// Sales, renewals and leads.
    pub sales: i64,
    /// Sales alone, of which the conversion rate is made.
    pub first_sales: i64,
}

impl Own {
    /// Host and slug, without the scheme.
    pub fn place(&self) -> String {
        format!("{}/{}", self.host, self.slug)
    }
}

/// With their figures in a period, if one is given. Oldest first, so that the affiliate's main link is at the top.
pub async fn links(tx: &mut TenantTx, affiliate: AffiliateId, span: Option<&Span>) -> Result<Vec<Own>, sqlx::Error> {
    let clicks = match span {
        Some(span) => days_store::within(tx, By::Link, Some(&[affiliate.uuid()]), None, span).await?,
        None => Vec::new(),
    };
    let (from, to) = span.map_or((Timestamp::EPOCH, Timestamp::EPOCH), |span| (span.from(), span.to()));
    let rows = sqlx::query!(
        r#"with sold as (
               select link_id, count(*) as sales, count(*) filter (where kind = 'Sale') as first_sales from conversions
               where organization_id = $1 and affiliate_id = $2 and occurred_at >= $3 and occurred_at < $4
                 and review is distinct from 'Denied' group by 1)
           select l.id, l.program_id, p.name as program_name, l.host, l.slug, l.destination, p.allowed_origins,
                  coalesce(s.sales, 0) as "sales!", coalesce(s.first_sales, 0) as "first_sales!"
           from links l
           join programs p on p.organization_id = l.organization_id and p.id = l.program_id and p.archived_at is null
           left join sold s on s.link_id = l.id
           where l.organization_id = $1 and l.affiliate_id = $2 and l.disabled_at is null
           order by l.id limit $5"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
        LINKS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let own = rows.into_iter().map(|row| Own {
        id: row.id,
        program: ProgramId::new(row.program_id),
        program_name: row.program_name,
        host: row.host,
        slug: row.slug,
        destination: row.destination,
        origins: row.allowed_origins,
        clicks: clicks.iter().find(|(link, _)| *link == row.id.uuid()).map_or(0, |(_, clicks)| *clicks),
        sales: row.sales,
        first_sales: row.first_sales,
    });
    Ok(own.collect())
}

/// Counts the affiliate's links, including disabled ones.
pub async fn count(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from links where organization_id = $1 and affiliate_id = $2"#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
