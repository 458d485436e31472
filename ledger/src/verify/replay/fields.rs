//! Compares two versions of one row, field by field.

use std::fmt::{Debug, Display};

use crate::verify::difference::Difference;
use rules::{
    commission::Commission,
    conversion::{Conversion, Credited},
};

struct Fields<'a> {
    about: &'a str,
    found: Vec<Difference>,
}

impl Fields<'_> {
    fn shown<T: PartialEq + Display>(&mut self, field: &'static str, stored: T, anew: T) {
        if stored != anew {
            self.found.push(Difference::new(self.about, field, stored, anew));
        }
    }

    fn debug<T: PartialEq + Debug>(&mut self, field: &'static str, stored: T, anew: T) {
        if stored != anew {
            self.found.push(Difference::new(self.about, field, format!("{stored:?}"), format!("{anew:?}")));
        }
    }

    /// Compares optional ids and texts.
    fn maybe<T: PartialEq + Display>(&mut self, field: &'static str, stored: Option<T>, anew: Option<T>) {
        if stored != anew {
            let text = |value: Option<T>| value.map_or_else(|| "(none)".to_owned(), |value| value.to_string());
            self.found.push(Difference::new(self.about, field, text(stored), text(anew)));
        }
    }
}

pub(super) fn conversion(row: &Conversion) -> String {
    format!("conversion {} ({}, reported by {})", row.external_id, row.id, row.event_id)
}

/// Compares the fields that events report about a conversion.
pub(super) fn report(stored: &Conversion, anew: &Conversion) -> Vec<Difference> {
    let about = conversion(stored);
    let mut fields = Fields { about: &about, found: Vec::new() };
    fields.shown("amount", stored.amount, anew.amount);
    fields.shown("paid", stored.paid, anew.paid);
    fields.shown("occurred_at", stored.occurred_at, anew.occurred_at);
    fields.shown("source", &stored.source, &anew.source);
    fields.shown("verified", stored.provenance.is_verified(), anew.provenance.is_verified());
    fields.shown("lead", stored.lead, anew.lead);
    fields.shown("reported_recurring", stored.reported_recurring, anew.reported_recurring);
    fields.maybe("reported_program_id", stored.reported_program_id, anew.reported_program_id);
    fields.maybe("customer_id", stored.customer_id, anew.customer_id);
    fields.maybe("subscription_id", stored.subscription_id.as_ref(), anew.subscription_id.as_ref());
    fields.maybe("product_id", stored.product_id.as_ref(), anew.product_id.as_ref());
    fields.debug("details", &stored.details, &anew.details);
    fields.found
}

/// Compares the fields that the ledger computes for a conversion.
pub(super) fn outcome(stored: &Conversion, anew: &Conversion) -> Vec<Difference> {
    let about = conversion(stored);
    let mut fields = Fields { about: &about, found: Vec::new() };
    let (was, is) = (&stored.outcome, &anew.outcome);
    let (by, of) = (was.credit.as_ref(), is.credit.as_ref());
    fn credited<T>(credit: Option<&Credited>, of: impl Fn(&Credited) -> T) -> Option<T> {
        credit.map(of)
    }
    fields.maybe("affiliate", credited(by, |credit| credit.affiliate_id), credited(of, |credit| credit.affiliate_id));
    fields.maybe("program", credited(by, |credit| credit.program_id), credited(of, |credit| credit.program_id));
    fields.maybe("credited_by", credited(by, |credit| credit.rule.clone()), credited(of, |credit| credit.rule.clone()));
    fields.maybe("link", by.and_then(|credit| credit.link_id), of.and_then(|credit| credit.link_id));
    fields.maybe("click", by.and_then(|credit| credit.click_id), of.and_then(|credit| credit.click_id));
    fields.maybe("coupon", by.and_then(|credit| credit.coupon_id), of.and_then(|credit| credit.coupon_id));
    let version = |credit: Option<&Credited>| credit.and_then(|credit| credit.plan_version_id);
    fields.maybe("plan_version", version(by), version(of));
    fields.maybe("bound_at", credited(by, |credit| credit.bound_at), credited(of, |credit| credit.bound_at));
    fields.shown("kind", was.kind.as_str(), is.kind.as_str());
    fields.shown("status", was.status.as_str(), is.status.as_str());
    fields.shown("refunded", was.refunded, is.refunded);
    fields.shown("sequence", was.sequence, is.sequence);
    fields.debug("flags", &was.flags, &is.flags);
    fields.debug("review", was.review, is.review);
    fields.debug("dispute", was.dispute, is.dispute);
    fields.debug("troubles", &was.issues, &is.issues);
    fields.found
}

pub(super) fn commission(about: &str, stored: &Commission, anew: &Commission) -> Vec<Difference> {
    let about = format!("{about}, {} of component {} to {}", stored.id, stored.component, stored.affiliate_id);
    let mut fields = Fields { about: &about, found: Vec::new() };
    fields.shown("commission amount", stored.amount, anew.amount);
    fields.shown("commission earned", stored.earned, anew.earned);
    fields.shown("commission program", stored.program_id, anew.program_id);
    fields.maybe("commission plan_version", stored.plan_version_id, anew.plan_version_id);
    fields.shown("commission status", stored.status.as_str(), anew.status.as_str());
    fields.debug("commission held", stored.held, anew.held);
    fields.shown("commission hold_until", stored.hold_until, anew.hold_until);
    fields.maybe("commission approved_at", stored.approved_at, anew.approved_at);
    fields.shown("commission reason", &stored.reason, &anew.reason);
    fields.found
}
