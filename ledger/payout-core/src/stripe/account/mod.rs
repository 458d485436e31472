//! An affiliate's account with the brand's Stripe platform: how it is created, how the affiliate gets to Stripe's own pages,
//! and whether it can be paid.
//!
//! Stripe collects what it needs on pages of its own (an Express account), so neither the brand nor we see a bank account or
//! an identity document. Source: <https://docs.stripe.com/api/accounts>, <https://docs.stripe.com/connect/express-accounts>.

mod readiness;
pub mod requirement;

use std::collections::BTreeMap;

use serde::Deserialize;

pub use self::{
    readiness::AccountStatus,
    requirement::{Need, Requirements, When},
};
use super::{Answer, Call, StripeError, country::Terms, segment};

/// Whether a person or an organization is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Entity {
    Individual,
    Company,
}

impl Entity {
    /// As Stripe's `business_type` and the database spell it.
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

/// An account to create. Equal for every attempt: other parameters under a key that was used are refused.
#[derive(Debug, Clone)]
pub struct Order {
    /// Our own id of the account: its idempotency key.
    pub id: String,
    /// Our id of the affiliate.
    pub affiliate: String,
    pub email: String,
    /// ISO 3166-1 alpha-2. It can't be changed later.
    pub country: String,
    pub entity: Entity,
    pub terms: Terms,
}

/// Creates the account: the brand answers for fees and losses, Stripe collects what it needs, and the affiliate gets
/// Stripe's small dashboard; that is what Stripe calls Express.
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

/// The account of the key itself: the brand's.
pub fn own() -> Call {
    Call::get("/v1/account")
}

pub fn retrieve(account: &str) -> Call {
    Call::get(format!("/v1/accounts/{}", segment(account)))
}

/// How many accounts a page has at most: one with all its requirements has some 30 KB, and an answer is read up to 1 MiB.
pub const PAGE: usize = 20;

/// A page of the platform's accounts made at `since` (Unix seconds) or later, newest first: finds one whose creation nobody
/// heard the end of, by its metadata.
pub fn list(since: i64, after: Option<&str>) -> Call {
    let call = Call::get("/v1/accounts").field("created[gte]", since.to_string()).field("limit", PAGE.to_string());
    match after {
        Some(after) => call.field("starting_after", after),
        None => call,
    }
}

/// Where the affiliate tells Stripe what it needs. Asks for everything at once, so that they need not come back soon.
///
/// `refresh` is opened where the link was used or is too old, and has to make a new one; `back` once they are done or gave
/// up, so the account has to be read again then. Both are `https` in live mode.
pub fn link(account: &str, refresh: &str, back: &str) -> Call {
    Call::post("/v1/account_links")
        .field("account", account)
        .field("type", "account_onboarding")
        .field("refresh_url", refresh)
        .field("return_url", back)
        .field("collection_options[fields]", "eventually_due")
}

/// A link into Stripe's small dashboard, for an account that told Stripe everything once.
pub fn login(account: &str) -> Call {
    Call::post(format!("/v1/accounts/{}/login_links", segment(account)))
}

/// A link to Stripe, for one person and one use: never stored, never mailed.
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

/// An account as Stripe has it, as far as paying goes.
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
    /// Whether they told everything once.
    #[serde(default)]
    pub details_submitted: bool,
    /// Whether Stripe pays on to their bank.
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

/// A bank account or debit card to which Stripe pays an account's balance out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Bank {
    /// `ba_…` or `card_…`: another one for another account number.
    pub id: String,
    #[serde(default)]
    last4: Option<String>,
    #[serde(default)]
    default_for_currency: Option<bool>,
}

impl Bank {
    /// What may be shown of it: `…6789`.
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

/// Stripe writes null for much that isn't there.
fn or_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Account {
    /// What `transfers` is: `active`, `pending`, or `inactive`, also where it was never requested.
    pub fn transfers(&self) -> &str {
        match self.capabilities.get("transfers").map(String::as_str) {
            Some(known @ ("active" | "pending")) => known,
            _ => "inactive",
        }
    }

    /// The agreement it is under: Stripe says nothing of the full one.
    pub fn agreement(&self) -> &str {
        self.tos_acceptance.service_agreement.as_deref().unwrap_or("full")
    }

    /// Where Stripe pays to: the default of the account's currency, where Stripe shows any.
    pub fn bank(&self) -> Option<&Bank> {
        let banks = &self.external_accounts.data;
        banks.iter().find(|bank| bank.default_for_currency == Some(true)).or_else(|| banks.first())
    }

    /// What people call it, where Stripe knows.
    pub fn name(&self) -> Option<&str> {
        let names = [self.settings.dashboard.display_name.as_deref(), self.business_profile.name.as_deref()];
        names.into_iter().flatten().map(str::trim).find(|name| !name.is_empty())
    }

    /// Whether money stays on its Stripe balance until somebody sends it on.
    pub fn pays_out_by_hand(&self) -> bool {
        self.settings.payouts.schedule.interval.as_deref() == Some("manual")
    }
}

/// # Errors
/// [`StripeError`]; [`StripeError::Unclear`] also where the body isn't about an account.
pub fn read(answer: &Answer) -> Result<Account, StripeError> {
    let account: Account = answer.read()?;
    if account.id.starts_with("acct_") {
        Ok(account)
    } else {
        Err(StripeError::Unclear { why: "Stripe answered with something else than an account".to_owned() })
    }
}

/// A page of accounts, and what the next page is asked with.
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
