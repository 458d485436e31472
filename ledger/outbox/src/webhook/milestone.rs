//! An affiliate's firsts in a program: the first click that counts, and the first sale credited to them. Reports may
//! arrive late, twice and in any order, so a key in the database decides which one raises the event: the first to be
//! booked, and of several in one transaction the earliest. An earlier one that arrives later neither repeats nor
//! changes the event.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use shared::{
    id::{AffiliateId, ClickId, ConversionId, LinkId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{announce::outgoing, event::EventKind, message::Message, milestone_store, store};
use crate::sync;
use kit::db::TenantsTx;
use rules::{
    attribution::flag::Review,
    commission::{Commission, Held},
    conversion::{Conversion, Status},
};

/// Whose first it is. Sorted, so that two transactions lock the keys in the same order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whose {
    pub organization: OrganizationId,
    pub affiliate: AffiliateId,
    pub program: ProgramId,
}

/// A click that counts. As JSON, it is the event's object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Click {
    pub occurred_at: Timestamp,
    pub id: ClickId,
    pub affiliate_id: AffiliateId,
    pub program_id: ProgramId,
    pub link_id: LinkId,
}

/// The earliest click of each affiliate and program among those of one transaction.
#[derive(Debug, Default)]
pub struct Clicks(BTreeMap<Whose, Click>);

impl Clicks {
    /// Adds a click that counts.
    pub fn add(&mut self, organization: OrganizationId, click: Click) {
        let whose = Whose { organization, affiliate: click.affiliate_id, program: click.program_id };
        self.0.entry(whose).and_modify(|earliest| *earliest = click.min(*earliest)).or_insert(click);
    }

    /// Announces those that are firsts, in the transaction that counts the clicks.
    ///
    /// # Errors
    /// Database errors; nothing may be committed then.
    pub async fn announce(self, tx: &mut TenantsTx, now: Timestamp) -> Result<(), sqlx::Error> {
        let found: Vec<(Whose, Timestamp)> = self.0.iter().map(|(whose, click)| (*whose, click.occurred_at)).collect();
        let firsts = milestone_store::claim(tx, EventKind::FirstClick, &found).await?;
        let firsts = self.0.iter().filter(|(whose, _)| firsts.contains(whose)).enumerate();
        let messages: Result<Vec<Message>, sqlx::Error> = firsts
            .map(|(place, (whose, click))| Message::new(whose.organization, EventKind::FirstClick, click, now, place))
            .collect();
        let messages = messages?;
        store::insert(tx, &messages, now).await?;
        sync::trigger::events(tx, &outgoing(&messages), now).await
    }
}

/// A sale that may be a first, with the brand's id of the buyer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sale<'a> {
    pub before: Option<&'a Conversion>,
    pub now: &'a Conversion,
    pub buyer: Option<&'a str>,
}

/// The sales of one transaction that may be firsts, by affiliate and program.
#[derive(Debug, Default)]
pub(super) struct Sales<'a> {
    by_whose: BTreeMap<Whose, Vec<Sale<'a>>>,
    /// Conversions with a commission that waits for a review: someone may have made them up.
    held: HashSet<ConversionId>,
}

impl<'a> Sales<'a> {
    /// Adds a sale if it counts now and didn't before.
    pub(super) fn add(&mut self, sale: Sale<'a>) {
        let Some(whose) = counted_for(sale.now) else { return };
        if sale.before.and_then(counted_for) != Some(whose) {
            self.by_whose.entry(whose).or_default().push(sale);
        }
    }

    /// Adds a sale with a commission that no longer waits, if it counts: nothing else about the sale needs to have
    /// changed.
    pub(super) fn release(&mut self, sale: Sale<'a>) {
        if let Some(whose) = counted_for(sale.now) {
            self.by_whose.entry(whose).or_default().push(sale);
        }
    }

    /// Leaves out the conversion of a commission that waits for a review. A recruiter's share may wait alone, and says
    /// nothing about the sale.
    pub(super) fn hold(&mut self, commission: &Commission) {
        let waits = matches!(commission.held, Some(Held::Review | Held::FirstSale));
        if waits && commission.parent().is_none() {
            self.held.extend(commission.conversion());
        }
    }

    /// Returns those that are firsts: the earliest of each affiliate and program, if none was before this transaction.
    ///
    /// # Errors
    /// Database errors; nothing may be committed then.
    pub(super) async fn claim(self, tx: &mut TenantsTx) -> Result<Vec<Sale<'a>>, sqlx::Error> {
        let Self { by_whose, held } = self;
        let earliest = |sales: Vec<Sale<'a>>| {
            let counted = sales.into_iter().filter(|sale| !held.contains(&sale.now.id));
            counted.min_by_key(|sale| (sale.now.occurred_at, sale.now.id))
        };
        let sales: Vec<(Whose, Sale<'a>)> =
            by_whose.into_iter().filter_map(|(whose, sales)| Some((whose, earliest(sales)?))).collect();
        let found: Vec<(Whose, Timestamp)> = sales.iter().map(|(whose, sale)| (*whose, sale.now.occurred_at)).collect();
        let firsts = milestone_store::claim(tx, EventKind::FirstConversion, &found).await?;
        Ok(sales.into_iter().filter(|(whose, _)| firsts.contains(whose)).map(|(_, sale)| sale).collect())
    }
}

/// For whom a conversion counts as a sale. Leads, sales of zero, and what a person denied or has yet to review don't
/// count; a refund changes nothing, because it may arrive before or after.
fn counted_for(conversion: &Conversion) -> Option<Whose> {
    let outcome = &conversion.outcome;
    let is_flagged = outcome.flags.iter().any(|flag| flag.holds_sale());
    let is_reviewed = !is_flagged || outcome.review == Some(Review::Approved);
    let counts = !conversion.lead && conversion.amount.minor > 0 && outcome.status != Status::Denied && is_reviewed;
    let credit = outcome.credit.as_ref().filter(|_| counts)?;
    Some(Whose { organization: conversion.organization_id, affiliate: credit.affiliate_id, program: credit.program_id })
}

#[cfg(test)]
pub(super) mod tests {
    use shared::money::{Currency, Money};

    use super::*;
    use rules::{
        attribution::flag::Flag,
        conversion::{Credited, Outcome},
        fact::Provenance,
    };

    pub(in crate::webhook) fn sale() -> Conversion {
        let credit = Credited {
            program_id: ProgramId::from_bytes([1; 16]),
            affiliate_id: AffiliateId::from_bytes([2; 16]),
            link_id: None,
            click_id: None,
            coupon_id: None,
            plan_version_id: None,
            bound_at: Timestamp::EPOCH,
            rule: "slug".to_owned(),
        };
        Conversion {
            organization_id: OrganizationId::from_bytes([3; 16]),
            id: ConversionId::from_bytes([4; 16]),
            event_id: shared::id::EventId::from_bytes([5; 16]),
            external_id: "order".to_owned(),
            source: "S2s".to_owned(),
            provenance: Provenance::Verified,
            claimed_email_key: None,
            lead: false,
            reported_recurring: false,
            reported_program_id: None,
            customer_id: None,
            subscription_id: None,
            product_id: None,
            details: rules::fact::Details::default(),
            amount: Money::new(9_900, Currency::USD),
            paid: 9_900,
            paid_known: true,
            occurred_at: Timestamp::EPOCH,
            outcome: Outcome { status: Status::Pending, credit: Some(credit), ..Outcome::unknown() },
        }
    }

    #[test]
    fn a_sale_counts_unless_it_may_be_made_up() {
        let changed = |change: fn(&mut Conversion)| {
            let mut sale = sale();
            change(&mut sale);
            counted_for(&sale).is_some()
        };
        assert!(changed(|_| ()));
        assert!(changed(|sale| sale.outcome.status = Status::Refunded), "a refund may arrive first");
        assert!(changed(|sale| {
            sale.outcome.flags = vec![Flag::Unverified];
            sale.outcome.review = Some(Review::Approved);
        }));
        for refused in [
            changed(|sale| sale.lead = true),
            changed(|sale| sale.amount.minor = 0),
            changed(|sale| sale.outcome.credit = None),
            changed(|sale| sale.outcome.flags = vec![Flag::Unverified]),
            changed(|sale| sale.outcome.status = Status::Denied),
        ] {
            assert!(!refused);
        }
    }

    #[test]
    fn a_sale_is_added_only_when_it_begins_to_count() {
        let (now, mut flagged) = (sale(), sale());
        flagged.outcome.flags = vec![Flag::Unverified];
        for (before, added) in [(None, 1), (Some(&flagged), 1), (Some(&now), 0)] {
            let mut sales = Sales::default();
            sales.add(Sale { before, now: &now, buyer: None });
            assert_eq!(sales.by_whose.len(), added);
        }
    }
}
