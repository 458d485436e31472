//! Texts for rules, flags, accounts and times. No side effects.

use shared::{config::AttributionModel, money::Money, timestamp::Timestamp};

use kit::page::zone::Zone;
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

/// `20 Nov 2026, 08:30 UTC`, or with the name of another time zone in parentheses.
pub fn moment(at: Timestamp, zone: &Zone) -> String {
    match zone.name() {
        "UTC" => format!("{} UTC", zone.full(at)),
        name => format!("{} ({name})", zone.full(at)),
    }
}

/// The source that reported a conversion.
pub fn source_in_words(source: &str) -> String {
    match source {
        "S2s" => "your server (signed)".to_owned(),
        "Import" => "an import".to_owned(),
        "Pixel" => "a browser (unverified, because anyone could have sent it)".to_owned(),
        gateway => format!("{gateway} (signed)"),
    }
}

pub const fn flag(flag: Flag) -> &'static str {
    match flag {
        Flag::Unverified => "reported only by a browser: approve it, or wait for your server or gateway to confirm it",
        Flag::SelfReferral => "the buyer has the affiliate's own email address",
        Flag::DuplicateCustomer => "another customer with the same email address bought or signed up before",
        Flag::UnknownLead => "the lead has no email address or customer ID, so it may be a duplicate",
        Flag::DeniedBefore => "an earlier sale to this customer was denied for the affiliate",
        Flag::Velocity => "more conversions in one hour than the program allows per affiliate",
        Flag::ClickToSale => "unusually fast purchase after the click",
        Flag::SelfRecruit => {
            "the recruiter shares an email address or payout account with the affiliate, or bought this themselves"
        }
    }
}

pub const fn refund_issue(issue: RefundIssue) -> &'static str {
    match issue {
        RefundIssue::RefundCurrency => "The refund's currency doesn't match the sale, so no commission was reversed.",
        RefundIssue::RefundExceedsSale => "The refund is larger than the sale, so we treated it as a full refund.",
    }
}

/// What happened to a touch. `through` is the sale that bound the buyer.
pub fn fate(touch: &Touch, fate: Fate, model: AttributionModel, through: Option<&str>) -> String {
    match fate {
        Fate::Won => won(touch, model).to_owned(),
        Fate::After => "it came after the sale".to_owned(),
        Fate::Expired(days) => format!("older than the {days}-day cookie window"),
        Fate::NoProgram => "its program has no attribution rules".to_owned(),
        Fate::NotApproved => "the affiliate wasn't approved at that time".to_owned(),
        Fate::Decided => "decided manually".to_owned(),
        Fate::Bound if touch.kind == TouchKind::Import && through == Some(IMPORTED) => {
            "the customer was imported as theirs".to_owned()
        }
        Fate::Bound => match through.filter(|sale| *sale != IMPORTED) {
            Some(sale) => format!("the customer was already locked in by sale {sale}"),
            None => "the customer was already locked in".to_owned(),
        },
        Fate::Spent => "a sale that it was credited with was denied or reassigned".to_owned(),
        Fate::Elsewhere => "it belongs to another purchase".to_owned(),
        Fate::Claimed => "reported only by a browser, so it doesn't count for this sale".to_owned(),
        Fate::ClaimedLate(hours) => format!("sent by a browser more than {hours} hours after the sale"),
        Fate::ClaimedAfterDecision => "sent by a browser after someone had approved or denied the sale".to_owned(),
        Fate::Beaten(by) => beaten(by, touch.kind).to_owned(),
    }
}

const fn won(touch: &Touch, model: AttributionModel) -> &'static str {
    match (touch.kind, model) {
        (TouchKind::Coupon, _) if touch.overrides_click => "a coupon that takes priority over clicks",
        (TouchKind::Coupon, _) => "a coupon, with nothing of higher priority",
        (TouchKind::Slug, _) => "the sale named the affiliate",
        (TouchKind::Import, _) => "the customer was imported",
        (TouchKind::Click, AttributionModel::LastTouch) => "the last click before the sale",
        (TouchKind::Click, AttributionModel::FirstTouch) => "the first click within the window",
    }
}

const fn beaten(by: Beaten, kind: TouchKind) -> &'static str {
    match (by, kind) {
        (Beaten::Verified, _) => "sent only by a browser: evidence from your server or gateway takes priority",
        (Beaten::OtherProgram, _) => "another program took priority",
        (Beaten::Coupon, _) => "a coupon took priority over clicks",
        (Beaten::Click, _) => "a click took priority",
        (Beaten::Slug, _) => "the affiliate named with the sale took priority",
        (Beaten::Later, TouchKind::Click) => "a later click won (last click)",
        (Beaten::Later, _) => "a later one of the same kind won",
        (Beaten::Earlier, TouchKind::Click) => "an earlier click won (first click)",
        (Beaten::Earlier, _) => "an earlier one of the same kind won",
        (Beaten::SameMoment, _) => "another one at the same moment won",
    }
}

/// Describes a refund. `sale` is the sale's commissionable amount, `paid` the total that the buyer paid.
pub fn refund(refund: &Refund, sale: Money, paid: i64) -> String {
    let fact = &refund.fact;
    let amount = Money::new(fact.amount, fact.currency);
    let with_tax = match fact.basis {
        Basis::Paid if paid != sale.minor => {
            format!(" of {} paid including tax and shipping", Money::new(paid, sale.currency))
        }
        _ => String::new(),
    };
    let foreign = if fact.currency == sale.currency { "" } else { "; wrong currency, so no commission was reversed" };
    match fact.effect {
        RefundEffect::Made => format!("{amount} refunded{with_tax}{foreign}"),
        RefundEffect::Undone => format!("refund of {amount} failed or was canceled"),
        RefundEffect::Restored => format!("{amount} returned to you{with_tax}{foreign}"),
        RefundEffect::Total => format!("{amount} refunded in total so far{with_tax}{foreign}"),
    }
}

pub fn dispute(dispute: &Dispute) -> String {
    let amount = Money::new(dispute.fact.amount, dispute.fact.currency);
    match dispute.fact.state {
        DisputeState::Open => format!("{amount} disputed: the commission is frozen until the dispute closes"),
        DisputeState::Won => format!("dispute of {amount} won: no commission was reversed"),
        DisputeState::Lost => format!("dispute of {amount} lost: treated as a refund"),
    }
}

/// What happened to the paid part of a commission; `left` if an import left it to the earlier platform.
pub const fn settled(left: bool) -> &'static str {
    if left { "left to another platform" } else { "paid" }
}

/// The display name of an account of the book; `left` in a transfer of what an import left to the earlier platform.
pub fn account(kind: &str, affiliate: &str, left: bool) -> String {
    match kind {
        "commission_expense" => "Your commission expense".to_owned(),
        "affiliate_pending" => format!("{affiliate}, on hold"),
        "affiliate_approved" => format!("{affiliate}, payable"),
        "affiliate_reserved" => format!("{affiliate}, in a payout"),
        "affiliate_paid" if left => format!("{affiliate}, settled elsewhere"),
        "affiliate_paid" => format!("{affiliate}, paid out"),
        other => other.to_owned(),
    }
}

/// What a transfer is for; `back` if a payment runs in the opposite of its usual direction.
pub fn transfer(kind: &str, back: bool) -> &'static str {
    match kind {
        "commission_earned" => "Earned",
        "commission_reversed" => "Reversed",
        "commission_approved" => "Became payable",
        "commission_unapproved" => "Put back on hold",
        "payout_reserved" => "Added to a payout",
        "payout_voided" => "Payout canceled",
        "payout_returned" => "Payment returned",
        "commission_paid" if back => "Offset by a payout",
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
        assert_eq!(moment(at, &Zone::utc()), "5 Nov 2026, 08:03 UTC");
        assert_eq!(moment(at, &Zone::named("Asia/Kolkata")), "5 Nov 2026, 13:33 (Asia/Kolkata)");
    }

    #[test]
    fn what_is_left_to_another_platform_is_not_paid_out() {
        let account = |left| account("affiliate_paid", "Lauren", left);
        assert_eq!([account(false), account(true)], ["Lauren, paid out", "Lauren, settled elsewhere"]);
    }

    #[test]
    fn arithmetic_is_ours_alone() {
        let reason = "20% of USD 99.00 = USD 19.80 (rounded half up); capped at USD 5.00; denied: no; really: no";
        assert_eq!(arithmetic(reason), ["20% of USD 99.00 = USD 19.80 (rounded half up)", "capped at USD 5.00"]);
        assert!(arithmetic("").is_empty());
    }
}
