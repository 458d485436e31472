//! A connection as the API shows it: its health, and only the end of its key.

use payout_core::stripe::permission::Permission;
use serde::Serialize;
use shared::{
    id::{OrganizationId, PayoutConnectionId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{funds::Funds, hook, store::Row};
use kit::config::Config;

/// The connection to your own Stripe account. Affiliates are paid from its balance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutConnection {
    #[schema(value_type = String, example = "pcon_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutConnectionId,
    /// `active`, or `paused`: Stripe rejects the key, so nothing is sent until you provide another one.
    #[schema(example = "active")]
    pub status: String,
    /// Why the connection is paused, in words.
    #[schema(required, example = json!(null))]
    pub paused_reason: Option<String>,
    /// When payouts were paused; null while they run.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub paused_at: Option<Timestamp>,
    /// The ID of your Stripe account.
    #[schema(example = "acct_1PJBLEBBLEfV")]
    pub stripe_account: String,
    /// The account's name at Stripe; empty if it has none.
    #[schema(example = "Acme")]
    pub account_name: String,
    /// The account's country, as a two-letter code.
    #[schema(example = "US")]
    pub country: String,
    /// The account's default currency. The account may hold other currencies too.
    #[schema(example = "USD")]
    pub currency: String,
    /// Whether the key is a live key. A test key moves no real money.
    #[schema(example = true)]
    pub livemode: bool,
    /// The key's last four characters.
    #[schema(example = "\u{2026}a1b2")]
    pub api_key: String,
    /// The permissions that payouts need, and which of them the key has.
    pub permissions: Vec<PayoutPermission>,
    /// Whether webhooks from Stripe arrive.
    pub webhooks: PayoutWebhooks,
    /// Nothing is sent until this time, because Stripe asked us to wait or has problems.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub wait_until: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:00Z")]
    pub last_success_at: Option<Timestamp>,
    /// The last error, in words.
    #[schema(required, example = json!(null))]
    pub last_error: Option<String>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub last_error_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// A permission of the key at Stripe.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutPermission {
    /// The permission's name.
    #[schema(example = "transfers_write")]
    pub permission: &'static str,
    /// The permission's name in the key editor of Stripe's dashboard.
    #[schema(example = "Connect \u{2192} Transfers: Write")]
    pub title: &'static str,
    /// Whether the key has the permission.
    #[schema(example = true)]
    pub granted: bool,
    /// Whether the connection requires this permission.
    #[schema(example = true)]
    pub required: bool,
    /// What isn't possible without this permission.
    #[schema(example = "Required to pay affiliates.")]
    pub without: &'static str,
}

/// How Stripe notifies us of changes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutWebhooks {
    /// Whether Stripe sends us webhooks. If not, we poll Stripe regularly.
    #[schema(example = true)]
    pub listening: bool,
    /// The URL that receives Stripe's events.
    #[schema(
        example = "https://rekomi.acme.test/hooks/stripe-connect/org_01kdvdna00e5v8r2m6q1w9d3xk/pcon_01kdvdna00e5v8r2m6q1w9d3xk"
    )]
    pub url: String,
    /// The webhook endpoints that we created in your Stripe account, and delete when you disconnect it.
    #[schema(example = json!(["we_1PgafTB7WZ01zgkW6dKueIc5"]))]
    pub endpoints: Vec<String>,
    /// When the last event from Stripe arrived.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:00Z")]
    pub last_event_at: Option<Timestamp>,
}

impl PayoutConnection {
    pub fn of(row: Row, config: &Config, organization: OrganizationId) -> Self {
        let permission = |grant: &super::store::Grant| {
            let known: Permission = grant.known()?;
            Some(PayoutPermission {
                permission: known.as_str(),
                title: known.title(),
                granted: grant.granted,
                required: known.is_required(),
                without: known.without(),
            })
        };
        Self {
            permissions: row.permissions.iter().filter_map(permission).collect(),
            webhooks: PayoutWebhooks {
                listening: row.receives_webhooks(),
                url: hook::url(config, organization, row.id),
                endpoints: row.webhook_endpoints,
                last_event_at: row.last_webhook_at,
            },
            id: row.id,
            status: row.status,
            paused_reason: row.paused_reason,
            paused_at: row.paused_at,
            stripe_account: row.stripe_account,
            account_name: row.account_name,
            country: row.country,
            currency: row.currency,
            livemode: row.livemode,
            api_key: format!("\u{2026}{}", row.key_hint),
            wait_until: row.wait_until,
            last_success_at: row.last_success_at,
            last_error: row.last_error,
            last_error_at: row.last_error_at,
            created_at: row.created_at,
        }
    }
}

/// Your Stripe balance.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutBalance {
    /// One balance per currency.
    pub balances: Vec<CurrencyBalance>,
    /// When Stripe returned the balance.
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub as_of: Timestamp,
}

/// The Stripe balance in one currency, in its minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrencyBalance {
    #[schema(example = "USD")]
    pub currency: String,
    /// The amount that can be paid out now.
    #[schema(example = 80000)]
    pub available_cents: i64,
    /// The amount that becomes available within days.
    #[schema(example = 25000)]
    pub pending_cents: i64,
    /// The amount needed for payouts that are proposed, approved or in progress.
    #[schema(example = 120050)]
    pub needed_cents: i64,
    /// The part of `neededCents` that isn't available; 0 if nothing is missing.
    #[schema(example = 40050)]
    pub missing_cents: i64,
    /// How to top up the balance at Stripe; null if nothing is missing.
    #[schema(
        required,
        example = "You\u{2019}re $400.50 short. In Stripe, open Balances, choose Add to balance, pick USD and add at \
                   least $400.50."
    )]
    pub hint: Option<String>,
}

impl CurrencyBalance {
    pub fn of(funds: Funds) -> Self {
        Self {
            currency: funds.currency.code().to_owned(),
            available_cents: funds.available,
            pending_cents: funds.pending,
            needed_cents: funds.needed,
            missing_cents: funds.short.as_ref().map_or(0, |short| short.missing),
            hint: funds.short.map(|short| short.hint),
        }
    }
}
