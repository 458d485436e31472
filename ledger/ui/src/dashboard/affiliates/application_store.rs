//! SQL of the applications that wait for a decision.

use shared::id::AffiliateId;

use kit::db::TenantTx;

/// Maximum affiliates whose addresses are compared with an applicant's.
const OTHERS_MAX: i64 = 500;

/// An affiliate with a similar address.
#[derive(Debug)]
pub struct Other {
    pub id: AffiliateId,
    pub name: String,
    pub email: String,
    pub status: String,
}

/// The applicants, the newest first. `search` is a part of a name, email or link name, in lower case;
/// `confirmed` tells whether they confirmed their address.
pub async fn waiting(
    tx: &mut TenantTx,
    search: Option<&str>,
    confirmed: Option<bool>,
    limit: i64,
) -> Result<Vec<AffiliateId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from affiliates
         where organization_id = $1 and status = 'Pending'
           and ($2::text is null or strpos(lower(name), $2) > 0 or strpos(email, $2) > 0 or strpos(slug_key, $2) > 0)
           and ($4::boolean is null or $4 = (proved_at is not null))
         order by coalesce(joined_at, created_at) desc, id desc limit $3",
        tx.organization().uuid(),
        search,
        limit,
        confirmed,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(AffiliateId::new).collect())
}

pub async fn is_waiting(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from affiliates
                          where organization_id = $1 and id = $2 and status = 'Pending') as "exists!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Other affiliates whose addresses contain this name, without regard to dots and dashes.
pub async fn with_name(tx: &mut TenantTx, affiliate: AffiliateId, name: &str) -> Result<Vec<Other>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, email, status from affiliates
         where organization_id = $1 and id <> $2 and erased_at is null and strpos(translate(email, '.-_', ''), $3) > 0
         order by id desc limit $4",
        tx.organization().uuid(),
        affiliate.uuid(),
        name,
        OTHERS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let other = rows.into_iter().map(|row| Other {
        id: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        status: row.status,
    });
    Ok(other.collect())
}
