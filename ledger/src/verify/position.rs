//! Compares what the book contains for a commission, account by account, with what it should contain according to the
//! commission.

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use shared::{
    id::{AffiliateId, CommissionId},
    money::Currency,
};
use uuid::Uuid;

use kit::db::{TenantTx, corrupt_column};
use rules::{book::entry::AccountKind, commission::Commission};

/// An account without its tenant.
type Account = (AccountKind, Option<AffiliateId>, Currency);

/// The balance of each account; accounts with zero are omitted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Position(BTreeMap<Account, i64>);

impl Position {
    /// The expected balances: the amount on the brand's expense account, the outstanding part on the account for its
    /// status, what payouts reserved or paid on their own accounts.
    pub(super) fn of(commission: &Commission) -> Self {
        let (affiliate, currency) = (Some(commission.affiliate_id), commission.earned.currency);
        let place =
            if commission.is_payable() { AccountKind::AffiliateApproved } else { AccountKind::AffiliatePending };
        let mut position = Self::default();
        position.add((AccountKind::CommissionExpense, None, currency), -commission.amount);
        position.add((place, affiliate, currency), commission.outstanding());
        position.add((AccountKind::AffiliateReserved, affiliate, currency), commission.reserved);
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

/// Every account of a tenant: few compared with the transfers that use them.
#[derive(Debug)]
pub(super) struct Accounts(HashMap<Uuid, Account>);

impl Accounts {
    pub(super) async fn load(tx: &mut TenantTx) -> Result<Self, sqlx::Error> {
        let rows = sqlx::query!(
            r#"select id, kind as "kind: AccountKind", affiliate_id, currency from accounts where organization_id = $1"#,
            tx.organization().uuid(),
        )
        .fetch_all(tx.conn())
        .await?;
        let accounts = rows.into_iter().map(|row| {
            let currency = row.currency.parse().map_err(|_| corrupt_column("accounts.currency"))?;
            Ok((row.id, (row.kind, row.affiliate_id.map(AffiliateId::new), currency)))
        });
        Ok(Self(accounts.collect::<Result<_, sqlx::Error>>()?))
    }

    /// What is booked for these commissions, and in how many transfers.
    pub(super) async fn booked(
        &self,
        tx: &mut TenantTx,
        commissions: &[CommissionId],
    ) -> Result<(HashMap<CommissionId, Position>, u64), sqlx::Error> {
        // With `offset 0`, Postgres looks up each key by an index. It compares an array with every row of the organization,
        // value by value, if it doesn't know how many rows there are.
        let rows = sqlx::query!(
            r#"select t.commission_id as "commission_id!", t.debit_account_id as "debit_account_id!",
                      t.credit_account_id as "credit_account_id!", t.amount as "amount!"
               from unnest($2::uuid[]) k (id)
               cross join lateral (select m.commission_id, m.debit_account_id, m.credit_account_id, m.amount from transfers m
                                   where m.organization_id = $1 and m.commission_id = k.id offset 0) t"#,
            tx.organization().uuid(),
            &commissions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        )
        .fetch_all(tx.conn())
        .await?;
        let count = rows.len() as u64;
        let mut booked: HashMap<CommissionId, Position> = HashMap::with_capacity(commissions.len());
        for row in rows {
            let position = booked.entry(CommissionId::new(row.commission_id)).or_default();
            for (account, amount) in [(row.debit_account_id, -row.amount), (row.credit_account_id, row.amount)] {
                let account = self.0.get(&account).ok_or_else(|| corrupt_column("transfers"))?;
                position.add(*account, amount);
            }
        }
        Ok((booked, count))
    }
}

#[cfg(test)]
mod payouts;

#[cfg(test)]
mod tests {
    //! The book's entries add up to what the commission says, whatever changes led there.

    use proptest::prelude::*;
    use shared::{
        id::{ConversionId, OrganizationId, ProgramId},
        money::Money,
        timestamp::Timestamp,
    };

    use super::*;
    use rules::{
        book::entry::{Cause, corrections},
        commission::{CommissionStatus, EarnedBy},
    };

    fn commission(amount: i64, (paid, reserved): (i64, i64), status: CommissionStatus, currency: &str) -> Commission {
        Commission {
            id: CommissionId::from_bytes([1; 16]),
            earned_by: EarnedBy::Conversion(ConversionId::from_bytes([2; 16])),
            affiliate_id: AffiliateId::from_bytes([3; 16]),
            program_id: ProgramId::from_bytes([4; 16]),
            plan_version_id: None,
            component: 0,
            component_id: None,
            amount,
            earned: Money::new(amount, currency.parse().unwrap()),
            paid,
            reserved,
            status,
            held: None,
            hold_until: Timestamp::EPOCH,
            approved_at: None,
            reason: String::new(),
        }
    }

    fn any_commission() -> impl Strategy<Value = Commission> {
        use CommissionStatus::{Approved, Denied, Paid, Pending, Refunded};
        let status = prop_oneof![Just(Pending), Just(Approved), Just(Paid), Just(Refunded), Just(Denied)];
        let taken = (prop_oneof![Just(0), 1i64..1_000], prop_oneof![3 => Just(0), 1 => -1_000i64..1_000]);
        (-1_000i64..1_000, taken, status, prop_oneof![9 => Just("USD"), 1 => Just("EUR")]).prop_map(
            |(amount, taken, status, currency)| match status {
                Refunded | Denied => commission(0, taken, status, currency),
                _ => commission(amount, taken, status, currency),
            },
        )
    }

    /// An amount that payouts took keeps its currency.
    fn may_follow(before: &Commission, after: &Commission) -> bool {
        before.earned.currency == after.earned.currency || !(before.is_in_payouts() || after.is_in_payouts())
    }

    proptest! {
        #[test]
        fn entries_lead_to_what_the_commission_says(ways in prop::collection::vec((any_commission(), any::<bool>()), 1..8)) {
            let (mut holds, mut before) = (Position::default(), None::<Commission>);
            for (now, undone) in ways {
                let first = commission(0, (0, 0), CommissionStatus::Pending, "USD");
                if !may_follow(before.as_ref().unwrap_or(&first), &now) || (before.is_none() && now.is_in_payouts()) {
                    continue;
                }
                let cause = Cause { undone, ..Cause::default() };
                for entry in corrections(OrganizationId::from_bytes([9; 16]), before.as_ref(), &now, cause) {
                    prop_assert!(entry.amount > 0 && entry.debit != entry.credit);
                    for (key, amount) in [(entry.debit, -entry.amount), (entry.credit, entry.amount)] {
                        holds.add((key.kind, key.affiliate_id, key.currency), amount);
                    }
                }
                prop_assert_eq!(&holds, &Position::of(&now), "{:?} then {:?}", before, now);
                before = Some(now);
            }
        }
    }

    #[test]
    fn in_words() {
        let position = Position::of(&commission(1_000, (300, 100), CommissionStatus::Approved, "USD"));
        let whose = AffiliateId::from_bytes([3; 16]);
        let message = format!(
            "commission_expense USD -1000, affiliate_approved USD 600 ({whose}), affiliate_reserved USD 100 ({whose}), \
             affiliate_paid USD 300 ({whose})"
        );
        assert_eq!(position.to_string(), message);
        assert_eq!(Position::default().to_string(), "nothing");
    }
}
