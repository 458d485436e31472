//! Tests of rules that apply to every gateway.

use proptest::prelude::*;

use super::*;

fn code(gateway: Gateway, body: &str) -> Option<&'static str> {
    read(gateway, body).err().map(|error| error.code)
}

#[test]
fn what_is_no_event_is_refused() {
    for body in ["", "x", "[]", "{}", "null", r#"{"type":"invoice.paid"}"#, "<a/>", "<notification/>"] {
        for gateway in Gateway::ALL {
            assert_eq!(code(gateway, body), Some("malformed_event"), "{gateway:?} {body}");
        }
    }
}

#[test]
fn one_gateways_event_is_not_anothers() {
    let stripe = include_str!("../../../../tests/fixtures/stripe/invoice.paid.basil.json");
    let paddle = include_str!("../../../../tests/fixtures/paddle/transaction.completed.json");
    assert_eq!(code(Gateway::Paddle, stripe), Some("malformed_event"));
    assert_eq!(code(Gateway::Stripe, paddle), Some("malformed_event"));
    assert_eq!(code(Gateway::Braintree, paddle), Some("malformed_event"));
    for (from, body) in BODIES {
        for gateway in Gateway::ALL.into_iter().filter(|gateway| *gateway != from) {
            // Shopify's bodies have no envelope: any object with a time of its own could be another topic.
            let made = read(gateway, body).map(|reading| (reading.facts, reading.customer));
            assert!(made.is_err() || made == Ok((Vec::new(), None)), "{from:?} as {gateway:?}");
        }
    }
}

#[test]
fn names_that_no_column_takes_are_refused() {
    let paid = include_str!("../../../../tests/fixtures/stripe/invoice.paid.basil.json");
    assert_eq!(code(Gateway::Stripe, paid), None);
    let long = "x".repeat(NAME_MAX + 1);
    for name in ["", "a\\u0000b", "a\\nb", &long] {
        for place in ["\"in_fixture\"", "\"cus_fixture\"", "\"sub_fixture\"", "\"prod_studio\""] {
            let changed = paid.replace(place, &format!("\"{name}\""));
            // An empty id of a customer, subscription or product is ignored.
            let expected = if name.is_empty() && place != "\"in_fixture\"" { None } else { Some("malformed_event") };
            assert_eq!(code(Gateway::Stripe, &changed), expected, "{place} {name:.10}");
        }
    }
    let nameless = read(Gateway::Stripe, &paid.replace("odette@buyers.example", &long)).unwrap();
    assert_eq!(nameless.customer.and_then(|buyer| buyer.email), None, "an address is dropped");
    let subscription = include_str!("../../../../tests/fixtures/stripe/customer.subscription.created.json");
    assert_eq!(code(Gateway::Stripe, &subscription.replace("sub_fixture", &long)), Some("malformed_event"));
}

const BODIES: [(Gateway, &str); 15] = [
    (Gateway::Stripe, include_str!("../../../../tests/fixtures/stripe/invoice.paid.before_basil.json")),
    (Gateway::Stripe, include_str!("../../../../tests/fixtures/stripe/checkout.session.completed.payment.json")),
    (Gateway::Stripe, include_str!("../../../../tests/fixtures/stripe/charge.refunded.partial.json")),
    (Gateway::Stripe, include_str!("../../../../tests/fixtures/stripe/invoice.paid.trial.json")),
    (Gateway::Paddle, include_str!("../../../../tests/fixtures/paddle/transaction.completed.json")),
    (Gateway::Paddle, include_str!("../../../../tests/fixtures/paddle/adjustment.updated.json")),
    (Gateway::Braintree, include_str!("../../../../tests/fixtures/braintree/subscription_charged_successfully.xml")),
    (Gateway::Shopify, include_str!("../../../../tests/fixtures/shopify/orders.paid.json")),
    (Gateway::Shopify, include_str!("../../../../tests/fixtures/shopify/orders.cancelled.json")),
    (Gateway::Shopify, include_str!("../../../../tests/fixtures/shopify/refunds.create.json")),
    (Gateway::Dodo, include_str!("../../../../tests/fixtures/dodo/payment.succeeded.json")),
    (Gateway::Dodo, include_str!("../../../../tests/fixtures/dodo/refund.succeeded.json")),
    (Gateway::Creem, include_str!("../../../../tests/fixtures/creem/checkout.completed.onetime.json")),
    (Gateway::Creem, include_str!("../../../../tests/fixtures/creem/subscription.paid.json")),
    (Gateway::Creem, include_str!("../../../../tests/fixtures/creem/dispute.created.json")),
];

proptest! {
    /// Any number in a genuine event replaced by any other, and any position cut or changed: a result, never a panic,
    /// and never a negative amount.
    #[test]
    fn no_body_panics(which: prop::sample::Index, at: prop::sample::Index, number in any::<i64>(), cut: bool, text in "\\PC{0,3}") {
        let (gateway, body) = BODIES[which.index(BODIES.len())];
        let digits: Vec<usize> = body.match_indices(|c: char| c.is_ascii_digit()).map(|(index, _)| index).collect();
        let from = digits[at.index(digits.len())];
        let to = body[from..].find(|c: char| !c.is_ascii_digit()).map_or(body.len(), |length| from + length);
        let changed = format!("{}{number}{}", &body[..from], &body[to..]);
        for body in [changed, format!("{}{text}{}", &body[..from], if cut { "" } else { &body[to..] })] {
            for fact in read(gateway, &body).map(|reading| reading.facts).unwrap_or_default() {
                match fact {
                    Fact::Conversion(lead) if lead.lead => prop_assert!(lead.amount == 0 && lead.paid == 0),
                    Fact::Conversion(sale) => prop_assert!(sale.amount > 0 && sale.paid >= 0),
                    Fact::Refund(refund) => prop_assert!(refund.amount >= 0),
                    Fact::Dispute(dispute) => prop_assert!(dispute.amount >= 0),
                    Fact::Alias(_) => {}
                }
            }
        }
    }
}
