//! SQL of what a person has in the brands that the transaction is bound to.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::TenantsTx;

/// A membership of the person in one brand.
#[derive(Debug, Clone)]
pub(super) struct Membership {
    pub(super) organization: OrganizationId,
    pub(super) affiliate: AffiliateId,
    pub(super) brand: String,
    pub(super) since: Timestamp,
}

/// The approved affiliates with that address, by the brand's name.
pub(super) async fn memberships(tx: &mut TenantsTx, email: &str, limit: i64) -> Result<Vec<Membership>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        "select a.organization_id, a.id, a.created_at, o.name
         from affiliates a join organizations o using (organization_id)
         join tenants t on t.id = a.organization_id and t.closed_at is null
         where a.organization_id = any ($3) and a.email = $1 and a.status = 'Approved'
         order by lower(o.name), a.organization_id limit $2",
        email,
        limit,
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Membership {
            organization: row.organization_id,
            affiliate: AffiliateId::new(row.id),
            brand: row.name,
            since: row.created_at,
        })
        .collect())
}

/// What one membership earned in one currency, in minor units.
#[derive(Debug, Clone)]
pub(super) struct Balance {
    pub(super) currency: String,
    pub(super) pending: i64,
    pub(super) payable: i64,
    pub(super) paid: i64,
}

/// The balances of these affiliates, by currency.
pub(super) async fn balances(
    tx: &mut TenantsTx,
    of: &[Membership],
) -> Result<HashMap<(OrganizationId, AffiliateId), Vec<Balance>>, sqlx::Error> {
    let organizations: Vec<uuid::Uuid> = of.iter().map(|one| one.organization.uuid()).collect();
    let affiliates: Vec<uuid::Uuid> = of.iter().map(|one| one.affiliate.uuid()).collect();
    let rows = sqlx::query!(
        r#"select a.organization_id, a.affiliate_id as "affiliate!", a.currency,
                  coalesce(sum(balance) filter (where kind = 'affiliate_pending'), 0)::bigint as "pending!",
                  coalesce(sum(balance) filter (where kind = 'affiliate_approved'), 0)::bigint as "payable!",
                  coalesce(sum(balance) filter (where kind = 'affiliate_paid'), 0)::bigint as "paid!"
           from accounts a
           join unnest($1::uuid[], $2::uuid[]) as m (organization, affiliate)
             on a.organization_id = m.organization and a.affiliate_id = m.affiliate
           group by 1, 2, 3 order by 3"#,
        &organizations,
        &affiliates,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<(OrganizationId, AffiliateId), Vec<Balance>> = HashMap::new();
    for row in rows {
        let balance = Balance { currency: row.currency, pending: row.pending, payable: row.payable, paid: row.paid };
        found
            .entry((OrganizationId::new(row.organization_id), AffiliateId::new(row.affiliate)))
            .or_default()
            .push(balance);
    }
    Ok(found)
}
