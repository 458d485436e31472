//! Webhook endpoints in the brand's Stripe account, by which Stripe notifies us that an object has changed.
//!
//! Two are needed: events about affiliates' accounts only reach an endpoint with `connect`, and events about the
//! brand's own balance and transfers only one without. Source: <https://docs.stripe.com/api/webhook_endpoints/create>.

use serde::Deserialize;
use shared::seal::Secret;

use super::{Answer, Call, Method, StripeError, VERSION};

/// The events that an endpoint receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Affiliates' accounts.
    Accounts,
    /// The brand's own transfers and balance.
    Own,
}

impl About {
    pub const ALL: [Self; 2] = [Self::Accounts, Self::Own];

    pub const fn events(self) -> &'static [&'static str] {
        match self {
            Self::Accounts => &[
                "account.updated",
                "capability.updated",
                "account.external_account.created",
                "account.external_account.updated",
                "account.external_account.deleted",
                "account.application.deauthorized",
                "payout.paid",
                "payout.failed",
            ],
            Self::Own => &["transfer.reversed", "transfer.updated", "balance.available"],
        }
    }

    const fn word(self) -> &'static str {
        match self {
            Self::Accounts => "accounts",
            Self::Own => "own",
        }
    }
}

/// Creates an endpoint. `connection` is our own id, which distinguishes our endpoints from others.
pub fn create(url: &str, about: About, connection: &str) -> Call {
    let call = Call::post("/v1/webhook_endpoints")
        .field("url", url)
        .field("api_version", VERSION)
        .field("description", "Rekomi: status of affiliate payouts")
        .field("connect", if about == About::Accounts { "true" } else { "false" })
        .field("metadata[rekomi_payout_connection]", connection);
    let call = about.events().iter().fold(call, |call, event| call.field("enabled_events[]", *event));
    call.key(format!("rekomi-endpoint-{connection}-{}", about.word()))
}

/// A created endpoint. Stripe returns its secret only once.
#[derive(Debug)]
pub struct Made {
    /// `we_…`.
    pub id: String,
    /// `whsec_…`.
    pub secret: Secret,
}

/// # Errors
/// [`StripeError`]; [`StripeError::Unclear`] also if Stripe returns no secret.
pub fn made(answer: &Answer) -> Result<Made, StripeError> {
    #[derive(Deserialize)]
    struct Body {
        id: String,
        #[serde(default)]
        secret: String,
    }
    let body: Body = answer.read()?;
    if body.secret.trim().is_empty() {
        return Err(StripeError::Unclear {
            why: "Stripe created a webhook endpoint without returning its secret".to_owned(),
        });
    }
    Ok(Made { id: body.id, secret: Secret::new(body.secret) })
}

pub fn delete(id: &str) -> Call {
    Call { method: Method::Delete, ..Call::get(format!("/v1/webhook_endpoints/{}", super::segment(id))) }
}

/// Checks that an endpoint was deleted; one that Stripe doesn't know counts as deleted.
pub fn deleted(answer: &Answer) -> Result<(), StripeError> {
    match answer.status {
        200..=299 | 404 => Ok(()),
        _ => Err(answer.error()),
    }
}
