//! Reads an event's facts, whatever its source. No side effects: returns facts or a reason why not.

use shared::{
    event::{Conversion, ConversionSource, ConversionType, Event, GatewayEvent, PastSale, Payload},
    fields::CLAIMED_AMOUNT_MAX,
};

use rules::{
    fact::{
        Basis, Buyer, ConversionFact, Details, Evidence, Fact, RefundEffect, RefundFact, ReportedEvent, Source,
        Unreadable,
    },
    gateway,
};

/// The maximum minor units of one event: far more than any purchase, and small enough that no sum exceeds 64 bits.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// Reads an event's facts.
///
/// # Errors
/// [`Unreadable`] if the event contradicts itself or its gateway's published format.
pub fn read(event: &Event) -> Result<ReportedEvent, Unreadable> {
    let report = match &event.payload {
        Payload::Conversion(conversion) => read_conversion(event, conversion)?,
        Payload::Gateway(gateway) => read_gateway(event, gateway)?,
        Payload::Click(_) => return Err(Unreadable::new("not_a_conversion", "a click carries no conversion")),
    };
    let most = if report.provenance().is_verified() { AMOUNT_MAX } else { CLAIMED_AMOUNT_MAX };
    for fact in &report.facts {
        let amounts = match fact {
            Fact::Conversion(fact) => [fact.amount, fact.paid],
            Fact::Refund(fact) => [fact.amount; 2],
            Fact::Dispute(fact) => [fact.amount, fact.total.unwrap_or_default()],
            Fact::Alias(_) => [0; 2],
        };
        for amount in amounts {
            match amount {
                0.. if amount <= most => {}
                ..0 => return Err(Unreadable::new("negative_amount", "the amount is negative")),
                _ => return Err(Unreadable::new("amount_out_of_range", "the amount is too large")),
            }
        }
    }
    Ok(report)
}

fn read_conversion(event: &Event, conversion: &Conversion) -> Result<ReportedEvent, Unreadable> {
    if conversion.source == ConversionSource::Import {
        return match conversion.past {
            Some(past) => read_past(event, conversion, past),
            None => Ok(read_import(event, conversion)),
        };
    }
    let claimed = conversion.source == ConversionSource::Pixel;
    let fact = match conversion.kind {
        // A refund takes money from an affiliate: the edge accepts none from a page, and neither does the ledger.
        ConversionType::Refund if claimed => {
            return Err(Unreadable::new("claimed_refund", "a browser can't report refunds"));
        }
        ConversionType::Refund => Fact::Refund(RefundFact {
            external_id: conversion.external_event_id.clone(),
            refund_of: conversion
                .refund_of
                .clone()
                .ok_or_else(|| Unreadable::new("refund_without_sale", "refundOf is missing"))?,
            amount: conversion.amount_cents,
            currency: conversion.currency,
            basis: Basis::Commissionable,
            effect: RefundEffect::Made,
        }),
        kind => Fact::Conversion(Box::new(ConversionFact {
            external_id: conversion.external_event_id.clone(),
            lead: kind == ConversionType::Lead,
            reported_recurring: false,
            amount: if kind == ConversionType::Lead { 0 } else { conversion.amount_cents },
            paid: if kind == ConversionType::Lead {
                0
            } else {
                conversion.paid_cents.unwrap_or(conversion.amount_cents).max(conversion.amount_cents)
            },
            paid_known: conversion.paid_cents.is_some(),
            currency: conversion.currency,
            subscription_id: conversion.subscription_id.clone(),
            product_id: conversion.product_id.clone(),
            details: Details {
                country: conversion.country.clone(),
                items: Vec::new(),
                metadata: conversion.metadata.iter().filter_map(|(key, value)| text(key, value)).collect(),
                past: None,
            },
        })),
    };
    Ok(ReportedEvent {
        organization_id: event.organization_id,
        event_id: event.id,
        received_at: event.received_at,
        source: match conversion.source {
            ConversionSource::S2s => Source::S2s,
            ConversionSource::Pixel => Source::Pixel,
            ConversionSource::Import => Source::Import,
        },
        // A page can't backdate anything: its claims, and their holds, begin when they arrive.
        at: conversion.occurred_at.filter(|_| !claimed).unwrap_or(event.received_at),
        customer: buyer(conversion),
        program_id: conversion.program_id,
        prefers: None,
        evidence: Evidence {
            click_token: conversion.click_token.clone(),
            slug: conversion.affiliate_slug.clone(),
            coupons: conversion.coupon_code.iter().cloned().collect(),
            since: None,
            purchase: None,
        },
        facts: vec![fact],
    })
}

/// The buyer that a conversion names. A page's id is never taken for an address: it identifies no one, and the address
/// of a stored claim must go on following from its event.
fn buyer(conversion: &Conversion) -> Option<Buyer> {
    let (id, email) = (conversion.customer_id.as_deref(), conversion.customer_email.as_deref());
    match conversion.source {
        ConversionSource::Pixel => Buyer::claimed(id, email),
        ConversionSource::S2s | ConversionSource::Import => Buyer::new(id, email),
    }
}

/// An import contains no purchase: it says which affiliate a buyer belongs to, from the time of the import on.
fn read_import(event: &Event, conversion: &Conversion) -> ReportedEvent {
    ReportedEvent {
        organization_id: event.organization_id,
        event_id: event.id,
        source: Source::Import,
        received_at: event.received_at,
        at: event.received_at,
        customer: buyer(conversion),
        program_id: conversion.program_id,
        prefers: None,
        evidence: Evidence {
            slug: conversion.affiliate_slug.clone(),
            since: conversion.occurred_at,
            ..Evidence::default()
        },
        facts: Vec::new(),
    }
}

/// An imported sale or lead of the past: the conversion itself, and which affiliate its buyer belongs to: since that
/// sale, or for a lead, who hasn't bought yet, since the import.
fn read_past(event: &Event, conversion: &Conversion, past: PastSale) -> Result<ReportedEvent, Unreadable> {
    let lead = conversion.kind == ConversionType::Lead;
    if conversion.kind == ConversionType::Refund || (lead && (past.earned_cents, conversion.amount_cents) != (0, 0)) {
        return Err(Unreadable::new("past_not_a_sale", "only a sale can have a past commission"));
    }
    if !(0..=AMOUNT_MAX).contains(&past.earned_cents) {
        return Err(Unreadable::new("amount_out_of_range", "the commission is negative or too large"));
    }
    let mut binding = read_import(event, conversion);
    if lead {
        binding.evidence.since = Some(event.received_at);
    }
    let at = conversion.occurred_at.unwrap_or(event.received_at);
    let fact = Fact::Conversion(Box::new(ConversionFact {
        external_id: conversion.external_event_id.clone(),
        lead,
        reported_recurring: false,
        amount: conversion.amount_cents,
        paid: conversion.amount_cents,
        paid_known: false,
        currency: conversion.currency,
        subscription_id: conversion.subscription_id.clone(),
        product_id: conversion.product_id.clone(),
        details: Details { past: Some(past), ..Details::default() },
    }));
    Ok(ReportedEvent { at, facts: vec![fact], ..binding })
}

/// The text form of a value that a plan's condition can compare: a text, number or boolean.
fn text(key: &str, value: &serde_json::Value) -> Option<(String, String)> {
    let text = match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Number(number) => number.to_string(),
        serde_json::Value::Bool(truth) => truth.to_string(),
        serde_json::Value::Null | serde_json::Value::Array(_) | serde_json::Value::Object(_) => return None,
    };
    Some((key.to_owned(), text))
}

fn read_gateway(event: &Event, received: &GatewayEvent) -> Result<ReportedEvent, Unreadable> {
    let reading = gateway::read(received.gateway, &received.body)?;
    Ok(ReportedEvent {
        organization_id: event.organization_id,
        event_id: event.id,
        source: Source::Gateway(received.gateway),
        received_at: event.received_at,
        at: reading.at,
        customer: reading.customer,
        program_id: None,
        prefers: None,
        evidence: reading.evidence,
        facts: reading.facts,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sale(source: &str, id: &str) -> ReportedEvent {
        let conversion = json!({"source": source, "type": "sale", "externalEventId": "order-1", "amountCents": 9_900,
            "currency": "USD", "customerId": id});
        let event = json!({"v": 1, "id": "evt_02081040g2081040g2081040g2",
            "organizationId": "org_04081040g2081040g2081040g2", "receivedAt": 1_790_000_000_000_i64,
            "requestId": "req_1", "payload": {"conversion": conversion}});
        read(&serde_json::from_value(event).unwrap()).unwrap()
    }

    #[test]
    fn an_id_that_is_an_address_is_one_unless_a_page_sent_it() {
        let buyer = sale("s2s", "Ann@X.test").buyer().cloned().unwrap();
        assert_eq!((buyer.external_id.as_str(), buyer.email.as_deref()), ("Ann@X.test", Some("ann@x.test")));
        assert_eq!(sale("pixel", "Ann@X.test").claimed_email_key(), None);
    }
}
