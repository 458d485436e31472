//! `rekomi demo --sales`: creates a year of sales of the first organization, reported and booked like real ones, for
//! measurements and for viewing full pages.

use std::collections::BTreeMap;

use anyhow::{Context, ensure};
use serde_json::value::RawValue;
use shared::{
    batch::Verdict,
    event::{Conversion, ConversionSource, ConversionType, EVENT_VERSION, Event, Payload},
    money::Currency,
    timestamp::Timestamp,
};

use super::credentials::Brand;
use engine::intake::receive;
use kit::state::AppState;

const DAYS: i64 = 365;
const DAY_MS: i64 = 86_400_000;
/// The batch size of the edge.
const BATCH: u32 = 500;
const PRICES: [i64; 4] = [2_900, 4_900, 9_900, 29_900];

/// Reports the sales, oldest first; existing ones are duplicates and change nothing.
///
/// # Errors
/// If the database is unavailable, or an event is rejected.
pub(super) async fn report(state: &AppState, brand: &Brand, count: u32, now: Timestamp) -> anyhow::Result<()> {
    for start in (0..count).step_by(BATCH as usize) {
        let numbers = start..count.min(start + BATCH);
        let events: Vec<Box<RawValue>> = numbers
            .map(|number| {
                sale(brand, number, count, now).and_then(|event| Ok(serde_json::value::to_raw_value(&event)?))
            })
            .collect::<anyhow::Result<_>>()?;
        let events: Vec<&RawValue> = events.iter().map(AsRef::as_ref).collect();
        let verdicts = receive::batch(state, &events).await.map_err(|error| anyhow::anyhow!("{:?}", error.body()))?;
        let refused = verdicts.iter().find(|item| !matches!(item.verdict, Verdict::Accepted | Verdict::Duplicate));
        ensure!(refused.is_none(), "a demo sale was refused: {refused:?}");
    }
    Ok(())
}

/// Every third buyer returns each month; the others buy once.
fn sale(brand: &Brand, number: u32, count: u32, now: Timestamp) -> anyhow::Result<Event> {
    let ago = DAYS * DAY_MS / i64::from(count.max(1)) * i64::from(count - number);
    let at = Timestamp::from_millis(now.millis() - ago).context("a year ago")?;
    let customer = if number.is_multiple_of(3) { number % 90 } else { number + 1_000 };
    let external_event_id = format!("demo-{number}");
    let price = usize::try_from(customer)? % PRICES.len();
    let payload = Payload::Conversion(Box::new(Conversion {
        source: ConversionSource::S2s,
        kind: ConversionType::Sale,
        external_event_id: external_event_id.clone(),
        program_id: Some(brand.program),
        affiliate_slug: Some(brand.affiliate_slug.to_owned()),
        click_token: None,
        coupon_code: None,
        amount_cents: PRICES.get(price).copied().unwrap_or_default(),
        paid_cents: None,
        currency: Currency::USD,
        customer_id: Some(format!("demo_customer_{customer}")),
        customer_email: None,
        customer_name: None,
        subscription_id: None,
        product_id: None,
        country: Some("US".to_owned()),
        occurred_at: Some(at),
        refund_of: None,
        past: None,
        metadata: BTreeMap::new(),
    }));
    Ok(Event {
        v: EVENT_VERSION,
        id: Event::conversion_id(brand.organization, ConversionType::Sale, &external_event_id),
        organization_id: brand.organization,
        received_at: at,
        request_id: format!("demo-{number}"),
        traceparent: None,
        payload,
    })
}
