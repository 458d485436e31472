//! Goal: a receipt describes what the recomputation did and what the book contains. Method: one sale with several
//! touches, built in memory; no database.

use shared::{
    config::AttributionModel,
    id::{AffiliateId, EventId, Id, Kind, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::{
    super::{Names, Other, SaleFacts},
    *,
};
use crate::{
    decision::view::Decision,
    history::{BuyerHistory, Person, Rates},
};
use rules::{
    attribution::{
        flag::Flag,
        policy::{Checks, Claims, CustomerBinding, Policies, Policy},
        touch::{BuyerKey, Touch, TouchKind},
    },
    commission::plan::{Component, Pays, PlanVersion},
    conversion::{self, given_back::Refund},
    fact::{Basis, Details, Provenance, RefundEffect, RefundFact},
};

fn id<K: Kind>(number: u8) -> Id<K> {
    Id::from_bytes([number; 16])
}

fn day(days: i64) -> Timestamp {
    Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap().plus_days(days)
}

const LAUREN: AffiliateId = AffiliateId::from_bytes([1; 16]);
const PROGRAM: ProgramId = ProgramId::from_bytes([9; 16]);

fn click(affiliate: u8, at: i64) -> Touch {
    Touch {
        buyer: BuyerKey::Known(id(5)),
        event_id: id(affiliate),
        reported_at: day(0),
        kind: TouchKind::Click,
        touched_at: day(at),
        click_id: Some(id(affiliate)),
        link_id: Some(id(affiliate)),
        coupon_id: None,
        program_id: PROGRAM,
        affiliate_id: id(affiliate),
        overrides_click: false,
        provenance: Provenance::Verified,
        purchase: None,
    }
}

fn sale() -> Conversion {
    Conversion {
        organization_id: id(8),
        id: id(20),
        event_id: id(21),
        external_id: "order_1".to_owned(),
        source: "Stripe".to_owned(),
        provenance: Provenance::Verified,
        claimed_email_key: None,
        lead: false,
        reported_recurring: false,
        reported_program_id: None,
        customer_id: Some(id(5)),
        subscription_id: None,
        product_id: None,
        details: Details::default(),
        amount: Money::new(9_900, Currency::USD),
        paid: 11_900,
        paid_known: true,
        occurred_at: day(0),
        outcome: conversion::Outcome { kind: conversion::Kind::Sale, ..conversion::Outcome::unknown() },
    }
}

fn commission() -> Commission {
    Commission {
        id: id(30),
        earned_by: EarnedBy::Conversion(id(20)),
        affiliate_id: LAUREN,
        program_id: PROGRAM,
        plan_version_id: Some(id(40)),
        component: 0,
        component_id: None,
        amount: 1_485,
        earned: Money::new(1_980, Currency::USD),
        paid: 0,
        reserved: 0,
        status: CommissionStatus::Pending,
        held: None,
        hold_until: day(30),
        approved_at: None,
        reason: "20% of USD 99.00 = USD 19.80 (rounded half up); USD 24.75 of USD 99.00 refunded, leaving USD 14.85"
            .to_owned(),
    }
}

fn booked(number: u8, kind: &str, from: &str, to: &str, amount: i64) -> Booked {
    Booked {
        id: id(number),
        at: day(0),
        kind: kind.to_owned(),
        from: from.to_owned(),
        to: to.to_owned(),
        amount,
        event: None,
        decision: None,
        payout: None,
        left: false,
    }
}

fn facts() -> Facts {
    let mut policies = Policies::default();
    policies.add(
        PROGRAM,
        Policy {
            effective_at: Timestamp::EPOCH,
            model: AttributionModel::LastTouch,
            window_days: 60,
            binding: CustomerBinding::AffiliateAndPlan,
            checks: Checks::default(),
            claims: Claims::default(),
        },
    );
    let refund = Refund {
        event_id: id(22),
        occurred_at: day(3),
        fact: RefundFact {
            external_id: "back_1".to_owned(),
            refund_of: "order_1".to_owned(),
            amount: 2_975,
            currency: Currency::USD,
            basis: Basis::Paid,
            effect: RefundEffect::Made,
        },
    };
    let mut history = BuyerHistory {
        conversions: vec![sale()],
        touches: vec![click(1, -2), click(2, -9), click(3, -70), click(4, 2)],
        ..BuyerHistory::default()
    };
    history.people.insert(id(5), Person { buyer: id(5), name: String::new(), emails: Vec::new() });
    history.refunds.insert("order_1".to_owned(), vec![refund]);
    let (expense, pending) = ("commission_expense", "affiliate_pending");
    Facts {
        zone: Zone::utc(),
        now: day(5),
        commission: commission(),
        created_at: day(0),
        sale: Some(SaleFacts {
            zone: Zone::utc(),
            history,
            rates: Rates { policies, ..Rates::default() },
            index: 0,
            customer: Some("cus_42".to_owned()),
        }),
        plan: Some(PlanVersion {
            id: id(40),
            program_id: PROGRAM,
            scope: Scope::Program,
            effective_at: day(-100),
            components: Some(vec![Component::from(Pays::Percentage { rate_ppm: 200_000 })]),
            hold_days: 30,
        }),
        names: Names {
            affiliates: [(LAUREN, "Lauren Vale".to_owned())].into(),
            programs: [(PROGRAM, "Partners".to_owned())].into(),
            links: [(id(1), "go.acme.test/lauren".to_owned())].into(),
            coupons: [(id(60), "LAUREN20".to_owned())].into(),
        },
        decisions: Vec::new(),
        transfers: vec![
            Booked { event: Some(id(21)), ..booked(50, "commission_earned", expense, pending, 1_980) },
            Booked { event: Some(id(22)), ..booked(51, "commission_reversed", pending, expense, 495) },
        ],
        others: vec![Other { id: id(31), affiliate: LAUREN, amount: 500, status: CommissionStatus::Pending }],
    }
}

#[test]
fn it_says_what_it_is_worth_and_when() {
    let headline = |change: &dyn Fn(&mut Facts)| {
        let mut facts = facts();
        change(&mut facts);
        receipt(&facts).headline
    };
    assert_eq!(headline(&|_| {}), "USD 14.85 for Lauren Vale, Pending: payable on 20 Dec 2026, when its hold ends.");
    assert_eq!(
        headline(&|facts| {
            facts.commission.status = CommissionStatus::Paid;
            facts.commission.paid = 1_980;
        }),
        "USD 14.85 for Lauren Vale, Paid: paid out; USD 19.80 was paid, so USD 4.95 will be deducted from the next \
         payout."
    );
    let left = |facts: &mut Facts| {
        (facts.commission.status, facts.commission.paid) = (CommissionStatus::Paid, 1_980);
        facts.transfers[0].left = true;
    };
    let deducted = "; USD 19.80 was left to another platform, so USD 4.95 will be deducted from the next payout.";
    let state = format!(", Paid: left to the platform that it was imported from{deducted}");
    assert!(headline(&left).ends_with(&state));
    assert_eq!(
        headline(&|facts| {
            facts.commission.held = Some(Held::Review);
            facts.sale.as_mut().unwrap().history.conversions[0].outcome.flags = vec![Flag::SelfReferral];
        }),
        "USD 14.85 for Lauren Vale, Pending: held for review (the buyer has the affiliate's own email address), and \
         not payable before 20 Dec 2026."
    );
    let deny = |facts: &mut Facts| {
        facts.commission = Commission { amount: 0, status: CommissionStatus::Denied, ..commission() };
        facts.decisions = vec![Decision {
            id: id(60),
            kind: "Deny".to_owned(),
            conversion_id: None,
            commission_id: Some(id(30)),
            join_id: None,
            program_id: None,
            affiliate_id: None,
            reach: None,
            actor: "user:usr_1".to_owned(),
            reason: "made up".to_owned(),
            decided_at: day(4),
        }];
    };
    assert_eq!(headline(&deny), "USD 0.00 for Lauren Vale, Denied: made up.");
}

#[test]
fn pages_write_amounts_and_dates_as_their_lists_do() {
    let sentence = |change: &dyn Fn(&mut Commission), zone: &str| {
        let mut facts = facts();
        change(&mut facts.commission);
        state_in_words(&facts, &Zone::named(zone))
    };
    assert_eq!(sentence(&|_| {}, "UTC"), "Payable on 20 Dec 2026, when its hold ends.");
    assert_eq!(sentence(&|_| {}, "Pacific/Honolulu"), "Payable on 19 Dec 2026, when its hold ends.");
    let paid = |commission: &mut Commission| {
        commission.status = CommissionStatus::Paid;
        commission.paid = 1_980;
    };
    assert_eq!(sentence(&paid, "UTC"), "Paid out; $19.80 was paid, so $4.95 will be deducted from the next payout.");
    let denied = |commission: &mut Commission| {
        *commission = Commission { amount: 0, status: CommissionStatus::Denied, ..commission.clone() };
    };
    assert!(sentence(&denied, "UTC").starts_with("Denied: no longer earned: "));
}

#[test]
fn a_touch_is_called_as_people_call_it() {
    let mut facts = facts();
    facts.sale.as_mut().unwrap().history.touches.push(Touch {
        event_id: id(21),
        kind: TouchKind::Slug,
        click_id: None,
        link_id: None,
        ..click(1, 0)
    });
    let credit = receipt(&facts).credit.unwrap();
    let named: Vec<(&str, &str)> = credit.touches.iter().map(|touch| (touch.kind, touch.label())).collect();
    assert!(named.contains(&("slug", "link name")) && named.contains(&("click", "click")), "{named:?}");
}

#[test]
fn a_coupon_is_shown_with_its_code() {
    let mut facts = facts();
    facts.sale.as_mut().unwrap().history.touches.push(Touch {
        event_id: id(21),
        kind: TouchKind::Coupon,
        click_id: None,
        link_id: None,
        coupon_id: Some(id(60)),
        overrides_click: true,
        ..click(1, 0)
    });
    let credit = receipt(&facts).credit.unwrap();
    assert_eq!(credit.in_words, "The customer used Lauren Vale's coupon LAUREN20.");
    let codes: Vec<&str> = credit.touches.iter().filter_map(|touch| touch.coupon.as_deref()).collect();
    assert_eq!(codes, ["LAUREN20"], "clicks have none");
}

#[test]
fn every_touch_is_there_with_its_reason() {
    let credit = receipt(&facts()).credit.unwrap();
    let seen: Vec<(AffiliateId, &str, &str)> =
        credit.touches.iter().map(|touch| (touch.affiliate_id, touch.outcome, touch.reason.as_str())).collect();
    assert_eq!(
        seen,
        [
            (id(3), "lost", "older than the 60-day cookie window"),
            (id(2), "lost", "a later click won (last click)"),
            (id(1), "won", "the last click before the sale"),
            (id(4), "lost", "it came after the sale"),
        ]
    );
    assert_eq!(credit.touches[2].link.as_deref(), Some("go.acme.test/lauren"));
    assert_eq!(
        credit.in_words,
        "The customer clicked Lauren Vale's link, the last click before the sale, on 18 Nov 2026, 08:30 UTC."
    );
}

#[test]
fn who_is_credited_never_lost() {
    let mut facts = facts();
    let again = Touch { event_id: id(7), click_id: Some(id(7)), ..click(1, -5) };
    facts.sale.as_mut().unwrap().history.touches.push(again);
    let credit = receipt(&facts).credit.unwrap();
    let spare: Vec<(AffiliateId, &str)> =
        credit.not_needed().iter().map(|(touch, why)| (touch.affiliate_id, *why)).collect();
    assert_eq!(spare, [(id(1), "a later click won (last click)")]);
    let decisive: Vec<(AffiliateId, &str)> =
        credit.decisive().iter().map(|touch| (touch.affiliate_id, touch.outcome)).collect();
    assert_eq!(decisive, [(id(3), "lost"), (id(2), "lost"), (id(1), "won"), (id(4), "lost")]);
    assert!(!serde_json::to_string(&credit).unwrap().contains("notNeeded"), "it's for pages alone");
}

#[test]
fn the_sale_its_refunds_and_the_plan_are_in_words() {
    let receipt = receipt(&facts());
    let sale = receipt.sale.unwrap();
    assert_eq!(sale.report, "Sent by Stripe (signed) on 20 Nov 2026, 08:30 UTC.");
    assert_eq!(sale.given_back[0].in_words, "USD 29.75 refunded of USD 119.00 paid including tax and shipping");
    let plan = receipt.plan.unwrap();
    assert_eq!((plan.component.as_str(), plan.scope.as_str()), ("20% of each sale", "everyone in Partners"));
    assert_eq!(plan.why, "In effect on 20 Nov 2026, when the sale was made.");
    assert_eq!(receipt.arithmetic.len(), 2);
    assert_eq!(receipt.others[0].amount_cents, 500);
}

#[test]
fn a_refund_that_backend_and_gateway_report_says_which_amount_counts() {
    let mut facts = facts();
    let refunds = facts.sale.as_mut().unwrap().history.refunds.get_mut("order_1").unwrap();
    let (mut backend, mut other) = (refunds[0].clone(), refunds[0].clone());
    (backend.event_id, backend.fact.basis, backend.fact.amount) = (id(23), Basis::Commissionable, 2_500);
    (other.event_id, other.fact.external_id) = (id(24), "back_2".to_owned());
    refunds.extend([backend, other]);
    let listed: Vec<String> = receipt(&facts).sale.unwrap().given_back.into_iter().map(|row| row.in_words).collect();
    let overruled: Vec<bool> =
        listed.iter().map(|words| words.contains("the gateway also reported this refund")).collect();
    assert_eq!(overruled, [false, true, false], "{listed:?}");
}

#[test]
fn an_event_that_reports_two_refunds_names_both() {
    let mut facts = facts();
    let refunds = facts.sale.as_mut().unwrap().history.refunds.get_mut("order_1").unwrap();
    let mut second = refunds[0].clone();
    second.fact.external_id = "back_2".to_owned();
    refunds.push(second);
    assert_eq!(receipt(&facts).transfers[1].because, "refund back_1 and refund back_2");
}

#[test]
fn transfers_add_up_to_the_amount_and_name_their_cause() {
    let mut facts = facts();
    let receipt = receipt(&facts);
    assert_eq!(receipt.booked_cents, receipt.amount_cents);
    let because: Vec<&str> = receipt.transfers.iter().map(|row| row.because.as_str()).collect();
    assert_eq!(because, ["sale order_1", "refund back_1"]);
    assert_eq!(receipt.transfers[0].to, "Lauren Vale, on hold");
    let unknown: EventId = id(99);
    facts.transfers[1].event = Some(unknown);
    facts.transfers.push(booked(52, "commission_approved", "affiliate_pending", "affiliate_approved", 1_485));
    let rows = super::receipt(&facts).transfers;
    assert_eq!((rows[1].because.as_str(), rows[2].because.as_str()), ("an event for another sale", "its hold ended"));
    assert_eq!((rows[2].cause, rows[2].what), ("Schedule", "Became payable"));
}

#[test]
fn a_bonus_needs_no_sale() {
    let mut facts = facts();
    facts.sale = None;
    facts.plan = None;
    facts.commission = Commission {
        earned_by: EarnedBy::Bonus(day(0)),
        status: CommissionStatus::Approved,
        approved_at: Some(day(0)),
        reason: "thanks; really".to_owned(),
        ..commission()
    };
    let receipt = receipt(&facts);
    assert!(receipt.sale.is_none() && receipt.credit.is_none() && receipt.plan.is_none());
    assert_eq!(receipt.arithmetic, ["bonus of USD 19.80"]);
    assert!(
        receipt.headline.ends_with("payable since 20 Nov 2026, included in the next payout."),
        "{}",
        receipt.headline
    );
}
