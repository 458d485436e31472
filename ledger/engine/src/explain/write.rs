//! Builds the receipt of a commission from its facts, without side effects. What it says about the credit comes from
//! the same rules as the recomputation; what it says about money comes from the book.

use shared::{money::Money, timestamp::Timestamp};

use super::{
    Booked, Facts,
    receipt::{Receipt, ReceiptHold, ReceiptOther, ReceiptPlan, ReceiptTransfer},
    sale, words,
};
use kit::page::zone::Zone;
use rules::{
    attribution::{decide::Rule, flag::Review},
    commission::{
        Commission, CommissionStatus, EarnedBy, Held,
        plan::{self, Scope},
    },
    conversion::Conversion,
    format,
};

pub fn receipt(facts: &Facts) -> Receipt {
    let commission = &facts.commission;
    let considered = facts.sale.as_ref().map(sale::consider);
    Receipt {
        commission_id: commission.id,
        headline: headline(facts),
        kind: commission.earned_by.as_str(),
        status: commission.status.as_str(),
        amount_cents: commission.amount,
        earned_cents: commission.earned.minor,
        paid_cents: commission.paid,
        is_left: facts.is_left(),
        in_payout_cents: commission.reserved,
        currency: commission.earned.currency,
        affiliate_id: commission.affiliate_id,
        affiliate_name: facts.names.affiliate(commission.affiliate_id),
        program_id: commission.program_id,
        program_name: facts.names.program(commission.program_id),
        sale: facts.sale.as_ref().map(sale::sale),
        credit: facts
            .sale
            .as_ref()
            .zip(considered.as_ref())
            .map(|(sold, considered)| sale::credit(sold, considered, &facts.names, &facts.decisions)),
        plan: plan(facts, considered.as_ref()),
        arithmetic: arithmetic(commission),
        hold: hold(facts),
        decisions: facts.decisions.clone(),
        transfers: facts.transfers.iter().map(|row| transfer(row, facts)).collect(),
        booked_cents: facts.transfers.iter().map(worth).sum(),
        others: others(facts),
        created_at: facts.created_at,
    }
}

/// The change of a commission's value by a transfer.
fn worth(row: &Booked) -> i64 {
    match (row.from.as_str(), row.to.as_str()) {
        ("commission_expense", _) => row.amount,
        (_, "commission_expense") => -row.amount,
        _ => 0,
    }
}

fn headline(facts: &Facts) -> String {
    let commission = &facts.commission;
    let currency = commission.earned.currency;
    let money = |minor: i64| Money::new(minor, currency).to_string();
    let (amount, name) = (money(commission.amount), facts.names.affiliate(commission.affiliate_id));
    format!("{amount} for {name}, {}: {}.", commission.status.as_str(), state(facts, money, |at| facts.zone.date(at)))
}

/// When the commission is payable, or why it isn't, as a sentence for pages: amounts as in lists, days in the brand's
/// time zone. The amount, the affiliate and the status are left out, because a page's title and badge have them.
pub fn state_in_words(facts: &Facts, zone: &Zone) -> String {
    let currency = facts.commission.earned.currency;
    let text = state(facts, |minor| format::money(minor, currency.code()), |at| zone.date(at));
    let text = match facts.commission.status {
        CommissionStatus::Denied => format!("Denied: {text}"),
        _ => text,
    };
    let mut characters = text.trim_end_matches('.').chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).chain(['.']).collect())
}

/// Says when the commission is payable, or why it isn't. `money` and `day` write amounts and dates.
fn state(facts: &Facts, money: impl Fn(i64) -> String, day: impl Fn(Timestamp) -> String) -> String {
    let commission = &facts.commission;
    let over = commission.hold_until <= facts.now;
    let text = match (commission.status, commission.held) {
        (CommissionStatus::Pending, Some(Held::Review)) => {
            let then = if over {
                "payable as soon as it's approved".to_owned()
            } else {
                format!("and not payable before {}", day(commission.hold_until))
            };
            match commission.conversion() {
                Some(_) => format!("held for review ({}), {then}", flags(facts).join("; ")),
                None => format!("held for review because its clicks grew suddenly, {then}"),
            }
        }
        (CommissionStatus::Pending, Some(Held::FirstSale)) => {
            "held until the customer's first sale is reviewed".to_owned()
        }
        (CommissionStatus::Pending, Some(Held::Dispute)) => "held while the payment is disputed".to_owned(),
        (CommissionStatus::Pending, None) if over => {
            format!("its hold ended on {}, so it becomes payable within a minute", day(commission.hold_until))
        }
        (CommissionStatus::Pending, None) => {
            format!("payable on {}, when its hold ends", day(commission.hold_until))
        }
        (CommissionStatus::Approved, _) if commission.reserved > 0 && commission.outstanding() == 0 => {
            "payable, and already in a payout".to_owned()
        }
        (CommissionStatus::Approved, _) => match commission.approved_at {
            Some(at) => format!("payable since {}, included in the next payout", day(at)),
            None => "payable, included in the next payout".to_owned(),
        },
        (CommissionStatus::Paid, _) if facts.is_left() => "left to the platform that it was imported from".to_owned(),
        (CommissionStatus::Paid, _) => "paid out".to_owned(),
        (CommissionStatus::Refunded, _) => "the sale was refunded".to_owned(),
        (CommissionStatus::Denied, _) => denied(facts),
    };
    let text = match commission.reserved {
        0 => text,
        reserved => format!("{text}; {} is in a payout in progress", money(reserved)),
    };
    match (commission.paid, commission.outstanding()) {
        (0, _) | (_, 0) => text,
        (paid, left @ 1..) => format!("{text}; {} is paid, {} is still due", money(paid), money(left)),
        (paid, left) => {
            let (paid, too_much) = (money(paid), money(left.saturating_neg()));
            let settled = words::settled(facts.is_left());
            format!("{text}; {paid} was {settled}, so {too_much} will be deducted from the next payout")
        }
    }
}

fn denied(facts: &Facts) -> String {
    let own = |kind: &str| {
        let found =
            facts.decisions.iter().rfind(|one| one.commission_id == Some(facts.commission.id) && one.kind == kind);
        found.map(|one| (one.decided_at, one.id, one.reason.clone()))
    };
    match (own("Deny"), own("Approve")) {
        (Some(deny), approve) if approve.as_ref().is_none_or(|approve| approve.0 < deny.0) => deny.2,
        _ if stored(facts).is_some_and(|sale| sale.outcome.review == Some(Review::Denied)) => {
            "the sale was denied in review".to_owned()
        }
        _ if facts.commission.parent().is_some() => {
            "the commission that it is a share of was denied, or no one earns a share of it any longer".to_owned()
        }
        _ => "no longer earned: later reports changed the attribution or the plan".to_owned(),
    }
}

fn stored(facts: &Facts) -> Option<&Conversion> {
    let sold = facts.sale.as_ref()?;
    sold.history.conversions.get(sold.index)
}

fn flags(facts: &Facts) -> Vec<String> {
    let flags = stored(facts).map(|sale| sale.outcome.flags.as_slice()).unwrap_or_default();
    flags.iter().map(|flag| words::flag(*flag).to_owned()).collect()
}

fn hold(facts: &Facts) -> ReceiptHold {
    let commission = &facts.commission;
    ReceiptHold {
        hold_until: commission.hold_until,
        approved_at: commission.approved_at,
        held_for: commission.held.map(Held::as_str),
        flags: flags(facts),
        review: stored(facts).and_then(|sale| sale.outcome.review).map(Review::as_str),
    }
}

fn arithmetic(commission: &Commission) -> Vec<String> {
    match commission.earned_by {
        EarnedBy::Conversion(_) | EarnedBy::Override { .. } | EarnedBy::Clicks(_) => {
            words::arithmetic(&commission.reason)
        }
        EarnedBy::Bonus(_) => vec![format!("bonus of {}", commission.earned)],
        EarnedBy::Adjustment(_) => vec![format!("manual adjustment of {}", commission.earned)],
    }
}

fn plan(facts: &Facts, considered: Option<&sale::Why>) -> Option<ReceiptPlan> {
    let version = facts.plan.as_ref()?;
    let component = usize::try_from(facts.commission.component).ok();
    let component = component.and_then(|index| version.components.as_deref()?.get(index));
    let program = facts.names.program(version.program_id);
    Some(ReceiptPlan {
        plan_version_id: version.id,
        scope: match &version.scope {
            Scope::Program => format!("everyone in {program}"),
            Scope::Segment(name) => format!("the segment {name} in {program}"),
            Scope::Affiliate(id) => format!("{} only, in {program}", facts.names.affiliate(*id)),
        },
        effective_at: version.effective_at,
        // An override has the component of the commission that it is a share of.
        component_id: facts.commission.component_id.clone().filter(|_| facts.commission.parent().is_none()),
        component: component.map(plan::in_words).unwrap_or_default(),
        component_name: component.and_then(|component| component.name.clone()),
        why: why(facts, considered),
    })
}

/// Explains why this version of the plan applies.
fn why(facts: &Facts, considered: Option<&sale::Why>) -> String {
    let (Some(sale), Some(why)) = (stored(facts), considered) else { return "In effect on that day.".to_owned() };
    if facts.commission.parent().is_some() {
        let name = facts.names.affiliate(facts.commission.affiliate_id);
        return format!("It pays the affiliate of the sale. {name} recruited them, and earns a share of it.");
    }
    match why.credit {
        Some(credit) if credit.affiliate_id != facts.commission.affiliate_id => {
            "In effect when this was earned. Another affiliate is credited now.".to_owned()
        }
        Some(credit) if credit.rule == Rule::Bound && credit.plan_at != sale.occurred_at => {
            let day = facts.zone.date(credit.plan_at);
            format!("In effect on {day}, when the customer was locked in. They keep this plan.")
        }
        Some(_) => format!("In effect on {}, when the sale was made.", facts.zone.date(sale.occurred_at)),
        None => "In effect when this was earned. No affiliate is credited now.".to_owned(),
    }
}

fn transfer(row: &Booked, facts: &Facts) -> ReceiptTransfer {
    let name = facts.names.affiliate(facts.commission.affiliate_id);
    let (cause, cause_id, because) = cause(row, facts);
    ReceiptTransfer {
        id: row.id,
        at: row.at,
        what: match row.kind.as_str() {
            "commission_paid" if row.left => "Left to another platform",
            kind => words::transfer(kind, row.from == "affiliate_paid"),
        },
        from: words::account(&row.from, &name, row.left),
        to: words::account(&row.to, &name, row.left),
        amount_cents: row.amount,
        cause,
        cause_id,
        because,
    }
}

fn cause(row: &Booked, facts: &Facts) -> (&'static str, Option<String>, String) {
    if let Some(id) = row.event {
        let named = facts.sale.as_ref().and_then(|sold| sale::event(sold, id));
        let named = named.unwrap_or_else(|| "an event for another sale".to_owned());
        return ("Event", Some(id.to_string()), named);
    }
    if let Some(id) = row.decision {
        let known = facts.decisions.iter().find(|one| one.id == id);
        let named = known.map(|one| format!("{} by {}: {}", one.kind, one.actor, one.reason));
        return ("Decision", Some(id.to_string()), named.unwrap_or_else(|| "another decision".to_owned()));
    }
    if let Some((id, reference)) = &row.payout {
        let named = reference.as_ref().map_or_else(|| "payout".to_owned(), |reference| format!("payout {reference}"));
        return ("Payout", Some(id.to_string()), named);
    }
    let because = if row.kind == "commission_approved" { "its hold ended" } else { "recalculated" };
    ("Schedule", None, because.to_owned())
}

fn others(facts: &Facts) -> Vec<ReceiptOther> {
    let others = facts.others.iter().map(|other| ReceiptOther {
        commission_id: other.id,
        affiliate_name: facts.names.affiliate(other.affiliate),
        amount_cents: other.amount,
        status: other.status.as_str(),
    });
    others.collect()
}

#[cfg(test)]
mod tests;
