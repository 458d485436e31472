//! Calls the gateways: checks credentials and manages the webhook endpoints that send to us.
//!
//! Each gateway has a file with the same five operations; [`codes`] are those for codes with a discount. The result
//! is a success, a refusal in plain words ([`ProviderError::Refused`]), or no answer ([`ProviderError::Away`]), after
//! which it is unknown what the gateway did.

pub mod braintree;
pub mod codes;
pub mod creem;
pub mod dodo;
pub mod paddle;
pub mod paddle_discounts;
mod response;
pub mod stripe;
pub mod stripe_coupons;

use axum::http::StatusCode;
use shared::{event::Gateway, id::GatewayConnectionId, seal::Secret};

use super::catalogue;
use kit::{
    error::{Code, Error},
    state::AppState,
};

/// Why a call failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProviderError {
    /// A definite refusal, in the gateway's words and ours; `field` is the credential at fault.
    Refused { message: String, field: Option<&'static str> },
    /// No answer, or one that can't be parsed.
    Away { message: String, retry_after: Option<u32> },
}

/// The account that the credentials belong to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// The account's id, where the gateway returns it.
    pub id: Option<String>,
}

/// A newly created webhook endpoint.
#[derive(Debug)]
pub struct Endpoint {
    pub id: String,
    pub secret: Secret,
}

/// A client for a gateway with one brand's credentials.
#[derive(Debug)]
pub struct Client<'a> {
    http: &'a reqwest::Client,
    base: String,
    gateway: Gateway,
    live: bool,
    key: &'a Secret,
}

impl<'a> Client<'a> {
    /// `key` is the API key; Braintree's is `public key|private key`.
    pub fn new(state: &'a AppState, gateway: Gateway, environment: Option<&str>, key: &'a Secret) -> Self {
        let live = !matches!(environment, Some("sandbox" | "test"));
        let stand_in = state.config.gateway_bases.of(gateway).map(str::to_owned);
        let base = stand_in.unwrap_or_else(|| host(gateway, live).to_owned());
        Self { http: &state.http, base, gateway, live, key }
    }

    /// Checks the credentials and returns their account.
    pub async fn account(&self) -> Result<Account, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe::account(self).await,
            Gateway::Paddle => paddle::account(self).await,
            Gateway::Braintree => braintree::account(self).await,
            Gateway::Dodo => dodo::account(self).await,
            Gateway::Creem => creem::account(self).await,
            Gateway::Shopify => Err(only_receives(self.gateway)),
        }
    }

    /// Creates the endpoint that sends to `url`.
    ///
    /// # Errors
    /// [`ProviderError`]; after [`ProviderError::Away`] the endpoint may exist, see [`Client::find`].
    pub async fn create(&self, connection: GatewayConnectionId, url: &str) -> Result<Endpoint, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe::create(self, connection, url).await,
            Gateway::Paddle => paddle::create(self, connection, url).await,
            Gateway::Dodo => dodo::create(self, connection, url).await,
            Gateway::Creem => creem::create(self, connection, url).await,
            Gateway::Braintree | Gateway::Shopify => Err(only_receives(self.gateway)),
        }
    }

    /// Returns what is wrong with an endpoint of ours, if anything.
    pub async fn inspect(&self, endpoint: &str, url: &str) -> Result<Option<String>, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe::inspect(self, endpoint, url).await,
            Gateway::Paddle => paddle::inspect(self, endpoint, url).await,
            Gateway::Dodo => dodo::inspect(self, endpoint, url).await,
            Gateway::Creem => creem::inspect(self, endpoint, url).await,
            Gateway::Braintree | Gateway::Shopify => Ok(None),
        }
    }

    /// Deletes an endpoint; one that is already deleted is fine.
    pub async fn remove(&self, endpoint: &str) -> Result<(), ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe::remove(self, endpoint).await,
            Gateway::Paddle => paddle::remove(self, endpoint).await,
            Gateway::Dodo => dodo::remove(self, endpoint).await,
            Gateway::Creem => creem::remove(self, endpoint).await,
            Gateway::Braintree | Gateway::Shopify => Ok(()),
        }
    }

    /// Finds all endpoints that send to `url`: these are the connection's own, since the URL contains its id.
    pub async fn find(&self, url: &str) -> Result<Vec<String>, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe::find(self, url).await,
            Gateway::Paddle => paddle::find(self, url).await,
            Gateway::Dodo => dodo::find(self, url).await,
            Gateway::Creem => creem::find(self, url).await,
            Gateway::Braintree | Gateway::Shopify => Ok(Vec::new()),
        }
    }

    /// Deletes every endpoint that sends to `url`.
    pub async fn remove_all(&self, url: &str) -> Result<(), ProviderError> {
        for endpoint in self.find(url).await? {
            self.remove(&endpoint).await?;
        }
        Ok(())
    }
}

/// Empty for gateways that we only receive from.
const fn host(gateway: Gateway, live: bool) -> &'static str {
    match (gateway, live) {
        (Gateway::Stripe, _) => "https://api.stripe.com",
        (Gateway::Paddle, true) => "https://api.paddle.com",
        (Gateway::Paddle, false) => "https://sandbox-api.paddle.com",
        (Gateway::Braintree, true) => "https://payments.braintree-api.com",
        (Gateway::Braintree, false) => "https://payments.sandbox.braintree-api.com",
        (Gateway::Dodo, true) => "https://live.dodopayments.com",
        (Gateway::Dodo, false) => "https://test.dodopayments.com",
        (Gateway::Creem, true) => "https://api.creem.io",
        (Gateway::Creem, false) => "https://test-api.creem.io",
        (Gateway::Shopify, _) => "",
    }
}

fn only_receives(gateway: Gateway) -> ProviderError {
    ProviderError::refused(None, format!("{} webhooks must be set up manually.", catalogue::name(gateway)))
}

impl ProviderError {
    fn refused(field: Option<&'static str>, message: impl Into<String>) -> Self {
        Self::Refused { message: message.into(), field }
    }

    fn away(gateway: Gateway, what: &str) -> Self {
        Self::Away { message: format!("{} {what}", catalogue::name(gateway)), retry_after: None }
    }

    pub fn message(&self) -> &str {
        match self {
            Self::Refused { message, .. } | Self::Away { message, .. } => message,
        }
    }
}

/// How long a caller should wait before a retry, where the gateway doesn't say.
const RETRY_AFTER_SECONDS: u32 = 30;

impl From<ProviderError> for Error {
    fn from(failure: ProviderError) -> Self {
        match failure {
            ProviderError::Refused { message, field } => {
                let error = Self::new(StatusCode::UNPROCESSABLE_ENTITY, Code::GatewayRefused, message);
                match field {
                    Some(field) => error.with_field(field),
                    None => error,
                }
            }
            ProviderError::Away { message, retry_after } => {
                let message = format!("{message} Nothing was changed. Try again in a few minutes.");
                let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, Code::GatewayUnavailable, message);
                error.retry_after(retry_after.unwrap_or(RETRY_AFTER_SECONDS).clamp(1, 3_600))
            }
        }
    }
}
