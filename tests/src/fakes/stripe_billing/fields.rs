//! Which fields Stripe takes in the requests about billing: unknown ones, missing ones, wrong types and values are refused,
//! and so are those given twice. After Stripe's OpenAPI description, version 2023-08-16; `*` stands for a key of metadata or
//! an index.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::{Answer, Call},
    refused,
};

pub(super) type Form = Vec<(String, String)>;

/// A field's type; of a text, its longest length.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text(usize),
    Url,
    Integer,
    Boolean,
    OneOf(&'static [&'static str]),
}

use Kind::{Boolean, Integer, OneOf, Text, Url};

struct Request {
    method: &'static str,
    /// With `*` for an id.
    path: &'static str,
    required: &'static [&'static str],
    fields: &'static [(&'static str, Kind)],
}

const CUSTOMER: &[(&str, Kind)] = &[
    ("balance", Integer),
    ("description", Text(5_000)),
    ("email", Text(512)),
    ("expand[*]", Text(5_000)),
    ("invoice_prefix", Text(5_000)),
    ("metadata[*]", Text(500)),
    ("name", Text(256)),
    ("phone", Text(20)),
    ("preferred_locales[*]", Text(5_000)),
    ("tax_exempt", OneOf(&["exempt", "none", "reverse"])),
];

const CHECKOUT: &[(&str, Kind)] = &[
    ("allow_promotion_codes", Boolean),
    ("automatic_tax[enabled]", Boolean),
    ("billing_address_collection", OneOf(&["auto", "required"])),
    ("cancel_url", Url),
    ("client_reference_id", Text(200)),
    ("customer", Text(5_000)),
    ("customer_email", Text(512)),
    ("customer_update[address]", OneOf(&["auto", "never"])),
    ("customer_update[name]", OneOf(&["auto", "never"])),
    ("expand[*]", Text(5_000)),
    ("expires_at", Integer),
    ("line_items[*][price]", Text(5_000)),
    ("line_items[*][quantity]", Integer),
    ("locale", Text(20)),
    ("metadata[*]", Text(500)),
    ("mode", OneOf(&["payment", "setup", "subscription"])),
    ("payment_method_collection", OneOf(&["always", "if_required"])),
    ("payment_method_types[*]", Text(50)),
    ("subscription_data[billing_cycle_anchor]", Integer),
    ("subscription_data[description]", Text(500)),
    ("subscription_data[metadata][*]", Text(500)),
    ("subscription_data[trial_end]", Integer),
    ("subscription_data[trial_period_days]", Integer),
    ("success_url", Url),
    ("tax_id_collection[enabled]", Boolean),
];

const REQUESTS: &[Request] = &[
    Request { method: "POST", path: "/v1/customers", required: &[], fields: CUSTOMER },
    Request { method: "POST", path: "/v1/customers/*", required: &[], fields: CUSTOMER },
    Request { method: "GET", path: "/v1/customers/*", required: &[], fields: &[("expand[*]", Text(5_000))] },
    // What a checkout of a subscription needs.
    Request {
        method: "POST",
        path: "/v1/checkout/sessions",
        required: &["mode", "success_url", "line_items[0][price]", "line_items[0][quantity]"],
        fields: CHECKOUT,
    },
    Request { method: "GET", path: "/v1/checkout/sessions/*", required: &[], fields: &[("expand[*]", Text(5_000))] },
    Request {
        method: "POST",
        path: "/v1/checkout/sessions/*/expire",
        required: &[],
        fields: &[("expand[*]", Text(5_000))],
    },
    Request {
        method: "POST",
        path: "/v1/billing_portal/sessions",
        required: &["customer"],
        fields: &[
            ("configuration", Text(5_000)),
            ("customer", Text(5_000)),
            ("expand[*]", Text(5_000)),
            ("locale", Text(20)),
            ("on_behalf_of", Text(5_000)),
            ("return_url", Url),
        ],
    },
    Request {
        method: "GET",
        path: "/v1/subscriptions",
        required: &[],
        fields: &[
            ("customer", Text(5_000)),
            ("ending_before", Text(5_000)),
            ("expand[*]", Text(5_000)),
            ("limit", Integer),
            ("price", Text(5_000)),
            ("starting_after", Text(5_000)),
            (
                "status",
                OneOf(&[
                    "active",
                    "all",
                    "canceled",
                    "ended",
                    "incomplete",
                    "incomplete_expired",
                    "past_due",
                    "paused",
                    "trialing",
                    "unpaid",
                ]),
            ),
        ],
    },
    Request { method: "GET", path: "/v1/invoices/*", required: &[], fields: &[("expand[*]", Text(5_000))] },
];

/// A request's fields.
///
/// # Errors
/// Stripe's refusal.
pub(super) fn checked(call: &Call) -> Result<Form, Answer> {
    let known = REQUESTS.iter().find(|one| one.method == call.method && fits(one.path, '/', &call.path));
    let Some(request) = known else {
        let message = format!("Unrecognized request URL ({}: {}).", call.method, call.path);
        return Err(refused(404, &message, None, None));
    };
    let form = if call.method == "POST" { call.form().unwrap_or_default() } else { call.query.clone() };
    if call.method == "POST" && !call.query.is_empty() {
        return Err(refused(400, "Parameters of a POST belong in its body.", None, None));
    }
    let mut seen = BTreeMap::new();
    for (name, value) in &form {
        let Some((_, kind)) = request.fields.iter().find(|(known, _)| fits(known, '[', name)) else {
            let message = format!("Received unknown parameter: {name}");
            return Err(refused(400, &message, Some("parameter_unknown"), Some(name)));
        };
        if seen.insert(name.clone(), ()).is_some() || !is_valid(*kind, value) {
            return Err(refused(400, &format!("Invalid {name}: {value}"), None, Some(name)));
        }
    }
    for name in request.required {
        if one(&form, name).is_none() {
            let message = format!("Missing required param: {name}.");
            return Err(refused(400, &message, Some("parameter_missing"), Some(name)));
        }
    }
    if one(&form, "limit").is_some_and(|limit| !limit.parse::<u32>().is_ok_and(|limit| (1..=100).contains(&limit))) {
        return Err(refused(400, "The maximum is 100.", None, Some("limit")));
    }
    Ok(form)
}

/// Whether a pattern with `*` names a path or a field, part by part.
fn fits(pattern: &str, between: char, given: &str) -> bool {
    let (known, parts): (Vec<&str>, Vec<&str>) = (pattern.split(between).collect(), given.split(between).collect());
    let same = |(known, part): (&&str, &&str)| match known.trim_end_matches(']') {
        "*" => !part.trim_end_matches(']').is_empty() && known.ends_with(']') == part.ends_with(']'),
        _ => known == part,
    };
    known.len() == parts.len() && known.iter().zip(&parts).all(same)
}

fn is_valid(kind: Kind, value: &str) -> bool {
    !value.is_empty()
        && match kind {
            Text(most) => value.chars().count() <= most,
            Url => {
                url::Url::parse(value).is_ok_and(|url| matches!(url.scheme(), "http" | "https")) && value.len() <= 5_000
            }
            Integer => value.parse::<i64>().is_ok(),
            Boolean => ["true", "false"].contains(&value),
            OneOf(values) => values.contains(&value),
        }
}

/// A field's value.
pub(super) fn one<'f>(form: &'f Form, name: &str) -> Option<&'f str> {
    form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

pub(super) fn metadata(form: &Form) -> Value {
    let key = |name: &str| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    let pairs: BTreeMap<String, String> =
        form.iter().filter_map(|(name, value)| Some((key(name)?, value.clone()))).collect();
    json!(pairs)
}
