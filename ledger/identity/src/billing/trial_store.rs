//! SQL of trials without a card: an organization is in one without a subscription.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::db::TenantsTx;

/// The notice of a trial without a card that goes on while plans are billed. It's no email.
pub(super) const OWN_TRIAL_SEEN: &str = "cardless_trial_seen";

/// Returns the organizations of the transaction's tenants whose trial is over.
pub(super) async fn expired_trials(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query_scalar!(
        "select o.organization_id from organizations o
         where o.organization_id = any ($1) and o.subscription_status = 'Trialing' and o.mode = 'live'
           and o.trial_ends_at <= $2
           and not exists (select from billing_accounts b
                           where b.organization_id = o.organization_id
                             and b.status in ('trialing', 'active', 'past_due'))",
        &tenants,
        now,
    )
    .fetch_all(tx.conn())
    .await
    .map(|ids| ids.into_iter().map(OrganizationId::new).collect())
}

/// Returns the organizations of the transaction's tenants that are in a trial without a subscription, with its end, if
/// they have no such notice yet. The trial ends after one time, and no later than another. For an email, an owner has
/// confirmed their address.
pub(super) async fn trials_without_notice(
    tx: &mut TenantsTx,
    (notice, is_email): (&str, bool),
    (after, until): (Timestamp, Option<Timestamp>),
) -> Result<Vec<(OrganizationId, Timestamp)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        "select o.organization_id, o.trial_ends_at from organizations o
         where o.organization_id = any ($1) and o.subscription_status = 'Trialing' and o.mode = 'live'
           and o.trial_ends_at > $2 and ($3::timestamptz is null or o.trial_ends_at <= $3)
           and not exists (select from billing_notices n where n.organization_id = o.organization_id and n.notice = $4)
           and not exists (select from billing_accounts b
                           where b.organization_id = o.organization_id
                             and b.status in ('trialing', 'active', 'past_due'))
           and (not $5 or exists (
                       select from memberships m join users u on u.id = m.user_id
                       where m.organization_id = o.organization_id and m.role = 'owner'
                         and u.email_verified_at is not null))",
        &tenants,
        after,
        until,
        notice,
        is_email,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization_id), row.trial_ends_at)).collect())
}
