//! The requests to Stripe. Pure. Source: <https://docs.stripe.com/api>, in the version that every call names.

use payout_core::stripe::Call;
use shared::{id::OrganizationId, timestamp::Timestamp};
use uuid::Uuid;

/// The key of the metadata with an organization's ID, on customers, checkouts and subscriptions.
pub const ORGANIZATION: &str = "organization";
/// More subscriptions than a customer ever has; the newest come first.
const SUBSCRIPTIONS_MAX: u32 = 100;

/// The trial that a checkout offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    None,
    Days(i64),
    /// What is left of a trial that began without a card. At least 48 hours, which is what Stripe accepts
    /// (<https://docs.stripe.com/api/checkout/sessions/create>, `subscription_data.trial_end`).
    Until(Timestamp),
}

/// A plan that an organization is about to buy.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    pub organization: OrganizationId,
    pub customer: &'a str,
    pub price: &'a str,
    pub trial: Trial,
    /// The URL of the page to return to, with its query.
    pub page: &'a str,
}

/// Creates an organization's customer. The fields never change, so that the same key always means the same request;
/// name and address follow with [`update_customer`].
pub fn create_customer(organization: OrganizationId, key: Uuid) -> Call {
    Call::post("/v1/customers")
        .field(format!("metadata[{ORGANIZATION}]"), organization.to_string())
        .key(format!("rekomi-customer-{key}"))
}

pub fn update_customer(customer: &str, name: &str, email: Option<&str>) -> Call {
    let call = Call::post(format!("/v1/customers/{customer}")).field("name", name);
    match email {
        Some(email) => call.field("email", email),
        None => call,
    }
}

pub fn customer(customer: &str) -> Call {
    Call::get(format!("/v1/customers/{customer}"))
}

/// A checkout without its idempotency key. A card is required even if nothing is due yet.
pub fn checkout(order: &Order<'_>) -> Call {
    let organization = order.organization.to_string();
    let call = Call::post("/v1/checkout/sessions")
        .field("mode", "subscription")
        .field("customer", order.customer)
        .field("client_reference_id", organization.as_str())
        .field("line_items[0][price]", order.price)
        .field("line_items[0][quantity]", "1")
        .field("payment_method_collection", "always")
        .field(format!("metadata[{ORGANIZATION}]"), organization.as_str())
        .field(format!("subscription_data[metadata][{ORGANIZATION}]"), organization.as_str())
        .field("success_url", format!("{}&checkout=done", order.page))
        .field("cancel_url", order.page);
    match order.trial {
        Trial::None => call,
        Trial::Days(days) => call.field("subscription_data[trial_period_days]", days.to_string()),
        Trial::Until(end) => call.field("subscription_data[trial_end]", end.seconds().to_string()),
    }
}

/// The same request's idempotency key, for each of its attempts.
pub fn checkout_key(key: Uuid) -> String {
    format!("rekomi-checkout-{key}")
}

/// Ends a checkout, so that no one can complete it any more.
pub fn expire(session: &str) -> Call {
    Call::post(format!("/v1/checkout/sessions/{session}/expire"))
}

pub fn session(session: &str) -> Call {
    Call::get(format!("/v1/checkout/sessions/{session}"))
}

/// Opens the customer portal, where a person changes the plan, the card and the address, and cancels.
pub fn portal(customer: &str, page: &str) -> Call {
    Call::post("/v1/billing_portal/sessions").field("customer", customer).field("return_url", page)
}

/// All subscriptions of a customer, ended ones too, newest first.
pub fn subscriptions(customer: &str) -> Call {
    Call::get("/v1/subscriptions")
        .field("customer", customer)
        .field("status", "all")
        .field("limit", SUBSCRIPTIONS_MAX.to_string())
}

pub fn invoice(invoice: &str) -> Call {
    Call::get(format!("/v1/invoices/{invoice}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkout_names_its_organization_and_the_trial() {
        let organization = OrganizationId::from_bytes([7; 16]);
        let order = |trial| Order {
            organization,
            customer: "cus_1",
            price: "price_1",
            trial,
            page: "https://app.test/dashboard/settings/billing?organization=org_1",
        };
        let field = |trial, name: &str| {
            let call = checkout(&order(trial));
            call.fields.into_iter().find(|(known, _)| known == name).map(|(_, value)| value)
        };
        assert_eq!(field(Trial::None, "client_reference_id"), Some(organization.to_string()));
        assert_eq!(field(Trial::None, "subscription_data[metadata][organization]"), Some(organization.to_string()));
        assert_eq!(field(Trial::Days(14), "subscription_data[trial_period_days]").as_deref(), Some("14"));
        let end = Timestamp::from_seconds(1_790_000_000).unwrap();
        assert_eq!(field(Trial::Until(end), "subscription_data[trial_end]").as_deref(), Some("1790000000"));
        assert_eq!(field(Trial::Until(end), "subscription_data[trial_period_days]"), None);
        assert!(field(Trial::None, "success_url").unwrap().ends_with("&checkout=done"));
    }
}
