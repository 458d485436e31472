//! Book entries: one debit account, one credit account, one positive amount. Pure.

use shared::{
    id::{AffiliateId, CommissionId, EventId, OrganizationId},
    money::Currency,
};
use uuid::Uuid;

use crate::{commission::Commission, spelled::spelled};

/// Names an account; it is opened when first used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    pub organization_id: OrganizationId,
    pub kind: AccountKind,
    /// None for the brand's own accounts.
    pub affiliate_id: Option<AffiliateId>,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// What commissions cost the brand.
    CommissionExpense,
    /// Owed to the affiliate, still on hold.
    AffiliatePending,
    /// Owed to the affiliate and payable; negative where more was paid than is owed by now.
    AffiliateApproved,
    /// Paid out to the affiliate.
    AffiliatePaid,
}

impl AccountKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommissionExpense => "commission_expense",
            Self::AffiliatePending => "affiliate_pending",
            Self::AffiliateApproved => "affiliate_approved",
            Self::AffiliatePaid => "affiliate_paid",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::CommissionExpense, Self::AffiliatePending, Self::AffiliateApproved, Self::AffiliatePaid]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub debit: AccountKey,
    pub credit: AccountKey,
    /// Positive minor units of both accounts' currency.
    pub amount: i64,
    pub kind: EntryKind,
    pub commission_id: CommissionId,
    pub cause: Cause,
}

/// What made us book something; nothing for scheduled work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cause {
    pub event_id: Option<EventId>,
    pub decision_id: Option<Uuid>,
    pub payout_id: Option<Uuid>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Earned,
    Reversed,
    Approved,
    /// Payable no more: a dispute or review holds it.
    Unapproved,
    Paid,
}

impl EntryKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Earned => "commission_earned",
            Self::Reversed => "commission_reversed",
            Self::Approved => "commission_approved",
            Self::Unapproved => "commission_unapproved",
            Self::Paid => "commission_paid",
        }
    }
}

spelled! {
    /// Where a commission's outstanding amount lies.
    Place { Pending, Approved }
}

impl Place {
    fn of(commission: &Commission) -> Self {
        if commission.is_payable() { Self::Approved } else { Self::Pending }
    }

    const fn account(self) -> AccountKind {
        match self {
            Self::Pending => AccountKind::AffiliatePending,
            Self::Approved => AccountKind::AffiliateApproved,
        }
    }
}

/// The entries that take a commission from what was booked to what it is now. What was paid between the two went from
/// payable to paid.
pub fn corrections(
    organization_id: OrganizationId,
    before: Option<&Commission>,
    now: &Commission,
    cause: Cause,
) -> Vec<Entry> {
    let mut entries = Entries { organization_id, cause, list: Vec::new() };
    match before {
        None => entries.worth(now, Place::of(now), now.amount),
        Some(before) if before.earned.currency != now.earned.currency => {
            entries.worth(before, Place::of(before), -before.amount);
            entries.worth(now, Place::of(now), now.amount);
        }
        Some(before) => {
            let (from, to) = (Place::of(before), Place::of(now));
            entries.worth(now, from, now.amount - before.amount);
            // Payments are made from what is payable: after a move to there, before a move away.
            if (from, to) == (Place::Pending, Place::Approved) {
                entries.shift(now, from, to, now.amount - before.paid);
            }
            entries.payment(now, now.paid - before.paid);
            if (from, to) == (Place::Approved, Place::Pending) {
                entries.shift(now, from, to, now.amount - now.paid);
            }
        }
    }
    entries.list
}

struct Entries {
    organization_id: OrganizationId,
    cause: Cause,
    list: Vec<Entry>,
}

impl Entries {
    /// A change of worth: the brand's expense, on the affiliate's account of that place.
    fn worth(&mut self, commission: &Commission, place: Place, amount: i64) {
        let owed = (place.account(), Some(commission.affiliate_id));
        let kind = if amount > 0 { EntryKind::Earned } else { EntryKind::Reversed };
        self.post(commission, (AccountKind::CommissionExpense, None), owed, amount, kind);
    }

    /// Between pending and payable.
    fn shift(&mut self, commission: &Commission, from: Place, to: Place, amount: i64) {
        let affiliate = Some(commission.affiliate_id);
        let kind = if to == Place::Approved { EntryKind::Approved } else { EntryKind::Unapproved };
        self.post(commission, (from.account(), affiliate), (to.account(), affiliate), amount, kind);
    }

    fn payment(&mut self, commission: &Commission, amount: i64) {
        let affiliate = Some(commission.affiliate_id);
        let (from, to) = (AccountKind::AffiliateApproved, AccountKind::AffiliatePaid);
        self.post(commission, (from, affiliate), (to, affiliate), amount, EntryKind::Paid);
    }

    /// A negative amount goes the other way.
    fn post(
        &mut self,
        commission: &Commission,
        from: (AccountKind, Option<AffiliateId>),
        to: (AccountKind, Option<AffiliateId>),
        amount: i64,
        kind: EntryKind,
    ) {
        if amount == 0 {
            return;
        }
        let currency = commission.earned.currency;
        let account =
            |(kind, affiliate_id)| AccountKey { organization_id: self.organization_id, kind, affiliate_id, currency };
        let (debit, credit) = if amount > 0 { (from, to) } else { (to, from) };
        self.list.push(Entry {
            debit: account(debit),
            credit: account(credit),
            amount: amount.saturating_abs(),
            kind,
            commission_id: commission.id,
            cause: self.cause,
        });
    }
}

#[cfg(test)]
mod tests;
