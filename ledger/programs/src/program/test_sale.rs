//! A test sale of $99.00: the server reports it to the intake, which credits and books it like a real one.

use std::collections::BTreeMap;

use serde_json::value::to_raw_value;
use shared::{
    batch::Verdict,
    event::{Conversion, ConversionSource, ConversionType, EVENT_VERSION, Event, Payload},
    id::{EventId, ProgramId},
    money::Currency,
};

use engine::intake::receive;
use identity::access::member::Member;
use kit::{
    error::{Error, Result},
    state::AppState,
};

const CENTS: i64 = 9_900;

/// Reports a sale of the affiliate with this slug. The caller has checked that the organization is a test mode.
///
/// # Errors
/// 503 if the database is unavailable; an internal error if the intake refuses the sale.
pub async fn report(state: &AppState, member: &Member, program: ProgramId, slug: String) -> Result<()> {
    let at = state.clock.wall();
    let unique: EventId = state.new_id();
    let name = format!("test-{unique}");
    let payload = Payload::Conversion(Box::new(Conversion {
        source: ConversionSource::S2s,
        kind: ConversionType::Sale,
        external_event_id: name.clone(),
        program_id: Some(program),
        affiliate_slug: Some(slug),
        click_token: None,
        coupon_code: None,
        amount_cents: CENTS,
        paid_cents: None,
        currency: Currency::USD,
        customer_id: Some(format!("customer-of-{name}")),
        customer_email: None,
        customer_name: None,
        subscription_id: None,
        product_id: None,
        country: None,
        occurred_at: Some(at),
        refund_of: None,
        past: None,
        metadata: BTreeMap::new(),
    }));
    let organization = member.organization;
    let id: EventId = Event::conversion_id(organization, ConversionType::Sale, &name);
    let request_id = member.actor.request_id.clone().unwrap_or_else(|| name.clone());
    let event = Event {
        v: EVENT_VERSION,
        id,
        organization_id: organization,
        received_at: at,
        request_id,
        traceparent: None,
        payload,
    };
    let raw = to_raw_value(&event).map_err(|error| Error::internal(error))?;
    let verdicts = receive::batch(state, &[&raw]).await?;
    match verdicts.first().map(|item| item.verdict) {
        Some(Verdict::Accepted) => Ok(()),
        other => Err(Error::internal(format!("a test sale was answered {other:?}"))),
    }
}
