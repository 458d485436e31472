//! The part of a receipt about the sale: who reported it, what was refunded, who is credited and who isn't. No side
//! effects.

use shared::{
    id::{AffiliateId, EventId},
    timestamp::Timestamp,
};

use super::{
    Names, SaleFacts,
    receipt::{ReceiptCredit, ReceiptGivenBack, ReceiptSale, ReceiptTouch},
    words,
};
use crate::{
    decision::view::Decision,
    history::attributed::{candidates, kin},
};
use rules::{
    attribution::{
        decide::{Credit, Fate, IMPORTED, Rule, considered},
        touch::{Touch, TouchKind},
    },
    conversion::Conversion,
};

/// The result of [`considered`] without borrowed conversion names.
#[derive(Debug)]
pub struct Why {
    pub credit: Option<Credit>,
    /// The sale that bound the buyer, or the lead that decides the sale's credit.
    pub through: Option<(String, Timestamp)>,
    pub touches: Vec<(Touch, Fate)>,
    /// Whether a person's decision about the credit applies: one about a forged claim of the sale doesn't.
    pub is_decided: bool,
}

/// Determines the credit with the same rules over the same history as a recomputation.
pub fn consider(sold: &SaleFacts) -> Why {
    let history = &sold.history;
    let candidates = candidates(history);
    let found = considered(sold.index, &candidates, &history.touches, &sold.rates.policies, kin(history));
    Why {
        credit: found.credit,
        through: found.through.map(|(name, at)| (name.to_owned(), at)),
        touches: found.touches.into_iter().map(|(touch, fate)| (touch.clone(), fate)).collect(),
        is_decided: candidates.get(sold.index).is_some_and(|candidate| !candidate.decisions.is_empty()),
    }
}

impl SaleFacts {
    fn conversion(&self) -> &Conversion {
        &self.history.conversions[self.index]
    }
}

pub fn sale(sold: &SaleFacts) -> ReceiptSale {
    let conversion = sold.conversion();
    let outcome = &conversion.outcome;
    let repeated = sold.history.repeated_by.iter().filter(|(name, _)| *name == conversion.external_id).count();
    let again = match repeated {
        0 => String::new(),
        1 => ", then repeated once".to_owned(),
        times => format!(", then repeated {times} times"),
    };
    let report = format!(
        "Sent by {} on {}{again}.",
        words::source_in_words(&conversion.source),
        words::moment(conversion.occurred_at, &sold.zone)
    );
    ReceiptSale {
        conversion_id: conversion.id,
        external_event_id: conversion.external_id.clone(),
        event_id: conversion.event_id,
        kind: outcome.kind.as_str(),
        report,
        verified: conversion.provenance.is_verified(),
        customer_id: sold.customer.clone(),
        amount_cents: conversion.amount.minor,
        refunded_cents: outcome.refunded,
        currency: conversion.amount.currency,
        occurred_at: conversion.occurred_at,
        given_back: given_back(sold),
        issues: outcome.issues.iter().map(|issue| words::refund_issue(*issue).to_owned()).collect(),
    }
}

fn given_back(sold: &SaleFacts) -> Vec<ReceiptGivenBack> {
    let sale = sold.conversion();
    let refunds = sold.history.refunds.get(&sale.external_id).into_iter().flatten();
    let disputes = sold.history.disputes.get(&sale.external_id).into_iter().flatten();
    let all = refunds.clone();
    let refunds = refunds.map(|refund| {
        let mut in_words = words::refund(refund, sale.amount, sale.paid);
        if all.clone().any(|other| refund.is_overruled_by(other)) {
            in_words.push_str("; the gateway also reported this refund, and its amount applies");
        }
        ReceiptGivenBack {
            what: "Refund",
            external_event_id: refund.fact.external_id.clone(),
            event_id: refund.event_id,
            at: refund.occurred_at,
            in_words,
        }
    });
    let disputes = disputes.map(|dispute| ReceiptGivenBack {
        what: "Dispute",
        external_event_id: dispute.fact.external_id.clone(),
        event_id: dispute.event_id,
        at: dispute.occurred_at,
        in_words: words::dispute(dispute),
    });
    let mut all: Vec<ReceiptGivenBack> = refunds.chain(disputes).collect();
    // One event may report several refunds.
    all.sort_by(|a, b| (a.at, a.event_id, &a.external_event_id).cmp(&(b.at, b.event_id, &b.external_event_id)));
    all
}

/// Describes the event if it reported something about this sale.
pub fn event(sold: &SaleFacts, id: EventId) -> Option<String> {
    let sale = sold.conversion();
    if sale.event_id == id {
        return Some(format!("sale {}", sale.external_id));
    }
    if sold.history.repeated_by.iter().any(|(name, event)| *name == sale.external_id && *event == id) {
        return Some(format!("sale {}, repeated", sale.external_id));
    }
    let backs = given_back(sold).into_iter().filter(|row| row.event_id == id);
    let backs = backs.map(|row| format!("{} {}", row.what.to_lowercase(), row.external_event_id));
    let backs = backs.collect::<Vec<_>>();
    if !backs.is_empty() {
        return Some(backs.join(" and "));
    }
    let other = sold.history.conversions.iter().find(|other| other.event_id == id);
    other.map(|other| format!("sale {} by the same customer", other.external_id))
}

pub fn credit(sold: &SaleFacts, why: &Why, names: &Names, decisions: &[Decision]) -> ReceiptCredit {
    let through = why.through.as_ref().map(|(name, _)| name.as_str());
    let credited = why.credit.map(|credit| credit.affiliate_id);
    ReceiptCredit {
        affiliate_id: credited,
        rule: why.credit.map(|credit| credit.rule.as_str()),
        in_words: in_words(sold, why, names, decisions),
        touches: why
            .touches
            .iter()
            .map(|(touch, fate)| {
                let mut touch = seen(sold, touch, *fate, through, names);
                if touch.outcome == "lost" && credited == Some(touch.affiliate_id) {
                    touch.not_needed = Some(spare(&touch, *fate));
                }
                touch
            })
            .collect(),
    }
}

/// Why a touch of the affiliate who is credited anyway wasn't needed.
fn spare(touch: &ReceiptTouch, fate: Fate) -> String {
    match fate {
        Fate::Bound => format!("already {}'s customer", touch.affiliate_name),
        _ => touch.reason.clone(),
    }
}

fn seen(sold: &SaleFacts, touch: &Touch, fate: Fate, through: Option<&str>, names: &Names) -> ReceiptTouch {
    let policy = sold.rates.policies.at(touch.program_id, sold.conversion().occurred_at);
    let model = policy.map(|policy| policy.model).unwrap_or_default();
    let bound_them = touch.kind == TouchKind::Import && fate == Fate::Bound && through == Some(IMPORTED);
    ReceiptTouch {
        kind: touch.kind.as_str(),
        affiliate_id: touch.affiliate_id,
        affiliate_name: names.affiliate(touch.affiliate_id),
        at: touch.touched_at,
        link: touch.link_id.and_then(|link| names.links.get(&link).cloned()),
        coupon: touch.coupon_id.and_then(|coupon| names.coupons.get(&coupon).cloned()),
        click_id: touch.click_id,
        outcome: if fate == Fate::Won || bound_them { "won" } else { "lost" },
        reason: words::fate(touch, fate, model, through),
        not_needed: None,
    }
}

/// Describes the rule that decided the credit in one sentence.
fn in_words(sold: &SaleFacts, why: &Why, names: &Names, decisions: &[Decision]) -> String {
    let decided = || {
        decisions
            .iter()
            .rfind(|one| one.kind == "Reattribute")
            .map(|one| format!(": {} ({})", one.reason, one.actor))
            .unwrap_or_default()
    };
    let Some(credit) = why.credit else {
        return if why.is_decided {
            format!("Attribution removed manually{}.", decided())
        } else {
            "No affiliate is credited: no click, coupon or referral counts for this sale.".to_owned()
        };
    };
    let name = names.affiliate(credit.affiliate_id);
    let through =
        why.through.as_ref().map(|(name, at)| format!("{name} of {}", sold.zone.date(*at))).unwrap_or_default();
    match credit.rule {
        Rule::Manual => format!("Assigned to {name} manually{}.", decided()),
        Rule::Bound if why.through.as_ref().is_some_and(|(name, _)| name == IMPORTED) => {
            format!("Existing customer of {name} since the import{through}.")
        }
        Rule::Import => format!("Imported from another platform, where {name} earned it."),
        Rule::Bound => format!("Existing customer of {name} since sale {through}."),
        Rule::Lead => format!("{name} referred this customer as a lead, {through}."),
        Rule::Coupon => match credit.coupon_id.and_then(|coupon| names.coupons.get(&coupon)) {
            Some(code) => format!("The customer used {name}'s coupon {code}."),
            None => format!("The customer used {name}'s coupon."),
        },
        Rule::Slug => format!("The sale named {name} as the affiliate."),
        Rule::Click => by_click(sold, why, &name, credit.affiliate_id),
    }
}

fn by_click(sold: &SaleFacts, why: &Why, name: &str, affiliate: AffiliateId) -> String {
    let won = why
        .touches
        .iter()
        .find(|(touch, fate)| *fate == Fate::Won && touch.kind == TouchKind::Click && touch.affiliate_id == affiliate);
    let which = won.map(|(touch, fate)| {
        let policy = sold.rates.policies.at(touch.program_id, sold.conversion().occurred_at);
        let model = policy.map(|policy| policy.model).unwrap_or_default();
        format!(", {}, on {}", words::fate(touch, *fate, model, None), words::moment(touch.touched_at, &sold.zone))
    });
    format!("The customer clicked {name}'s link{}.", which.unwrap_or_default())
}
