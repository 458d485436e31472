//! Book entries: one debit account, one credit account, one positive amount. Pure.

use shared::{
    id::{AffiliateId, CommissionId, EventId, OrganizationId},
    money::{Currency, Money},
};

use crate::commission::settle::{Commission, CommissionStatus};

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
    /// Owed to the affiliate and payable.
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
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub debit: AccountKey,
    pub credit: AccountKey,
    /// Positive minor units of both accounts' currency.
    pub amount: i64,
    pub kind: EntryKind,
    pub commission_id: CommissionId,
    /// The event that caused it.
    pub event_id: Option<EventId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Earned,
    Reversed,
}

impl EntryKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Earned => "commission_earned",
            Self::Reversed => "commission_reversed",
        }
    }
}

/// The entries that take a commission from what was booked to what it is worth now.
pub fn corrections(
    organization_id: OrganizationId,
    before: Option<&Commission>,
    now: &Commission,
    event_id: Option<EventId>,
) -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut post = |worth: Money, kind: EntryKind, status: CommissionStatus| {
        if worth.minor <= 0 {
            return;
        }
        let account = |kind, affiliate_id| AccountKey { organization_id, kind, affiliate_id, currency: worth.currency };
        let expense = account(AccountKind::CommissionExpense, None);
        let owed = account(owed_on(status), Some(now.affiliate_id));
        let (debit, credit) = match kind {
            EntryKind::Earned => (expense, owed),
            EntryKind::Reversed => (owed, expense),
        };
        entries.push(Entry { debit, credit, amount: worth.minor, kind, commission_id: now.id, event_id });
    };
    let worth = |commission: &Commission, amount| Money::new(amount, commission.earned.currency);
    match before {
        None => post(worth(now, now.amount), EntryKind::Earned, now.status),
        Some(before) if before.earned.currency != now.earned.currency => {
            post(worth(before, before.amount), EntryKind::Reversed, before.status);
            post(worth(now, now.amount), EntryKind::Earned, now.status);
        }
        Some(before) => {
            post(worth(now, before.amount - now.amount), EntryKind::Reversed, before.status);
            post(worth(now, now.amount - before.amount), EntryKind::Earned, now.status);
        }
    }
    entries
}

/// Where a commission of that status is owed. One that is worth nothing is owed nowhere; what it gains is on hold.
const fn owed_on(status: CommissionStatus) -> AccountKind {
    match status {
        CommissionStatus::Approved => AccountKind::AffiliateApproved,
        CommissionStatus::Paid => AccountKind::AffiliatePaid,
        CommissionStatus::Pending | CommissionStatus::Refunded | CommissionStatus::Denied => {
            AccountKind::AffiliatePending
        }
    }
}
