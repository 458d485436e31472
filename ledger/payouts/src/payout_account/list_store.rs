//! SQL of the list of affiliates and their payout methods.

use shared::id::AffiliateId;

use kit::db::TenantTx;

/// One entry of the list.
#[derive(Debug)]
pub struct Listed {
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    /// The status of a Stripe account, as in [`super::store::Row::status`].
    pub account: Option<String>,
    pub country: Option<String>,
    pub method: Option<String>,
    pub hint: Option<String>,
    pub hold: Option<String>,
    pub invited_at: Option<shared::timestamp::Timestamp>,
    /// The sums payable now, by currency, in minor units.
    pub sums: Vec<(String, i64)>,
}

/// The list's filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    All,
    Ready,
    /// Something is payable, or they began the set-up, and they can't be paid.
    Waiting,
    OnHold,
}

impl Which {
    pub const ALL: [Self; 4] = [Self::Waiting, Self::Ready, Self::OnHold, Self::All];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::OnHold => "hold",
        }
    }

    pub const fn words(self) -> &'static str {
        match self {
            Self::All => "All",
            Self::Ready => "Ready",
            Self::Waiting => "Not ready",
            Self::OnHold => "Payouts on hold",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

/// Approved affiliates, oldest first, after `after`. (`offset 0` makes Postgres read them in order, and no more than
/// requested.)
pub async fn list(
    tx: &mut TenantTx,
    which: Which,
    after: Option<AffiliateId>,
    limit: i64,
) -> Result<Vec<Listed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.name, a.email, p.status as "account?", p.country as "country?", m.rail as "method?",
                  m.hint as "hint?", h.reason as "hold?", i.invited_at as "invited_at?",
                  s.currencies as "currencies?", s.sums as "sums?"
           from (select id, organization_id, name, email from affiliates
                 where organization_id = $1 and status = 'Approved' and erased_at is null and ($2::uuid is null or id > $2)
                 order by id offset 0) a
           left join lateral (
               select status, country from payout_accounts p
               where p.organization_id = $1 and p.affiliate_id = a.id
               order by status = 'Closed', id desc limit 1) p on true
           left join payout_methods m on m.organization_id = $1 and m.affiliate_id = a.id
           left join payout_holds h on h.organization_id = $1 and h.affiliate_id = a.id
           left join payout_invitations i on i.organization_id = $1 and i.affiliate_id = a.id
           left join lateral (
               select array_agg(b.currency order by b.currency) as currencies, array_agg(b.balance order by b.currency) as sums
               from accounts b
               where b.organization_id = $1 and b.kind = 'affiliate_approved' and b.affiliate_id = a.id
                 and b.balance <> 0) s on true
           where case $3::text
                 when 'ready' then h.reason is null and (m.rail is not null or p.status = 'Ready')
                 when 'waiting' then h.reason is null and m.rail is null and p.status is distinct from 'Ready'
                                     and (p.status is not null or s.currencies is not null)
                 when 'hold' then h.reason is not null
                 else true end
           order by a.id limit $4"#,
        tx.organization().uuid(),
        after.map(AffiliateId::uuid),
        which.as_str(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let listed = rows.into_iter().map(|row| Listed {
        affiliate: AffiliateId::new(row.id),
        name: row.name,
        email: row.email,
        account: row.account,
        country: row.country,
        method: row.method,
        hint: row.hint,
        hold: row.hold,
        invited_at: row.invited_at,
        sums: row.currencies.unwrap_or_default().into_iter().zip(row.sums.unwrap_or_default()).collect(),
    });
    Ok(listed.collect())
}
