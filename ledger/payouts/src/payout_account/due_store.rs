//! SQL of the job's work: accounts that are due for a check, and Stripe's notifications about accounts.

use shared::{
    id::{AffiliateId, OrganizationId, PayoutAccountId, PayoutConnectionId},
    timestamp::Timestamp,
};

use kit::db::{TenantTx, TenantsTx, claim::Claim};

/// Takes accounts that are due. Each is due again at `again`, whatever the result of the check.
pub async fn accounts(
    tx: &mut TenantsTx,
    (now, again): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(OrganizationId, PayoutAccountId)>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    let organizations = tx.tenant_ids();
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select a.organization_id from payout_accounts a
             join payout_connections c on c.organization_id = a.organization_id and c.id = a.connection_id
                  and c.status = 'active'
             where a.organization_id = any ($4) and a.organization_id <> all ($2) and a.next_check_at <= $1
             order by a.next_check_at limit $3",
            now,
            claim.visited(),
            room,
            &organizations,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let ids = sqlx::query_scalar!(
                "with d as materialized (
                       select a.id from payout_accounts a
                       join payout_connections c on c.organization_id = $1 and c.id = a.connection_id and c.status = 'active'
                       where a.organization_id = $1 and a.next_check_at <= $2
                       order by a.next_check_at limit $4 for update of a skip locked)
                 update payout_accounts p set next_check_at = $3
                 from d
                 where p.organization_id = $1 and p.id = d.id
                 returning p.id",
                organization.uuid(),
                now,
                again,
                count,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(ids.len());
            taken.extend(ids.into_iter().map(|id| (organization, PayoutAccountId::new(id))));
        }
    }
    Ok(taken)
}

/// Makes an account due for a check, because a transfer to it was refused.
pub async fn look_again(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    stripe_account: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_accounts set next_check_at = $4
         where organization_id = $1 and connection_id = $2 and stripe_account = $3 and status <> 'Closed'",
        tx.organization().uuid(),
        connection.uuid(),
        stripe_account,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A notification that an account changed.
#[derive(Debug, Clone)]
pub struct Due {
    pub organization: OrganizationId,
    pub connection: PayoutConnectionId,
    pub event: String,
    /// `acct_…`.
    pub account: Option<String>,
    pub tries: i32,
}

/// Takes due notifications about accounts; each is due again at `again`.
pub async fn notifications(
    tx: &mut TenantsTx,
    (now, again): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(limit), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select h.organization_id from stripe_notifications h
             join payout_connections c on c.organization_id = h.organization_id and c.id = h.connection_id
                  and c.status = 'active'
             where h.organization_id <> all ($2) and h.next_at <= $1
               and (h.kind like 'account.%' or h.kind like 'capability.%')
             order by h.next_at limit $3",
            now,
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let rows = sqlx::query!(
                "with d as materialized (
                       select h.connection_id, h.event from stripe_notifications h
                       join payout_connections c on c.organization_id = $1 and c.id = h.connection_id and c.status = 'active'
                       where h.organization_id = $1 and h.next_at <= $2
                         and (h.kind like 'account.%' or h.kind like 'capability.%')
                       order by h.next_at limit $4 for update of h skip locked)
                 update stripe_notifications p set next_at = $3, tries = p.tries + 1
                 from d
                 where p.organization_id = $1 and p.connection_id = d.connection_id and p.event = d.event
                 returning p.connection_id, p.event, p.account, p.tries",
                organization.uuid(),
                now,
                again,
                count,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(rows.len());
            taken.extend(rows.into_iter().map(|row| Due {
                organization,
                connection: PayoutConnectionId::new(row.connection_id),
                event: row.event,
                account: row.account,
                tries: row.tries,
            }));
        }
    }
    Ok(taken)
}

/// Marks the notification as processed. The row stays for a while, so that a repeated event is recognized.
pub async fn done(tx: &mut TenantTx, due: &Due) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update stripe_notifications set next_at = null where organization_id = $1 and connection_id = $2 and event = $3",
        due.organization.uuid(),
        due.connection.uuid(),
        due.event,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes old notifications, including those of connections that never got a new key: Stripe repeats an event for
/// three days (<https://docs.stripe.com/webhooks#retries>), and a brand that reconnects later is reconciled with Stripe
/// anyway.
pub async fn forget_notifications(tx: &mut TenantsTx, before: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from stripe_notifications where received_at < $1", before).execute(tx.conn()).await.map(drop)
}

/// The organizations that pay through Rekomi: Stripe is connected, or a schedule is set.
pub async fn paying(tx: &mut TenantsTx) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let ids = sqlx::query_scalar!(
        r#"select organization_id as "organization_id!" from payout_connections
           where organization_id = any ($1) and status <> 'disconnected'
           union
           select organization_id from payout_settings where organization_id = any ($1) and schedule <> 'Manual'
           order by 1"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// An affiliate who has a payable balance and can't be paid.
#[derive(Debug, Clone)]
pub struct Unpaid {
    pub affiliate: AffiliateId,
    /// Payable sums by currency, in minor units.
    pub sums: Vec<(String, i64)>,
}

/// The affiliates to ask how they want to be paid: something is payable, they have no payout method, and they weren't
/// asked since `before` or already `most` times.
/// (`offset 0` keeps each look-up a single index look-up: as joins, outdated table statistics led to full comparisons. In a
/// transaction of many organizations, each look-up would take many times longer, as it prepares their ids anew.)
pub async fn unpaid(tx: &mut TenantTx, before: Timestamp, most: i32, limit: i64) -> Result<Vec<Unpaid>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select s.affiliate_id as "id!", s.currencies as "currencies!", s.sums as "sums!"
           from (select affiliate_id, array_agg(currency order by currency) as currencies,
                        array_agg(balance order by currency) as sums
                 from accounts where organization_id = $1 and kind = 'affiliate_approved' and balance > 0 group by 1) s
           where 'Approved' = (select a.status from affiliates a
                               where a.organization_id = $1 and a.id = s.affiliate_id and a.erased_at is null)
             and not exists (select 1 from payout_methods m where m.organization_id = $1 and m.affiliate_id = s.affiliate_id offset 0)
             and not exists (select 1 from payout_accounts p where p.organization_id = $1 and p.affiliate_id = s.affiliate_id
                             and p.status in ('Ready', 'Checking', 'Restricted') offset 0)
             and not exists (select 1 from payout_holds h where h.organization_id = $1 and h.affiliate_id = s.affiliate_id offset 0)
             and not exists (select 1 from payout_invitations i where i.organization_id = $1 and i.affiliate_id = s.affiliate_id
                             and (i.invited_at > $2 or i.times >= $3) offset 0)
           order by s.affiliate_id limit $4"#,
        tx.organization().uuid(),
        before,
        most,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let unpaid = rows.into_iter().map(|row| Unpaid {
        affiliate: AffiliateId::new(row.id),
        sums: row.currencies.into_iter().zip(row.sums).collect(),
    });
    Ok(unpaid.collect())
}

/// Records that they are asked now.
pub async fn invited(tx: &mut TenantTx, affiliate: AffiliateId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_invitations (organization_id, affiliate_id, invited_at) values ($1, $2, $3)
         on conflict (organization_id, affiliate_id) do update
         set invited_at = excluded.invited_at, times = payout_invitations.times + 1",
        tx.organization().uuid(),
        affiliate.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// When they were last asked.
pub async fn last_invited(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select invited_at from payout_invitations where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}
