//! Stripe's coupons and promotion codes, after its reference (docs.stripe.com/api/coupons,
//! docs.stripe.com/api/promotion_codes) and its changelog of 2025-09-30.clover: since then a promotion code names its
//! coupon in `promotion[coupon]`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    Answer, Call,
    stripe::{error, unknown},
};

const COUPON: [&str; 10] = [
    "id",
    "name",
    "percent_off",
    "amount_off",
    "currency",
    "duration",
    "duration_in_months",
    "max_redemptions",
    "redeem_by",
    "expand[]",
];
const CODE: [&str; 9] = [
    "promotion[type]",
    "promotion[coupon]",
    "code",
    "active",
    "customer",
    "customer_account",
    "expires_at",
    "max_redemptions",
    "expand[]",
];
const LIST: [&str; 9] =
    ["active", "code", "coupon", "created", "customer", "customer_account", "limit", "starting_after", "expand[]"];

#[derive(Debug, Default)]
pub struct Coupons {
    pub coupons: BTreeMap<String, Value>,
    /// Promotion codes by id, oldest first.
    pub codes: BTreeMap<String, Value>,
    /// What requests with an idempotency key were answered, with their path and body.
    replies: BTreeMap<String, (String, Vec<u8>, Answer)>,
    made: u32,
}

/// The permission that a request needs, if it's about coupons.
pub(super) fn permission(call: &Call) -> Option<&'static str> {
    let writes = call.method != "GET";
    if call.path.starts_with("/v1/coupons") {
        return Some(if writes { "rak_coupon_write" } else { "rak_coupon_read" });
    }
    call.path.starts_with("/v1/promotion_codes").then_some(if writes {
        "rak_promotion_code_write"
    } else {
        "rak_promotion_code_read"
    })
}

type Form = Vec<(String, String)>;

fn one<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn metadata(form: &Form) -> BTreeMap<&str, &str> {
    form.iter()
        .filter_map(|(name, value)| Some((name.strip_prefix("metadata[")?.strip_suffix(']')?, value.as_str())))
        .collect()
}

fn refused(form: &Form, known: &[&str]) -> Option<Answer> {
    let mut seen = Vec::new();
    for (name, value) in form {
        let is_metadata = name.starts_with("metadata[") && name.ends_with(']');
        if !is_metadata && !known.contains(&name.as_str()) {
            return Some(unknown(name));
        }
        if seen.contains(&name) || value.is_empty() || (is_metadata && value.len() > 500) {
            return Some(invalid(name, "Invalid value."));
        }
        seen.push(name);
    }
    None
}

fn invalid(param: &str, message: &str) -> Answer {
    error(400, message, &json!({"param": param}))
}

fn missing(what: &str, id: &str, param: &str) -> Answer {
    error(
        if param == "id" { 404 } else { 400 },
        format!("No such {what}: '{id}'"),
        &json!({"code": "resource_missing", "param": param}),
    )
}

impl Coupons {
    /// A code that the brand's people created in Stripe.
    pub fn by_hand(&mut self, code: &str) {
        self.made += 1;
        let id = format!("promo_{:06}ByHand", self.made);
        self.codes.insert(id.clone(), object(&id, code, "their_coupon", &json!({})));
    }

    /// A coupon that the brand's people created with an id of their own, which has nothing to do with codes.
    pub fn coupon_by_hand(&mut self, id: &str) {
        self.coupons.insert(id.to_owned(), json!({"id": id, "object": "coupon", "percent_off": 30.0, "valid": true}));
    }

    /// Stripe forgets idempotency keys after a day.
    pub fn forget_keys(&mut self) {
        self.replies.clear();
    }

    /// Of the active codes, with their metadata.
    pub fn active(&self) -> Vec<&Value> {
        self.codes.values().filter(|code| code["active"] == true).collect()
    }

    pub(super) fn answer(&mut self, call: &Call) -> Answer {
        if call.method == "GET" {
            return match call.path.strip_prefix("/v1/coupons/") {
                Some(id) => self
                    .coupons
                    .get(id)
                    .map_or_else(|| missing("coupon", id, "id"), |coupon| Answer(200, coupon.clone())),
                None => self.list(call),
            };
        }
        let key = call.header("idempotency-key").to_owned();
        if let Some((path, body, answer)) = self.replies.get(&key) {
            if (path, body) == (&call.path, &call.body) {
                return answer.clone();
            }
            let message =
                "Keys for idempotent requests can only be used with the same parameters they were first used with.";
            return Answer(400, json!({"error": {"type": "idempotency_error", "message": message}}));
        }
        let Some(form) = call.form() else {
            return error(400, "Invalid request: the body must be form-encoded.", &json!({}));
        };
        let (answer, executed) = match call.path.strip_prefix("/v1/promotion_codes") {
            Some("") => self.create_code(&form),
            Some(id) => (self.change(id.trim_start_matches('/'), &form), true),
            None if call.path == "/v1/coupons" => self.create_coupon(&form),
            None => (missing("coupon", &call.path, "id"), false),
        };
        // Stripe keeps what was executed, refusals included, and forgets what its validation refused.
        if executed && !key.is_empty() {
            self.replies.insert(key, (call.path.clone(), call.body.clone(), answer.clone()));
        }
        answer
    }

    fn create_coupon(&mut self, form: &Form) -> (Answer, bool) {
        if let Some(refused) = refused(form, &COUPON) {
            return (refused, false);
        }
        let number = |name: &str| one(form, name).map(|text| text.parse::<f64>().unwrap_or(-1.0));
        let (percent, amount, months) = (number("percent_off"), number("amount_off"), number("duration_in_months"));
        let currency = one(form, "currency").is_some_and(|code| code.len() == 3 && code == code.to_lowercase());
        let checks = [
            ("percent_off", percent.is_some() != amount.is_some()),
            ("percent_off", percent.is_none_or(|percent| percent > 0.0 && percent <= 100.0)),
            ("amount_off", amount.is_none_or(|amount| amount >= 1.0 && amount.fract() == 0.0)),
            ("currency", amount.is_some() == currency),
            ("duration", one(form, "duration").is_some_and(|of| ["once", "repeating", "forever"].contains(&of))),
            ("duration_in_months", (one(form, "duration") == Some("repeating")) == months.is_some()),
            ("duration_in_months", months.is_none_or(|months| months >= 1.0 && months.fract() == 0.0)),
            ("name", one(form, "name").is_none_or(|name| name.chars().count() <= 40)),
        ];
        if let Some((param, _)) = checks.iter().find(|(_, fine)| !fine) {
            return (invalid(param, "Invalid value."), false);
        }
        self.made += 1;
        let id = one(form, "id").map_or_else(|| format!("{:08}", self.made), str::to_owned);
        if self.coupons.contains_key(&id) {
            let more = json!({"code": "resource_already_exists"});
            return (error(400, "Coupon already exists.", &more), true);
        }
        let coupon = json!({
            "id": id, "object": "coupon", "amount_off": amount, "percent_off": percent, "currency": one(form, "currency"),
            "duration": one(form, "duration"), "duration_in_months": months, "name": one(form, "name"),
            "metadata": metadata(form), "livemode": false, "valid": true, "times_redeemed": 0,
        });
        self.coupons.insert(id, coupon.clone());
        (Answer(200, coupon), true)
    }

    fn create_code(&mut self, form: &Form) -> (Answer, bool) {
        if let Some(refused) = refused(form, &CODE) {
            return (refused, false);
        }
        let (coupon, code) = (one(form, "promotion[coupon]"), one(form, "code").unwrap_or_default());
        let Some(coupon) = coupon.filter(|_| one(form, "promotion[type]") == Some("coupon")) else {
            let more = json!({"code": "parameter_missing", "param": "promotion"});
            return (error(400, "Missing required param: promotion.", &more), false);
        };
        if code.is_empty() || !code.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '-') {
            return (invalid("code", "Promotion codes can only contain letters, digits and dashes."), false);
        }
        let mut limits = Vec::new();
        for name in ["expires_at", "max_redemptions"] {
            match one(form, name).map(str::parse::<i64>) {
                Some(Ok(number)) if number > 0 => limits.push((name, number)),
                Some(_) => return (invalid(name, "Invalid positive integer."), false),
                None => {}
            }
        }
        if !self.coupons.contains_key(coupon) {
            return (missing("coupon", coupon, "promotion[coupon]"), true);
        }
        if self.is_taken(code, "") {
            return (
                error(400, format!("An active promotion code with `code: {code}` already exists."), &json!({})),
                true,
            );
        }
        self.made += 1;
        let id = format!("promo_{:06}StandIn", self.made);
        let mut object = object(&id, code, coupon, &json!(metadata(form)));
        for (name, number) in limits {
            object[name] = json!(number);
        }
        self.codes.insert(id, object.clone());
        (Answer(200, object), true)
    }

    fn is_taken(&self, code: &str, but: &str) -> bool {
        let same = |one: &Value| one["code"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(code));
        self.codes.iter().any(|(id, one)| id != but && one["active"] == true && same(one))
    }

    fn change(&mut self, id: &str, form: &Form) -> Answer {
        if let Some(refused) = refused(form, &["active", "expand[]"]) {
            return refused;
        }
        let active = one(form, "active") == Some("true");
        let Some(code) = self.codes.get(id).cloned() else { return missing("promotion code", id, "id") };
        if active && self.is_taken(code["code"].as_str().unwrap(), id) {
            return error(400, "An active promotion code with this code already exists.", &json!({}));
        }
        let code = self.codes.get_mut(id).unwrap();
        code["active"] = json!(active);
        Answer(200, code.clone())
    }

    fn list(&self, call: &Call) -> Answer {
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !LIST.contains(&name.as_str())) {
            return unknown(name);
        }
        let limit: usize = call.parameter("limit").map_or(10, |limit| limit.parse().unwrap_or(0));
        if !(1..=100).contains(&limit) {
            return invalid("limit", "Invalid integer: limit");
        }
        let fits = |id: &str, code: &Value| {
            let known = code["code"].as_str().unwrap();
            call.parameter("code").is_none_or(|requested| requested.eq_ignore_ascii_case(known))
                && call.parameter("coupon").is_none_or(|coupon| code["promotion"]["coupon"] == coupon)
                && call.parameter("active").is_none_or(|active| code["active"] == (active == "true"))
                && call.parameter("starting_after").is_none_or(|after| id < after)
        };
        let rest: Vec<&Value> =
            self.codes.iter().rev().filter(|(id, code)| fits(id, code)).map(|(_, code)| code).collect();
        let page: Vec<&&Value> = rest.iter().take(limit).collect();
        let more = rest.len() > page.len();
        Answer(200, json!({"object": "list", "url": "/v1/promotion_codes", "has_more": more, "data": page}))
    }
}

fn object(id: &str, code: &str, coupon: &str, metadata: &Value) -> Value {
    json!({
        "id": id, "object": "promotion_code", "active": true, "code": code, "customer": null, "expires_at": null,
        "livemode": false, "max_redemptions": null, "metadata": metadata, "times_redeemed": 0,
        "promotion": {"type": "coupon", "coupon": coupon},
    })
}
