//! Paddle's discounts, after its reference (developer.paddle.com/api-reference/discounts).

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use shared::timestamp::Timestamp;

use super::{
    Answer, Call,
    paddle::{error, good, invalid, missing},
};

const KNOWN: [&str; 13] = [
    "description",
    "enabled_for_checkout",
    "code",
    "type",
    "mode",
    "amount",
    "currency_code",
    "recur",
    "maximum_recurring_intervals",
    "usage_limit",
    "restrict_to",
    "expires_at",
    "custom_data",
];

#[derive(Debug, Default)]
pub struct Discounts {
    /// Discounts by id, oldest first.
    pub all: BTreeMap<String, Value>,
    made: u32,
}

impl Discounts {
    pub(super) fn answer(&mut self, call: &Call) -> Answer {
        let id = call.path.trim_start_matches("/discounts").trim_start_matches('/').to_owned();
        match (call.method.as_str(), id.as_str()) {
            ("GET", "") => self.list(call),
            ("POST", "") => self.create(call),
            ("GET", id) => self.all.get(id).map_or_else(missing, |found| good(200, found)),
            ("PATCH", id) => self.change(id, call),
            _ => missing(),
        }
    }

    fn list(&self, call: &Call) -> Answer {
        let known = ["id", "after", "per_page", "include", "code", "order_by", "status", "mode"];
        if let Some((name, _)) = call.query.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return invalid(&[(name.clone(), "unknown parameter")]);
        }
        let statuses: Vec<&str> = call.parameter("status").unwrap_or("active").split(',').collect();
        let fits = |id: &str, one: &Value| {
            statuses.contains(&one["status"].as_str().unwrap())
                && call.parameter("code").is_none_or(|code| is_same(one, code))
                && call.parameter("after").is_none_or(|after| id < after)
        };
        let data: Vec<&Value> = self.all.iter().rev().filter(|(id, one)| fits(id, one)).map(|(_, one)| one).collect();
        let pagination = json!({"per_page": 200, "next": "", "has_more": false, "estimated_total": data.len()});
        Answer(200, json!({"data": data, "meta": {"request_id": "", "pagination": pagination}}))
    }

    fn create(&mut self, call: &Call) -> Answer {
        let Some(Value::Object(body)) = call.json() else {
            return error(400, "invalid_json", "Unable to parse the JSON.", &[]);
        };
        let faults = faults(&body);
        if !faults.is_empty() {
            return invalid(&faults);
        }
        let code = body.get("code").and_then(Value::as_str).unwrap_or_default();
        if let Some((id, _)) = self.all.iter().find(|(_, one)| one["status"] == "active" && is_same(one, code)) {
            let detail = format!("Discount code conflicts with Discount ID {id}");
            return error(409, "discount_code_conflict", &detail, &[]);
        }
        self.made += 1;
        let id = format!("dsc_01standin{:017}", self.made);
        let mut discount = Value::Object(body);
        discount["id"] = json!(id);
        discount["status"] = json!("active");
        discount["times_used"] = json!(0);
        self.all.insert(id, discount.clone());
        good(201, &discount)
    }

    fn change(&mut self, id: &str, call: &Call) -> Answer {
        let Some(Value::Object(body)) = call.json() else {
            return error(400, "invalid_json", "Unable to parse the JSON.", &[]);
        };
        let status = body.get("status").and_then(Value::as_str).unwrap_or_default();
        if body.len() != 1 || !["active", "archived"].contains(&status) {
            return invalid(&[("status".to_owned(), "is missing or not valid")]);
        }
        let Some(discount) = self.all.get_mut(id) else { return missing() };
        discount["status"] = json!(status);
        good(200, discount)
    }
}

fn is_same(discount: &Value, code: &str) -> bool {
    discount["code"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(code))
}

fn faults(body: &Map<String, Value>) -> Vec<(String, &'static str)> {
    let mut faults: Vec<(String, &str)> = body
        .keys()
        .filter(|name| !KNOWN.contains(&name.as_str()))
        .map(|name| (name.clone(), "unknown field"))
        .collect();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let amount = text("amount").and_then(|amount| amount.parse::<f64>().ok()).unwrap_or_default();
    let is_share = text("type") == Some("percentage");
    let is_code = |code: &str| (1..=32).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let periods = body.get("maximum_recurring_intervals").filter(|periods| !periods.is_null());
    let limit = body.get("usage_limit").filter(|limit| !limit.is_null());
    let end = body.get("expires_at").filter(|end| !end.is_null());
    let is_time = |end: &Value| end.as_str().is_some_and(|end| Timestamp::parse_rfc3339(end).is_ok());
    let recurs = body.get("recur").and_then(Value::as_bool).unwrap_or_default();
    let checks = [
        ("description", text("description").is_some_and(|text| (1..=500).contains(&text.chars().count()))),
        ("type", text("type").is_some_and(|kind| ["flat", "flat_per_seat", "percentage"].contains(&kind))),
        ("amount", if is_share { (0.01..=100.0).contains(&amount) } else { amount >= 1.0 && amount.fract() == 0.0 }),
        ("currency_code", is_share || text("currency_code").is_some_and(|code| code.len() == 3)),
        ("code", text("code").is_none_or(is_code)),
        ("enabled_for_checkout", body.get("enabled_for_checkout").is_none_or(Value::is_boolean)),
        ("maximum_recurring_intervals", periods.is_none_or(|of| recurs && of.as_u64().is_some_and(|of| of >= 1))),
        ("usage_limit", limit.is_none_or(|limit| limit.as_u64().is_some_and(|limit| limit >= 1))),
        ("expires_at", end.is_none_or(is_time)),
        ("custom_data", body.get("custom_data").is_none_or(Value::is_object)),
    ];
    faults.extend(
        checks.iter().filter(|(_, fine)| !fine).map(|(name, _)| ((*name).to_owned(), "is missing or not valid")),
    );
    faults
}
