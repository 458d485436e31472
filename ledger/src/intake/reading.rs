//! Reads an event's facts, whatever brought it. Pure: an event in, facts or a reason out.

use shared::event::{Conversion, ConversionSource, ConversionType, Event, Gateway, GatewayEvent, Payload};

use crate::{
    fact::{Buyer, ConversionFact, Evidence, Fact, RefundFact, Source, Told, Unreadable},
    gateway,
};

/// Most minor units of one event: far beyond any purchase, and far enough from 64 bits for every sum of ours.
const AMOUNT_MAX: i64 = 1_000_000_000_000_000;

/// # Errors
/// [`Unreadable`] where the event contradicts itself or its gateway's published shape.
pub fn read(event: &Event) -> Result<Told, Unreadable> {
    let told = match &event.payload {
        Payload::Conversion(conversion) => read_conversion(event, conversion)?,
        Payload::Gateway(gateway) => read_gateway(event, gateway)?,
        Payload::Click(_) => return Err(Unreadable::new("not_a_conversion", "a click carries no conversion")),
    };
    let amount = match &told.fact {
        Some(Fact::Conversion(fact)) => fact.amount,
        Some(Fact::Refund(fact)) => fact.amount,
        None => 0,
    };
    match amount {
        0..=AMOUNT_MAX => Ok(told),
        ..0 => Err(Unreadable::new("negative_amount", "the amount is negative")),
        _ => Err(Unreadable::new("amount_out_of_range", "the amount is beyond any purchase")),
    }
}

fn read_conversion(event: &Event, conversion: &Conversion) -> Result<Told, Unreadable> {
    let fact = match conversion.kind {
        ConversionType::Refund => Fact::Refund(RefundFact {
            external_id: conversion.external_event_id.clone(),
            refund_of: conversion
                .refund_of
                .clone()
                .ok_or_else(|| Unreadable::new("refund_without_sale", "refundOf is missing"))?,
            amount: conversion.amount_cents,
            currency: conversion.currency,
        }),
        kind => Fact::Conversion(ConversionFact {
            external_id: conversion.external_event_id.clone(),
            lead: kind == ConversionType::Lead,
            told_recurring: false,
            amount: if kind == ConversionType::Lead { 0 } else { conversion.amount_cents },
            currency: conversion.currency,
            subscription_id: conversion.subscription_id.clone(),
            product_id: conversion.product_id.clone(),
        }),
    };
    Ok(Told {
        organization_id: event.organization_id,
        event_id: event.id,
        source: match conversion.source {
            ConversionSource::S2s => Source::S2s,
            ConversionSource::Pixel => Source::Pixel,
        },
        at: conversion.occurred_at.unwrap_or(event.received_at),
        customer: Buyer::new(conversion.customer_id.as_deref(), conversion.customer_email.as_deref()),
        program_id: conversion.program_id,
        evidence: Evidence {
            click_token: conversion.click_token.clone(),
            slug: conversion.affiliate_slug.clone(),
            coupon: conversion.coupon_code.clone(),
        },
        fact: Some(fact),
    })
}

fn read_gateway(event: &Event, received: &GatewayEvent) -> Result<Told, Unreadable> {
    let reading = match received.gateway {
        Gateway::Stripe => gateway::stripe::read(&received.body)?,
        other => {
            return Err(Unreadable::new("unknown_gateway", format!("{} events are not read yet", other.as_str())));
        }
    };
    Ok(Told {
        organization_id: event.organization_id,
        event_id: event.id,
        source: Source::Gateway(received.gateway),
        at: reading.at,
        customer: reading.customer,
        program_id: None,
        evidence: reading.evidence,
        fact: reading.fact,
    })
}
