//! Texts for rules, flags, accounts and times. No side effects.

use shared::{config::AttributionModel, money::Money, timestamp::Timestamp};
use time::{OffsetDateTime, macros::format_description};

use rules::{
    attribution::{
        decide::{Beaten, Fate, IMPORTED},
        flag::Flag,
        touch::{Touch, TouchKind},
    },
    conversion::{
        RefundIssue,
        given_back::{Dispute, Refund},
    },
    fact::{Basis, DisputeState, RefundEffect},
};

/// `20 Nov 2026, 08:30 UTC`.
pub fn moment(at: Timestamp) -> String {
    format(at, format_description!("[day padding:none] [month repr:short] [year], [hour]:[minute] UTC"))
}

/// `20 Nov 2026`.
pub fn day(at: Timestamp) -> String {
    format(at, format_description!("[day padding:none] [month repr:short] [year]"))
}

fn format(at: Timestamp, description: &(impl time::formatting::Formattable + ?Sized)) -> String {
    let at = OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    at.format(description).unwrap_or_default()
}

/// The source that reported a conversion.
pub fn source_in_words(source: &str) -> String {
    match source {
        "S2s" => "your server, signed".to_owned(),
        "Import" => "an import".to_owned(),
        "Pixel" => "a browser: anyone could have sent it, so it is unverified".to_owned(),
        gateway => format!("{gateway}, signed"),
    }
}

pub const fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Unverified => "only a page reported it: approve it, or wait for your backend or gateway to report it",
        Flag::SelfReferral => "the buyer has the affiliate's own e-mail address",
        Flag::DuplicateCustomer => "another customer with the same e-mail address bought or signed up before",
        Flag::UnknownLead => "the lead names no one, so nothing tells it from another one of the same person",
        Flag::DeniedBefore => "an earlier sale of this customer was denied to the affiliate",
        Flag::Velocity => "more conversions of the affiliate in one hour than the program lets pass",
        Flag::ClickToSale => "bought sooner after the click than people do",
    }
}

pub const fn refund_issue(issue: RefundIssue) -> &'static str {
    match issue {
        RefundIssue::RefundCurrency => "A refund or dispute is in another currency than the sale: it takes nothing.",
        RefundIssue::RefundExceedsSale => "More was given back than was paid: the sale counts as given back whole.",
    }
}

/// What happened to a touch. `through` is the sale that bound the buyer.
pub fn fate(touch: &Touch, fate: Fate, model: AttributionModel, through: Option<&str>) -> String {
    match fate {
        Fate::Won => won(touch, model).to_owned(),
        Fate::After => "it came after the sale".to_owned(),
        Fate::Expired(days) => format!("older than the window of {days} days"),
        Fate::NoProgram => "its program has no rules of credit".to_owned(),
        Fate::NotApproved => "the affiliate was not approved at that time".to_owned(),
        Fate::Decided => "a person decided".to_owned(),
        Fate::Bound if touch.kind == TouchKind::Import && through == Some(IMPORTED) => {
            "the customer came with an import, which bound them".to_owned()
        }
        Fate::Bound => match through.filter(|sale| *sale != IMPORTED) {
            Some(sale) => format!("the customer was bound already, by sale {sale}"),
            None => "the customer was bound already".to_owned(),
        },
        Fate::Spent => "a person denied a sale that it had credited, or took the credit of it away".to_owned(),
        Fate::Elsewhere => "it came with another purchase".to_owned(),
        Fate::Claimed => "only a page reported it, so it is no evidence for this sale".to_owned(),
        Fate::Beaten(by) => beaten(by, touch.kind).to_owned(),
    }
}

const fn won(touch: &Touch, model: AttributionModel) -> &'static str {
    match (touch.kind, model) {
        (TouchKind::Coupon, _) if touch.overrides_click => "a coupon that comes before clicks",
        (TouchKind::Coupon, _) => "a coupon, and nothing comes before it",
        (TouchKind::Slug, _) => "the affiliate was named with the sale",
        (TouchKind::Import, _) => "the customer came with an import",
        (TouchKind::Click, AttributionModel::LastTouch) => "the last click before the sale",
        (TouchKind::Click, AttributionModel::FirstTouch) => "the first click within the window",
    }
}

const fn beaten(by: Beaten, kind: TouchKind) -> &'static str {
    match (by, kind) {
        (Beaten::Verified, _) => "only a page sent it: evidence from your backend or gateway comes first",
        (Beaten::OtherProgram, _) => "evidence of another program came first",
        (Beaten::Coupon, _) => "a coupon that overrides clicks came first",
        (Beaten::Click, _) => "a click comes before it",
        (Beaten::Slug, _) => "an affiliate was named with the sale, which comes before it",
        (Beaten::Later, TouchKind::Click) => "a later click won (LastTouch)",
        (Beaten::Later, _) => "a later one of its kind won",
        (Beaten::Earlier, TouchKind::Click) => "an earlier click won (FirstTouch)",
        (Beaten::Earlier, _) => "an earlier one of its kind won",
        (Beaten::SameMoment, _) => "another one of the same moment won",
    }
}

/// Describes a refund. `sale` is the sale's commissionable amount, `paid` the total that the buyer paid.
pub fn refund(refund: &Refund, sale: Money, paid: i64) -> String {
    let fact = &refund.fact;
    let amount = Money::new(fact.amount, fact.currency);
    let with_tax = match fact.basis {
        Basis::Paid if paid != sale.minor => {
            format!(", of {} paid with tax and shipping", Money::new(paid, sale.currency))
        }
        _ => String::new(),
    };
    let foreign = if fact.currency == sale.currency { "" } else { "; in another currency, so it takes nothing" };
    match fact.effect {
        RefundEffect::Made => format!("{amount} given back{with_tax}{foreign}"),
        RefundEffect::Undone => format!("{amount} was not given back after all: the refund failed or was taken back"),
        RefundEffect::Restored => format!("{amount} came back to you{with_tax}{foreign}"),
        RefundEffect::Total => format!("{amount} given back so far in all{with_tax}{foreign}"),
    }
}

pub fn dispute(dispute: &Dispute) -> String {
    let amount = Money::new(dispute.fact.amount, dispute.fact.currency);
    match dispute.fact.state {
        DisputeState::Open => format!("{amount} disputed, not decided yet: the commission is frozen"),
        DisputeState::Won => format!("dispute of {amount} won: it takes nothing"),
        DisputeState::Lost => format!("dispute of {amount} lost: it counts as given back"),
    }
}

/// The display name of an account of the book.
pub fn account(kind: &str, affiliate: &str) -> String {
    match kind {
        "commission_expense" => "Your commission expense".to_owned(),
        "affiliate_pending" => format!("{affiliate}, on hold"),
        "affiliate_approved" => format!("{affiliate}, payable"),
        "affiliate_reserved" => format!("{affiliate}, in a payout"),
        "affiliate_paid" => format!("{affiliate}, paid out"),
        other => other.to_owned(),
    }
}

/// What a transfer is for; `back` if a payment runs in the opposite of its usual direction.
pub fn transfer(kind: &str, back: bool) -> &'static str {
    match kind {
        "commission_earned" => "Earned",
        "commission_reversed" => "Taken back",
        "commission_approved" => "Became payable",
        "commission_unapproved" => "Held again",
        "payout_reserved" => "Taken into a payout",
        "payout_voided" => "The payout was given up",
        "payout_returned" => "The payment came back",
        "commission_paid" if back => "Settled with a payout",
        "commission_paid" => "Paid out",
        _ => "Moved",
    }
}

/// The steps of a commission's calculation. Texts that people wrote are left out, because decisions are shown with
/// their authors.
pub fn arithmetic(reason: &str) -> Vec<String> {
    let reason = reason.split_once("; denied: ").map_or(reason, |(steps, _)| steps);
    reason.split("; ").filter(|step| !step.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_have_a_year() {
        let at = Timestamp::parse_rfc3339("2026-11-05T08:03:59Z").unwrap();
        assert_eq!((moment(at).as_str(), day(at).as_str()), ("5 Nov 2026, 08:03 UTC", "5 Nov 2026"));
    }

    #[test]
    fn arithmetic_is_ours_alone() {
        let reason = "20 % of USD 99.00 = USD 19.80 (rounded half up); at most USD 5.00; denied: no; really: no";
        assert_eq!(arithmetic(reason), ["20 % of USD 99.00 = USD 19.80 (rounded half up)", "at most USD 5.00"]);
        assert!(arithmetic("").is_empty());
    }
}
