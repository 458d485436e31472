//! Stripe's API as far as webhook endpoints, the account and coupons go, after its reference ("Webhook Endpoints",
//! "Accounts", "Errors", "Idempotent requests"): unknown and missing parameters, unknown events, versions and
//! permissions.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Answer, Call, FakeServer, Vendor,
    stripe_coupons::{self, Coupons},
};

pub const ACCOUNT: &str = "acct_1StandInOfStripe";
/// A secret key may do everything.
pub const SECRET_KEY: &str = "sk_test_51StandInSecretKeyCanary0001";
/// As people make one for us.
pub const RESTRICTED_KEY: &str = "rk_test_51StandInRestrictedCanary002";
/// May read endpoints, not write them.
pub const POOR_KEY: &str = "rk_test_51StandInPoorKeyCanaryXXX003";
/// As people make one for coupons as well.
pub const COUPON_KEY: &str = "rk_test_51StandInCouponKeyCanaryX004";

const VERSIONS: [&str; 6] = [
    "2024-12-18.acacia",
    "2025-05-28.basil",
    "2025-09-30.clover",
    "2026-07-29.dahlia",
    "2026-09-30.endive",
    "2026-10-28.endive",
];
/// Of Stripe's list of event types, those about what brands sell.
const EVENTS: [&str; 24] = [
    "charge.dispute.closed",
    "charge.dispute.created",
    "charge.dispute.funds_reinstated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.updated",
    "charge.refunded",
    "checkout.session.async_payment_failed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.completed",
    "credit_note.created",
    "customer.created",
    "customer.discount.created",
    "customer.discount.deleted",
    "customer.discount.updated",
    "customer.subscription.created",
    "customer.subscription.deleted",
    "customer.subscription.updated",
    "customer.updated",
    "invoice.paid",
    "invoice.payment_succeeded",
    "invoice_payment.paid",
    "refund.created",
    "refund.failed",
    "refund.updated",
];

#[derive(Debug, Default)]
pub struct Stripe {
    pub endpoints: BTreeMap<String, Value>,
    pub coupons: Coupons,
    /// Keys that were deleted.
    pub revoked: Vec<String>,
    replies: BTreeMap<String, (Vec<u8>, Answer)>,
    made: u32,
}

pub fn start() -> FakeServer<Stripe> {
    FakeServer::of(Stripe::default())
}

pub(super) fn error(status: u16, message: impl Into<String>, more: &Value) -> Answer {
    let mut error = json!({"type": "invalid_request_error", "message": message.into()});
    for (name, value) in more.as_object().unwrap() {
        error[name] = value.clone();
    }
    Answer(status, json!({ "error": error }))
}

fn permissions(key: &str) -> Option<&'static [&'static str]> {
    match key {
        SECRET_KEY => Some(&[
            "rak_accounts_kyc_basic_read",
            "rak_webhook_read",
            "rak_webhook_write",
            "rak_coupon_read",
            "rak_coupon_write",
            "rak_promotion_code_read",
            "rak_promotion_code_write",
        ]),
        COUPON_KEY => Some(&[
            "rak_webhook_read",
            "rak_webhook_write",
            "rak_coupon_read",
            "rak_coupon_write",
            "rak_promotion_code_read",
            "rak_promotion_code_write",
        ]),
        RESTRICTED_KEY => Some(&["rak_webhook_read", "rak_webhook_write"]),
        POOR_KEY => Some(&["rak_webhook_read"]),
        _ => None,
    }
}

impl Vendor for Stripe {
    fn answer(&mut self, call: &Call) -> Answer {
        let key = call.bearer();
        let Some(allowed) = permissions(key).filter(|_| !self.revoked.iter().any(|revoked| revoked == key)) else {
            let message =
                format!("Invalid API Key provided: sk_test_*************{}", &key[key.len().saturating_sub(4)..]);
            return error(401, message, &json!({}));
        };
        let version = call.header("stripe-version");
        if !version.is_empty() && !VERSIONS.contains(&version) {
            return error(400, format!("Invalid Stripe API version: {version}"), &json!({}));
        }
        let needed = match (call.method.as_str(), call.path.as_str()) {
            _ if stripe_coupons::permission(call).is_some() => stripe_coupons::permission(call).unwrap(),
            ("GET", "/v1/account") => "rak_accounts_kyc_basic_read",
            ("GET", path) if path.starts_with("/v1/webhook_endpoints") => "rak_webhook_read",
            ("POST" | "DELETE", path) if path.starts_with("/v1/webhook_endpoints") => "rak_webhook_write",
            _ => return error(404, format!("Unrecognized request URL ({}: {}).", call.method, call.path), &json!({})),
        };
        if !allowed.contains(&needed) {
            let message = format!(
                "The provided key 'rk_test_*********{}' does not have the required permissions for this endpoint on \
                 account '{ACCOUNT}'. Having the '{needed}' permission would allow this request to continue.",
                &key[key.len() - 6..]
            );
            return error(403, message, &json!({}));
        }
        self.allowed(call)
    }
}

impl Stripe {
    fn allowed(&mut self, call: &Call) -> Answer {
        if stripe_coupons::permission(call).is_some() {
            // Before this version, a promotion code named its coupon differently.
            assert!(call.header("stripe-version") >= "2025-09-30", "{}", call.header("stripe-version"));
            return self.coupons.answer(call);
        }
        let id = call.path.strip_prefix("/v1/webhook_endpoints").map(|rest| rest.trim_start_matches('/'));
        match (call.method.as_str(), id) {
            ("GET", None) => Answer(200, json!({"id": ACCOUNT, "object": "account", "type": "standard"})),
            ("GET", Some("")) => self.list(call),
            ("POST", Some("")) => self.create(call),
            ("GET", Some(id)) => self.endpoints.get(id).map_or_else(|| missing(id), |found| Answer(200, shown(found))),
            ("POST", Some(id)) => self.change(id, call),
            ("DELETE", Some(id)) => match self.endpoints.remove(id) {
                None => missing(id),
                Some(_) => Answer(200, json!({"id": id, "object": "webhook_endpoint", "deleted": true})),
            },
            _ => error(404, "Unrecognized request URL.", &json!({})),
        }
    }

    fn list(&self, call: &Call) -> Answer {
        if let Some((name, _)) = call
            .query
            .iter()
            .find(|(name, _)| !["limit", "starting_after", "ending_before", "expand[]"].contains(&name.as_str()))
        {
            return unknown(name);
        }
        let limit: usize = call.parameter("limit").map_or(10, |limit| limit.parse().unwrap_or(0));
        if !(1..=100).contains(&limit) {
            return error(400, "Invalid integer: limit", &json!({"param": "limit"}));
        }
        // Newest first.
        let after = call.parameter("starting_after");
        let rest: Vec<&Value> = self
            .endpoints
            .iter()
            .rev()
            .filter(|(id, _)| after.is_none_or(|after| id.as_str() < after))
            .map(|(_, endpoint)| endpoint)
            .collect();
        let page: Vec<Value> = rest.iter().take(limit).map(|endpoint| shown(endpoint)).collect();
        let more = rest.len() > page.len();
        Answer(200, json!({"object": "list", "url": "/v1/webhook_endpoints", "has_more": more, "data": page}))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let key = call.header("idempotency-key").to_owned();
        if let Some((body, answer)) = self.replies.get(&key) {
            return if *body == call.body { answer.clone() } else { idempotency_error() };
        }
        let Some(form) = call.form() else {
            return error(400, "Invalid request: the body must be form-encoded.", &json!({}));
        };
        if let Some(refused) = refused(&form, &["url", "enabled_events[]"]) {
            return refused;
        }
        if self.endpoints.len() >= 16 {
            return error(400, "You have reached the maximum of 16 test webhook endpoints.", &json!({}));
        }
        let one = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        let events: Vec<&String> =
            form.iter().filter(|(name, _)| name == "enabled_events[]").map(|(_, value)| value).collect();
        let metadata: BTreeMap<&str, &String> = form
            .iter()
            .filter_map(|(name, value)| Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value)))
            .collect();
        self.made += 1;
        let id = format!("we_{:06}StandIn", self.made);
        let endpoint = json!({
            "id": id, "object": "webhook_endpoint", "api_version": one("api_version"), "application": null,
            "created": 1_790_000_000, "description": one("description"), "enabled_events": events, "livemode": false,
            "metadata": metadata, "status": "enabled", "url": one("url"),
            "secret": format!("whsec_StandInCanary{:016}", self.made),
        });
        self.endpoints.insert(id, endpoint.clone());
        let answer = Answer(200, endpoint);
        if !key.is_empty() {
            self.replies.insert(key, (call.body.clone(), answer.clone()));
        }
        answer
    }

    /// Replaces the endpoint's events. The version and the account of an endpoint can't be changed.
    fn change(&mut self, id: &str, call: &Call) -> Answer {
        let Some(form) = call.form() else {
            return error(400, "Invalid request: the body must be form-encoded.", &json!({}));
        };
        if let Some((name, _)) = form.iter().find(|(name, _)| name != "enabled_events[]") {
            return unknown(name);
        }
        if let Some(refused) = refused(&form, &["enabled_events[]"]) {
            return refused;
        }
        let Some(endpoint) = self.endpoints.get_mut(id) else { return missing(id) };
        endpoint["enabled_events"] = form.iter().map(|(_, value)| json!(value)).collect();
        Answer(200, shown(endpoint))
    }
}

/// The secret is returned at creation only.
fn shown(endpoint: &Value) -> Value {
    let mut shown = endpoint.clone();
    shown.as_object_mut().unwrap().remove("secret");
    shown
}

fn refused(form: &[(String, String)], required: &[&'static str]) -> Option<Answer> {
    let known = ["url", "enabled_events[]", "api_version", "connect", "description", "expand[]"];
    for (name, value) in form {
        let metadata = name.starts_with("metadata[") && name.ends_with(']');
        if !metadata && !known.contains(&name.as_str()) {
            return Some(unknown(name));
        }
        if metadata && (name.len() > "metadata[]".len() + 40 || value.len() > 500) {
            return Some(error(400, "Metadata is too long.", &json!({"param": name})));
        }
    }
    let all = |requested: &'static str| {
        form.iter().filter(move |(name, _)| name == requested).map(|(_, value)| value.as_str())
    };
    for name in required.iter().copied() {
        if all(name).next().is_none() {
            let param = name.trim_end_matches("[]");
            let more = json!({"code": "parameter_missing", "param": param});
            return Some(error(400, format!("Missing required param: {param}."), &more));
        }
    }
    for name in ["url", "api_version", "description", "connect"] {
        if all(name).count() > 1 {
            return Some(error(400, format!("Invalid string: {name}"), &json!({"param": name})));
        }
    }
    if !all("url").all(|url| url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))) {
        return Some(error(400, "Invalid URL", &json!({"code": "url_invalid", "param": "url"})));
    }
    let mut seen = Vec::new();
    for event in all("enabled_events[]") {
        if !EVENTS.contains(&event) || seen.contains(&event) {
            let message = format!("Invalid enabled_events: must be one of a list of events, not {event}");
            return Some(error(400, message, &json!({"param": "enabled_events"})));
        }
        seen.push(event);
    }
    let version = all("api_version").find(|version| !VERSIONS.contains(version));
    version.map(|version| error(400, format!("Invalid api_version: {version}"), &json!({"param": "api_version"})))
}

pub(super) fn unknown(name: &str) -> Answer {
    let more = json!({"code": "parameter_unknown", "param": name});
    error(400, format!("Received unknown parameter: {name}"), &more)
}

fn missing(id: &str) -> Answer {
    error(404, format!("No such webhook endpoint: '{id}'"), &json!({"code": "resource_missing", "param": "id"}))
}

fn idempotency_error() -> Answer {
    let message = "Keys for idempotent requests can only be used with the same parameters they were first used with.";
    Answer(400, json!({"error": {"type": "idempotency_error", "message": message}}))
}
