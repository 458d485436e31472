//! Book entries: one debit account, one credit account, one positive amount. Pure.

use shared::{
    id::{AffiliateId, CommissionId, EventId, OrganizationId},
    money::Currency,
    text_enum,
};
use uuid::Uuid;

use crate::commission::Commission;

/// Identifies an account, which is created on first use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountKey {
    pub organization_id: OrganizationId,
    pub kind: AccountKind,
    /// `None` for the brand's own accounts.
    pub affiliate_id: Option<AffiliateId>,
    pub currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AccountKind {
    /// What commissions cost the brand.
    CommissionExpense,
    /// Owed to the affiliate, still on hold.
    AffiliatePending,
    /// Owed to the affiliate and payable; negative if more was paid than is owed now.
    AffiliateApproved,
    /// In a payout that is neither sent nor given up.
    AffiliateReserved,
    /// Paid out to the affiliate.
    AffiliatePaid,
    /// Withheld from payouts as tax, for the tax authority.
    AffiliateWithheld,
}

impl AccountKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CommissionExpense => "commission_expense",
            Self::AffiliatePending => "affiliate_pending",
            Self::AffiliateApproved => "affiliate_approved",
            Self::AffiliateReserved => "affiliate_reserved",
            Self::AffiliatePaid => "affiliate_paid",
            Self::AffiliateWithheld => "affiliate_withheld",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::CommissionExpense,
            Self::AffiliatePending,
            Self::AffiliateApproved,
            Self::AffiliateReserved,
            Self::AffiliatePaid,
            Self::AffiliateWithheld,
        ];
        all.into_iter().find(|kind| kind.as_str() == text)
    }
}

shared::stored_as_text!(AccountKind);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub debit: AccountKey,
    pub credit: AccountKey,
    /// Positive, in minor units of both accounts' currency.
    pub amount: i64,
    pub kind: EntryKind,
    /// `None` for entries about a payout as a whole.
    pub commission_id: Option<CommissionId>,
    pub cause: Cause,
}

/// Why an entry was made; empty for scheduled work.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cause {
    pub event_id: Option<EventId>,
    pub decision_id: Option<Uuid>,
    pub payout_id: Option<Uuid>,
    /// The payout was given up or reversed: its amounts are owed again.
    pub undone: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Earned,
    Reversed,
    Approved,
    /// No longer payable: a dispute or review holds it.
    Unapproved,
    /// Taken into a payout.
    Reserved,
    Paid,
    /// Owed again: the payout was given up before anything was sent.
    Voided,
    /// Owed again: the payment was returned.
    Returned,
    /// Withheld from a payout, for the tax authority.
    Withheld,
}

impl EntryKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Earned => "commission_earned",
            Self::Reversed => "commission_reversed",
            Self::Approved => "commission_approved",
            Self::Unapproved => "commission_unapproved",
            Self::Reserved => "payout_reserved",
            Self::Paid => "commission_paid",
            Self::Voided => "payout_voided",
            Self::Returned => "payout_returned",
            Self::Withheld => "tax_withheld",
        }
    }
}

text_enum! {
    /// The account that a commission's outstanding amount is on.
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

/// Returns the entries that take a commission from its booked state to the current one. Anything paid in between went
/// from payable to paid.
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
            // Payouts take from the payable account and return to it: after a move there, before a move away.
            if (from, to) == (Place::Pending, Place::Approved) {
                entries.shift(now, from, to, now.amount - before.taken());
            }
            let at = if (from, to) == (Place::Pending, Place::Pending) { to } else { Place::Approved };
            entries.payout(before, now, at);
            if (from, to) == (Place::Approved, Place::Pending) {
                entries.shift(now, from, to, now.outstanding());
            }
        }
    }
    entries.list
}

/// Returns the entry for tax withheld from a payout that was sent; the amount is negative if the payment was returned.
///
/// `affiliate` is the affiliate, with the currency.
pub fn withheld(
    organization_id: OrganizationId,
    (affiliate, currency): (AffiliateId, Currency),
    amount: i64,
    cause: Cause,
) -> Option<Entry> {
    let account = |kind| AccountKey { organization_id, kind, affiliate_id: Some(affiliate), currency };
    let (from, to) = (account(AccountKind::AffiliatePaid), account(AccountKind::AffiliateWithheld));
    let (debit, credit) = if amount > 0 { (from, to) } else { (to, from) };
    let amount = amount.saturating_abs();
    (amount != 0).then_some(Entry { debit, credit, amount, kind: EntryKind::Withheld, commission_id: None, cause })
}

struct Entries {
    organization_id: OrganizationId,
    cause: Cause,
    list: Vec<Entry>,
}

impl Entries {
    /// Posts a change of value: the brand's expense, against the affiliate's account for this place.
    fn worth(&mut self, commission: &Commission, place: Place, amount: i64) {
        let owed = (place.account(), Some(commission.affiliate_id));
        let kind = if amount > 0 { EntryKind::Earned } else { EntryKind::Reversed };
        self.post(commission, (AccountKind::CommissionExpense, None), owed, amount, kind);
    }

    /// Posts a move between pending and payable.
    fn shift(&mut self, commission: &Commission, from: Place, to: Place, amount: i64) {
        let affiliate = Some(commission.affiliate_id);
        let kind = if to == Place::Approved { EntryKind::Approved } else { EntryKind::Unapproved };
        self.post(commission, (from.account(), affiliate), (to.account(), affiliate), amount, kind);
    }

    /// Posts moves between the amounts owed at `place`, reserved and paid. An amount that left one of reserved and paid
    /// and reached the other was settled.
    fn payout(&mut self, before: &Commission, now: &Commission, place: Place) {
        let affiliate = Some(now.affiliate_id);
        let owed = (place.account(), affiliate);
        let (reserved, paid) = ((AccountKind::AffiliateReserved, affiliate), (AccountKind::AffiliatePaid, affiliate));
        let (more_reserved, more_paid) = (now.reserved - before.reserved, now.paid - before.paid);
        let settled = match (more_reserved.signum(), more_paid.signum()) {
            (-1, 1) => more_paid.min(-more_reserved),
            (1, -1) => more_paid.max(-more_reserved),
            _ => 0,
        };
        let undone = self.cause.undone;
        self.post(now, reserved, paid, settled, EntryKind::Paid);
        let kind = if undone { EntryKind::Voided } else { EntryKind::Reserved };
        self.post(now, owed, reserved, more_reserved + settled, kind);
        let kind = if undone { EntryKind::Returned } else { EntryKind::Paid };
        self.post(now, owed, paid, more_paid - settled, kind);
    }

    /// Posts an entry; a negative amount goes the other way.
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
            commission_id: Some(commission.id),
            cause: self.cause,
        });
    }
}

#[cfg(test)]
mod tests;
