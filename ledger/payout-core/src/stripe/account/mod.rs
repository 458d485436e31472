//! An affiliate's account on the brand's Stripe platform: how it is created, how the affiliate gets to Stripe's own
//! pages, and whether it can be paid.
//!
//! Stripe collects what it needs on pages of its own (an Express account), so neither the brand nor we see a bank
//! account or an identity document. Source: <https://docs.stripe.com/api/accounts>,
//! <https://docs.stripe.com/connect/express-accounts>.

pub mod item;
mod readiness;
pub mod requirement;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::{
    readiness::AccountStatus,
    requirement::{Need, Requirements, When},
};
use super::{Answer, Call, StripeError, country::Terms, segment};

/// Whether the account belongs to a person or an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    Individual,
    Company,
}

impl Entity {
    /// The name in Stripe's `business_type` and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Individual => "individual",
            Self::Company => "company",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Individual, Self::Company].into_iter().find(|one| one.as_str() == text)
    }
}

/// An account to create. It must be equal in every attempt: Stripe refuses other parameters under a used key.
#[derive(Debug, Clone)]
pub struct Order {
    /// Our own id of the account, used as its idempotency key.
    pub id: String,
    /// Our id of the affiliate.
    pub affiliate: String,
    pub email: String,
    /// ISO 3166-1 alpha-2. It can't be changed later.
    pub country: String,
    pub entity: Entity,
    pub terms: Terms,
}

/// Creates the account: the brand pays fees and covers losses, Stripe collects the requirements, and the affiliate gets
/// Stripe's limited dashboard. Stripe calls this Express.
pub fn create(order: &Order) -> Call {
    let call = Call::post("/v1/accounts")
        .field("controller[fees][payer]", "application")
        .field("controller[losses][payments]", "application")
        .field("controller[requirement_collection]", "stripe")
        .field("controller[stripe_dashboard][type]", "express")
        .field("country", order.country.to_ascii_uppercase())
        .field("email", &*order.email)
        .field("business_type", order.entity.as_str())
        .field("tos_acceptance[service_agreement]", order.terms.agreement.as_str())
        .field("business_profile[product_description]", "Recommends products as an affiliate.")
        .field("metadata[rekomi_affiliate]", &*order.affiliate)
        .field("metadata[rekomi_account]", &*order.id);
    let call = order
        .terms
        .capabilities
        .iter()
        .fold(call, |call, name| call.field(format!("capabilities[{name}][requested]"), "true"));
    call.key(format!("rekomi-account-{}", order.id))
}

/// Reads the account that owns the key: the brand's.
pub fn own() -> Call {
    Call::get("/v1/account")
}

pub fn retrieve(account: &str) -> Call {
    Call::get(format!("/v1/accounts/{}", segment(account)))
}

/// Maximum accounts per page: one with all its requirements takes about 30 KB, and at most 1 MiB of an answer is read.
pub const PAGE: usize = 20;

/// Lists a page of the platform's accounts created at `since` (Unix seconds) or later, newest first. Used to find an
/// account by its metadata if the answer to its creation was lost.
pub fn list(since: i64, after: Option<&str>) -> Call {
    let call = Call::get("/v1/accounts").field("created[gte]", since.to_string()).field("limit", PAGE.to_string());
    match after {
        Some(after) => call.field("starting_after", after),
        None => call,
    }
}

/// Creates a link to Stripe's onboarding pages. Requests everything at once, so that the affiliate doesn't have to come
/// back soon.
///
/// Stripe opens `refresh` if the link was used or has expired; that page has to create a new one. It opens `back` when
/// the affiliate finished or gave up, so the account has to be read again then. Both are `https` in live mode.
pub fn link(account: &str, refresh: &str, back: &str) -> Call {
    Call::post("/v1/account_links")
        .field("account", account)
        .field("type", "account_onboarding")
        .field("refresh_url", refresh)
        .field("return_url", back)
        .field("collection_options[fields]", "eventually_due")
}

/// Creates a link to Stripe's Express dashboard, for an account that has completed onboarding once.
pub fn login(account: &str) -> Call {
    Call::post(format!("/v1/accounts/{}/login_links", segment(account)))
}

/// A single-use link to Stripe for one person: never stored, never emailed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Link {
    pub url: String,
    /// Unix seconds; a login link has none.
    #[serde(default)]
    pub expires_at: Option<i64>,
}

pub fn read_link(answer: &Answer) -> Result<Link, StripeError> {
    answer.read()
}

/// A Stripe account, reduced to what matters for payouts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// `acct_…`.
    pub id: String,
    #[serde(default)]
    pub country: Option<String>,
    /// ISO 4217, in lower case.
    #[serde(default)]
    pub default_currency: Option<String>,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub business_type: Option<String>,
    /// Whether onboarding was completed once.
    #[serde(default)]
    pub details_submitted: bool,
    /// Whether Stripe pays out to their bank.
    #[serde(default)]
    pub payouts_enabled: bool,
    /// By name: `active`, `inactive` or `pending`.
    #[serde(default, deserialize_with = "or_default")]
    pub capabilities: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    pub requirements: Requirements,
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "or_default")]
    tos_acceptance: Agreed,
    #[serde(default, deserialize_with = "or_default")]
    business_profile: Profile,
    #[serde(default, deserialize_with = "or_default")]
    settings: Settings,
    #[serde(default, deserialize_with = "or_default")]
    external_accounts: Banks,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Banks {
    #[serde(default)]
    data: Vec<Bank>,
}

/// A bank account or debit card to which Stripe pays out an account's balance.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Bank {
    /// `ba_…` or `card_…`; it changes with the account number.
    pub id: String,
    /// The same for one bank account or card, whichever account of the platform it is behind. Source:
    /// <https://docs.stripe.com/api/external_account_bank_accounts/object>.
    #[serde(default)]
    pub fingerprint: Option<String>,
    #[serde(default)]
    last4: Option<String>,
    #[serde(default)]
    default_for_currency: Option<bool>,
}

impl Bank {
    /// The part of it that may be shown: `…6789`.
    pub fn hint(&self) -> String {
        format!("\u{2026}{}", self.last4.as_deref().unwrap_or_default())
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Agreed {
    #[serde(default)]
    service_agreement: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Profile {
    #[serde(default)]
    name: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Settings {
    #[serde(default, deserialize_with = "or_default")]
    dashboard: Dashboard,
    #[serde(default, deserialize_with = "or_default")]
    payouts: Payouts,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Dashboard {
    #[serde(default)]
    display_name: Option<String>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Payouts {
    #[serde(default, deserialize_with = "or_default")]
    schedule: Schedule,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
struct Schedule {
    #[serde(default)]
    interval: Option<String>,
}

/// Stripe sends null for many missing values.
fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Account {
    /// Status of the `transfers` capability: `active`, `pending`, or `inactive`, which includes never requested.
    pub fn transfers(&self) -> &str {
        match self.capabilities.get("transfers").map(String::as_str) {
            Some(known @ ("active" | "pending")) => known,
            _ => "inactive",
        }
    }

    /// The service agreement; Stripe omits it for the full one.
    pub fn agreement(&self) -> &str {
        self.tos_acceptance.service_agreement.as_deref().unwrap_or("full")
    }

    /// The bank account that Stripe pays to: the default of the account's currency, if Stripe shows any.
    pub fn bank(&self) -> Option<&Bank> {
        let banks = &self.external_accounts.data;
        banks.iter().find(|bank| bank.default_for_currency == Some(true)).or_else(|| banks.first())
    }

    /// The account's display name, if Stripe has one.
    pub fn name(&self) -> Option<&str> {
        let names = [self.settings.dashboard.display_name.as_deref(), self.business_profile.name.as_deref()];
        names.into_iter().flatten().map(str::trim).find(|name| !name.is_empty())
    }

    /// Whether money stays on the Stripe balance until someone pays it out manually.
    pub fn pays_out_by_hand(&self) -> bool {
        self.settings.payouts.schedule.interval.as_deref() == Some("manual")
    }
}

/// # Errors
/// [`StripeError`]; [`StripeError::Unclear`] also if the body isn't an account.
pub fn read(answer: &Answer) -> Result<Account, StripeError> {
    let account: Account = answer.read()?;
    if account.id.starts_with("acct_") {
        Ok(account)
    } else {
        Err(StripeError::Unclear { why: "Stripe\u{2019}s response isn\u{2019}t an account".to_owned() })
    }
}

/// Reads a page of accounts, and the cursor of the next page.
pub fn read_list(answer: &Answer) -> Result<(Vec<Account>, Option<String>), StripeError> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Account>,
        #[serde(default)]
        has_more: bool,
    }
    let list: List = answer.read()?;
    let next = list.data.last().map(|last| last.id.clone()).filter(|_| list.has_more);
    Ok((list.data, next))
}
