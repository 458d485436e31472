//! What the book holds for a commission, account by account, against what the commission says it should hold.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use shared::{
    id::{AffiliateId, CommissionId, OrganizationId},
    money::Currency,
};
use uuid::Uuid;

use crate::{
    book::entry::AccountKind,
    commission::Commission,
    db::{TenantTx, odd},
};

/// An account without its tenant.
type Account = (AccountKind, Option<AffiliateId>, Currency);

/// What lies on each account; those with nothing are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position(BTreeMap<Account, i64>);

impl Position {
    /// Worth on the brand's expense; what is outstanding where it belongs; what was paid on its own account.
    pub(super) fn of(commission: &Commission) -> Self {
        let (affiliate, currency) = (Some(commission.affiliate_id), commission.earned.currency);
        let place =
            if commission.is_payable() { AccountKind::AffiliateApproved } else { AccountKind::AffiliatePending };
        let mut position = Self::default();
        position.add((AccountKind::CommissionExpense, None, currency), -commission.amount);
        position.add((place, affiliate, currency), commission.outstanding());
        position.add((AccountKind::AffiliatePaid, affiliate, currency), commission.paid);
        position
    }

    fn add(&mut self, account: Account, amount: i64) {
        let sum = self.0.get(&account).copied().unwrap_or(0).saturating_add(amount);
        if sum == 0 {
            self.0.remove(&account);
        } else {
            self.0.insert(account, sum);
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing");
        }
        for (place, ((kind, affiliate, currency), amount)) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} {currency} {amount}", kind.as_str())?;
            if let Some(affiliate) = affiliate {
                write!(f, " ({affiliate})")?;
            }
        }
        Ok(())
    }
}

/// Every account of a tenant: few beside the transfers that name them.
#[derive(Debug)]
pub(super) struct Accounts(HashMap<Uuid, Account>);

impl Accounts {
    pub(super) async fn load(tx: &mut TenantTx, organization: OrganizationId) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!(
            "select id, kind, affiliate_id, currency from accounts where organization_id = $1",
            organization.uuid(),
        )
        .fetch_all(tx.conn())
        .await?;
        let accounts = rows.into_iter().map(|row| {
            let kind = AccountKind::parse(&row.kind).ok_or_else(|| odd("accounts.kind"))?;
            let currency = row.currency.parse().map_err(|_| odd("accounts.currency"))?;
            Ok((row.id, (kind, row.affiliate_id.map(AffiliateId::new), currency)))
        });
        Ok(Self(accounts.collect::<Result<_, sqlx::Error>>()?))
    }

    /// What is booked for these commissions, and by how many transfers.
    pub(super) async fn booked(
        &self,
        tx: &mut TenantTx,
        organization: OrganizationId,
        commissions: &[CommissionId],
    ) -> Result<(HashMap<CommissionId, Position>, u64), sqlx::Error> {
        let rows = sqlx::query!(
            "select commission_id, debit_account_id, credit_account_id, amount from transfers
             where organization_id = $1 and commission_id = any ($2)",
            organization.uuid(),
            &commissions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        )
        .fetch_all(tx.conn())
        .await?;
        let count = rows.len() as u64;
        let mut booked: HashMap<CommissionId, Position> = HashMap::with_capacity(commissions.len());
        for row in rows {
            let position = booked.entry(CommissionId::new(row.commission_id)).or_default();
            for (account, amount) in [(row.debit_account_id, -row.amount), (row.credit_account_id, row.amount)] {
                let account = self.0.get(&account).ok_or_else(|| odd("transfers"))?;
                position.add(*account, amount);
            }
        }
        Ok((booked, count))
    }
}
