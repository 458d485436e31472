//! Static facts about each gateway: its name, its credentials and where to find them, and the events that we subscribe
//! to.

use shared::{event::Gateway, id::GatewayConnectionId};

/// The Stripe API version of the webhook endpoints that we create. It is pinned, so that an upgrade of the brand's
/// account never changes the events, and matches the events in our tests. It has `invoice_payment.paid` (since
/// 2025-05-28) and reports every refund as `refund.*` (since 2024-10-28).
pub const STRIPE_VERSION: &str = "2026-07-29.dahlia";

/// Events that webhooks from before don't send. A connection works without them; at Stripe, the daily check adds them.
const ADDED_LATER: [&str; 1] = ["customer.discount.created"];

/// `customer.discount.created` is the only event that names the code of a subscription's or an invoice's discount.
const STRIPE_EVENTS: [&str; 16] = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "invoice.paid",
    "invoice_payment.paid",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "customer.created",
    "customer.updated",
    "customer.discount.created",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
];

/// `transaction.completed` is the final event of a payment; `transaction.paid` comes earlier and may lack totals.
const PADDLE_EVENTS: [&str; 12] = [
    "transaction.completed",
    "adjustment.created",
    "adjustment.updated",
    "customer.created",
    "customer.updated",
    "subscription.created",
    "subscription.trialing",
    "subscription.activated",
    "subscription.updated",
    "subscription.paused",
    "subscription.resumed",
    "subscription.canceled",
];

/// `transaction_settled` and `transaction_settlement_declined` exist for ACH and SEPA direct debit only.
const BRAINTREE_EVENTS: [&str; 18] = [
    "subscription_charged_successfully",
    "subscription_charged_unsuccessfully",
    "subscription_trial_ended",
    "subscription_went_active",
    "subscription_went_past_due",
    "subscription_canceled",
    "subscription_expired",
    "dispute_opened",
    "dispute_under_review",
    "dispute_disputed",
    "dispute_accepted",
    "dispute_auto_accepted",
    "dispute_expired",
    "dispute_lost",
    "dispute_won",
    "transaction_settled",
    "transaction_settlement_declined",
    "refund_failed",
];

/// Topics. Together they report an order however it is paid, and all that is returned of it.
const SHOPIFY_EVENTS: [&str; 4] = ["orders/create", "orders/paid", "orders/cancelled", "refunds/create"];

const DODO_EVENTS: [&str; 15] = [
    "payment.succeeded",
    "refund.succeeded",
    "refund.failed",
    "dispute.opened",
    "dispute.challenged",
    "dispute.accepted",
    "dispute.cancelled",
    "dispute.expired",
    "dispute.won",
    "dispute.lost",
    "subscription.active",
    "subscription.updated",
    "subscription.renewed",
    "subscription.plan_changed",
    "subscription.cancelled",
];

const CREEM_EVENTS: [&str; 8] = [
    "checkout.completed",
    "subscription.paid",
    "subscription.active",
    "subscription.trialing",
    "subscription.update",
    "subscription.canceled",
    "refund.created",
    "dispute.created",
];

/// A credential as the form shows it.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// The name in the API's `credentials`.
    pub name: &'static str,
    pub label: &'static str,
    /// Where to find it.
    pub hint: &'static str,
    /// What it looks like.
    pub example: &'static str,
    pub secret: bool,
    /// Whether the connection needs it.
    pub required: bool,
    /// The valid values, where they are limited.
    pub choices: &'static [&'static str],
}

const fn secret(name: &'static str, label: &'static str, hint: &'static str, example: &'static str) -> Field {
    Field { name, label, hint, example, secret: true, required: false, choices: &[] }
}

const STRIPE_FIELDS: [Field; 2] = [
    secret(
        "apiKey",
        "API key",
        "In Stripe, go to Developers \u{2192} API keys. A restricted key with \u{201c}Webhook Endpoints: Write\u{201d} \
         is enough, and for coupons \u{201c}Coupons: Write\u{201d} and \u{201c}Promotion Codes: Write\u{201d}. We use it to \
         create the webhook endpoint for you.",
        "rk_live_\u{2026}",
    ),
    secret(
        "webhookSecret",
        "Signing secret",
        "Only needed if you created the endpoint yourself. In Stripe, go to Developers \u{2192} Webhooks, open your \
         endpoint and copy the signing secret.",
        "whsec_\u{2026}",
    ),
];

const PADDLE_FIELDS: [Field; 2] = [
    secret(
        "apiKey",
        "API key",
        "In Paddle, go to Developer tools \u{2192} Authentication \u{2192} API keys. The key needs the permissions \
         notification_setting.read and notification_setting.write. We use it to create the notification destination \
         for you.",
        "pdl_live_apikey_\u{2026}",
    ),
    secret(
        "webhookSecret",
        "Secret key",
        "Only needed if you created the destination yourself. In Paddle, go to Developer tools \u{2192} Notifications, \
         open your destination and copy the secret key.",
        "pdl_ntfset_\u{2026}",
    ),
];

const BRAINTREE_FIELDS: [Field; 4] = [
    Field {
        name: "environment",
        label: "Environment",
        hint: "Sandbox and production use separate keys.",
        example: "production",
        secret: false,
        required: true,
        choices: &["production", "sandbox"],
    },
    Field {
        name: "merchantId",
        label: "Merchant ID",
        hint: "In the Braintree Control Panel, under the gear icon \u{2192} Business.",
        example: "9btv6b2hnd6tzr3f",
        secret: false,
        required: true,
        choices: &[],
    },
    Field {
        name: "publicKey",
        label: "Public key",
        hint: "In the Braintree Control Panel, under the gear icon \u{2192} API \u{2192} Keys.",
        example: "v4ndq314c2s5c28r",
        secret: false,
        required: true,
        choices: &[],
    },
    Field {
        required: true,
        ..secret(
            "privateKey",
            "Private key",
            "Next to the public key, behind View. Braintree signs its webhooks with it.",
            "32 characters",
        )
    },
];

const SHOPIFY_FIELDS: [Field; 2] = [
    Field {
        name: "shop",
        label: "Shop domain",
        hint: "In Shopify, go to Settings \u{2192} Domains. It ends in .myshopify.com, even if your store has a domain \
               of its own.",
        example: "brand.myshopify.com",
        secret: false,
        required: true,
        choices: &[],
    },
    Field {
        required: true,
        ..secret(
            "webhookSecret",
            "Signing key",
            "In Shopify, go to Settings \u{2192} Notifications \u{2192} Webhooks: the key is below the list. If an app of \
             your own creates the webhooks, enter the app\u{2019}s client secret.",
            "64 characters",
        )
    },
];

const DODO_FIELDS: [Field; 3] = [
    Field {
        name: "environment",
        label: "Environment",
        hint: "Live mode and test mode use separate keys.",
        example: "live",
        secret: false,
        required: false,
        choices: &["live", "test"],
    },
    secret(
        "apiKey",
        "API key",
        "In Dodo Payments, go to Developer \u{2192} API keys. The key needs write access. We use it to create the \
         webhook for you.",
        "32 characters or more",
    ),
    secret(
        "webhookSecret",
        "Signing secret",
        "Only needed if you created the webhook yourself. In Dodo Payments, go to Developer \u{2192} Webhooks, open \
         your endpoint and copy the signing secret.",
        "whsec_\u{2026}",
    ),
];

const CREEM_FIELDS: [Field; 2] = [
    secret(
        "apiKey",
        "API key",
        "In Creem, go to Developers \u{2192} API keys. We use it to create the webhook for you.",
        "creem_\u{2026}",
    ),
    secret(
        "webhookSecret",
        "Webhook secret",
        "Only needed if you created the webhook yourself. In Creem, go to Developers \u{2192} Webhooks, open your \
         webhook and copy the secret.",
        "whsec_\u{2026}",
    ),
];

pub const fn name(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Stripe => "Stripe",
        Gateway::Paddle => "Paddle",
        Gateway::Braintree => "Braintree",
        Gateway::Shopify => "Shopify",
        Gateway::Dodo => "Dodo Payments",
        Gateway::Creem => "Creem",
    }
}

/// Whether we can create the webhook with an API key.
pub const fn makes_webhook(gateway: Gateway) -> bool {
    !matches!(gateway, Gateway::Braintree | Gateway::Shopify)
}

pub const fn events(gateway: Gateway) -> &'static [&'static str] {
    match gateway {
        Gateway::Stripe => &STRIPE_EVENTS,
        Gateway::Paddle => &PADDLE_EVENTS,
        Gateway::Braintree => &BRAINTREE_EVENTS,
        Gateway::Shopify => &SHOPIFY_EVENTS,
        Gateway::Dodo => &DODO_EVENTS,
        Gateway::Creem => &CREEM_EVENTS,
    }
}

/// Returns the names of the events that a connection doesn't work without and that a webhook doesn't send, if there are
/// any.
pub fn missing(gateway: Gateway, sent: &[&str]) -> Option<String> {
    let needed = events(gateway).iter().copied().filter(|event| !ADDED_LATER.contains(event));
    let missing: Vec<&str> = needed.filter(|event| !sent.contains(event)).collect();
    (!missing.is_empty()).then(|| missing.join(", "))
}

pub const fn fields(gateway: Gateway) -> &'static [Field] {
    match gateway {
        Gateway::Stripe => &STRIPE_FIELDS,
        Gateway::Paddle => &PADDLE_FIELDS,
        Gateway::Braintree => &BRAINTREE_FIELDS,
        Gateway::Shopify => &SHOPIFY_FIELDS,
        Gateway::Dodo => &DODO_FIELDS,
        Gateway::Creem => &CREEM_FIELDS,
    }
}

/// What one needs to connect it, in a few words.
pub const fn takes(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Stripe => "Restricted API key, or a signing secret",
        Gateway::Paddle => "API key, or a secret key",
        Gateway::Braintree => "Merchant ID and API keys",
        Gateway::Shopify => "Shop domain and signing key",
        Gateway::Dodo => "API key, or a signing secret",
        Gateway::Creem => "API key, or a webhook secret",
    }
}

/// The gateway's page on which people create the key, with the permission that it needs preselected if Stripe accepts it
/// from the URL.
pub const fn key_page(gateway: Gateway, is_test: bool) -> Option<&'static str> {
    match (gateway, is_test) {
        (Gateway::Stripe, false) => {
            Some("https://dashboard.stripe.com/apikeys/create?name=Rekomi&permissions%5B%5D=rak_webhook_write")
        }
        (Gateway::Stripe, true) => {
            Some("https://dashboard.stripe.com/test/apikeys/create?name=Rekomi&permissions%5B%5D=rak_webhook_write")
        }
        _ => None,
    }
}

/// Where people create a webhook manually.
pub const fn webhook_screen(gateway: Gateway) -> &'static str {
    match gateway {
        Gateway::Stripe => "in Stripe under Developers \u{2192} Webhooks \u{2192} Add destination",
        Gateway::Paddle => "in Paddle under Developer tools \u{2192} Notifications \u{2192} New destination",
        Gateway::Braintree => {
            "in the Braintree Control Panel under the gear icon \u{2192} API \u{2192} Webhooks \
                               \u{2192} Create New Webhook"
        }
        Gateway::Shopify => {
            "in Shopify under Settings \u{2192} Notifications \u{2192} Webhooks \u{2192} Create webhook, once for each \
             event, in the format JSON"
        }
        Gateway::Dodo => "in Dodo Payments under Developer \u{2192} Webhooks \u{2192} Add webhook",
        Gateway::Creem => "in Creem under Developers \u{2192} Webhooks \u{2192} Add webhook",
    }
}

/// Returns the URL to which the gateway sends its webhooks.
pub fn webhook_url(edge_url: &str, gateway: Gateway, id: GatewayConnectionId) -> String {
    format!("{edge_url}/hooks/{}/{id}", gateway.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gateway_is_found_by_its_own_name() {
        for one in Gateway::ALL {
            assert_eq!(Gateway::named(one.as_str()), Some(one));
            assert!(crate::gateway_connection::api::TYPES.contains(&one.as_str()));
            assert!(fields(one).iter().all(|field| !field.hint.is_empty()));
            let mut events = events(one).to_vec();
            let listed = events.len();
            events.sort_unstable();
            events.dedup();
            assert_eq!(events.len(), listed, "{one:?} lists an event twice");
        }
        assert_eq!(Gateway::named("hubspot"), None);
    }
}
