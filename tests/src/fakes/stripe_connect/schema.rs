//! Checks the fields of a request against what Stripe publishes: a field that isn't there, one that is missing, a wrong
//! type. The table is `fixtures/stripe_connect_fields.txt`.

use std::{collections::BTreeMap, sync::OnceLock};

use super::{
    super::{Answer, Call},
    refusal,
};

const TABLE: &str = include_str!("../../../fixtures/stripe_connect_fields.txt");
/// ISO codes that Stripe has a balance in.
const CURRENCIES: &str = "aed amd aoa ars aud azn bam bdt bgn bhd bif bnd bob brl bsd bwp cad chf clp cop crc czk djf dkk dop dzd \
     egp etb eur gbp ghs gmd gnf gtq gyd hkd huf idr ils inr isk jmd jod jpy kes khr kmf krw kwd kzt lak lkr mad mdl mga mkd mnt \
     mop mur mxn myr mzn nad ngn nok nzd omr pen php pkr pln pyg qar ron rsd rwf sar sek sgd thb tnd try ttd twd tzs uah ugx usd \
     uyu uzs vnd vuv xaf xcd xof xpf zar";

/// What the table says of a field.
#[derive(Debug, Clone, Default)]
struct Field {
    kind: &'static str,
    max: Option<usize>,
    values: Vec<&'static str>,
    required: bool,
    may_be_empty: bool,
}

type Fields = BTreeMap<&'static str, Field>;

fn table() -> &'static Vec<(&'static str, &'static str, Fields)> {
    static READ: OnceLock<Vec<(&str, &str, Fields)>> = OnceLock::new();
    READ.get_or_init(|| {
        let mut requests: Vec<(&str, &str, Fields)> = Vec::new();
        for line in TABLE.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.strip_prefix("  ") {
                None => {
                    let (method, path) = line.split_once(' ').expect("a method and a path");
                    requests.push((method, path, Fields::new()));
                }
                Some(line) => {
                    let (name, field) = field(line);
                    requests.last_mut().expect("a request before its fields").2.insert(name, field);
                }
            }
        }
        requests
    })
}

fn field(line: &'static str) -> (&'static str, Field) {
    let mut words = line.split(' ');
    let name = words.next().expect("a name");
    let mut field = Field { kind: words.next().expect("a type"), ..Field::default() };
    for word in words {
        match word.split_once('=') {
            Some(("max", most)) => field.max = Some(most.parse().expect("a number")),
            Some(("enum" | "or", values)) => field.values = values.split(',').collect(),
            None if word == "required" => field.required = true,
            None if word == "empty" => field.may_be_empty = true,
            _ => panic!("what is {word} of {name}?"),
        }
    }
    (name, field)
}

/// Whether the table has a request, with its path's variable parts.
fn fields(method: &str, path: &str) -> Option<&'static Fields> {
    let is_same = |pattern: &str| {
        let (mut ours, mut theirs) = (pattern.split('/'), path.split('/'));
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (Some(part), Some(given)) if part.starts_with('{') && !given.is_empty() => {}
                (Some(part), Some(given)) if part == given => {}
                _ => return false,
            }
        }
    };
    table().iter().find(|(known, pattern, _)| *known == method && is_same(pattern)).map(|(_, _, fields)| fields)
}

/// A request's fields, each checked: a form's, or a query's.
///
/// # Errors
/// Stripe's refusal.
pub(super) fn checked(call: &Call) -> Result<Vec<(String, String)>, Answer> {
    let Some(fields) = fields(&call.method, &call.path) else {
        return Err(refusal::of(404, &format!("Unrecognized request URL ({}: {}).", call.method, call.path)).answer());
    };
    let given = if call.method == "POST" {
        match call.form() {
            Some(form) => form,
            None if call.body.is_empty() => Vec::new(),
            None => return Err(refusal::of(400, "Invalid request: the body must be form-encoded.").answer()),
        }
    } else {
        call.query.clone()
    };
    let given: Vec<(String, String)> = given.into_iter().map(|(name, value)| (without_index(&name), value)).collect();
    for (at, (name, value)) in given.iter().enumerate() {
        let Some(field) = find(fields, name) else {
            return Err(refusal::of(400, &format!("Received unknown parameter: {name}"))
                .code("parameter_unknown")
                .param(name)
                .answer());
        };
        if !name.ends_with("[]") && given[..at].iter().any(|(other, _)| other == name) {
            return Err(refusal::of(400, &format!("Invalid string: {name} was given more than once"))
                .param(name)
                .answer());
        }
        value_of(field, name, value)?;
    }
    missing(fields, &given)?;
    Ok(given)
}

/// `expand[0]` is `expand[]`.
fn without_index(name: &str) -> String {
    let mut plain = String::new();
    for (at, part) in name.split('[').enumerate() {
        let digits = part
            .strip_suffix(']')
            .is_some_and(|inner| !inner.is_empty() && inner.bytes().all(|one| one.is_ascii_digit()));
        if at > 0 {
            plain.push('[');
        }
        plain.push_str(if digits && at > 0 { "]" } else { part });
    }
    plain
}

fn find(fields: &'static Fields, name: &str) -> Option<&'static Field> {
    fields.get(name).or_else(|| {
        let start = name.strip_suffix(']')?.rsplit_once('[').filter(|(_, key)| !key.is_empty() && key.len() <= 40)?.0;
        fields.get(&*format!("{start}[*]"))
    })
}

fn value_of(field: &Field, name: &str, value: &str) -> Result<(), Answer> {
    let invalid = |message: String, code: &str| Err(refusal::of(400, &message).code(code).param(name).answer());
    if value.is_empty() {
        if field.may_be_empty || name.ends_with("[*]") {
            return Ok(());
        }
        return invalid(
            format!(
                "You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; however \
                 '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty value."
            ),
            "parameter_invalid_empty",
        );
    }
    match field.kind {
        "integer" if value.parse::<i64>().is_err() && !field.values.contains(&value) => {
            return invalid(format!("Invalid integer: {value}"), "parameter_invalid_integer");
        }
        "boolean" if !["true", "false"].contains(&value) => {
            return Err(refusal::of(400, &format!("Invalid boolean: {value}")).param(name).answer());
        }
        "currency" if !CURRENCIES.split(' ').any(|known| known.eq_ignore_ascii_case(value)) => {
            let message = format!("Invalid currency: {value}. Stripe currently supports these currencies: usd, aed, …");
            return Err(refusal::of(400, &message).param(name).answer());
        }
        "string" if !field.values.is_empty() && !field.values.contains(&value) => {
            let message = format!("Invalid {name}: must be one of {}", field.values.join(", "));
            return Err(refusal::of(400, &message).param(name).answer());
        }
        _ => {}
    }
    if field.max.is_some_and(|most| value.chars().count() > most) {
        let message =
            format!("Invalid string: {}…; must be at most {} characters", &value[..1], field.max.unwrap_or(0));
        return Err(refusal::of(400, &message).code("parameter_invalid_string_too_long").param(name).answer());
    }
    Ok(())
}

/// A field that must be there, or must be where another one of its object is.
fn missing(fields: &'static Fields, given: &[(String, String)]) -> Result<(), Answer> {
    for (name, _) in fields.iter().filter(|(_, field)| field.required) {
        let object = name.trim_end_matches("[]").rsplit_once('[').map(|(object, _)| object);
        let is_due =
            object.is_none_or(|object| given.iter().any(|(other, _)| other.starts_with(&format!("{object}["))));
        if is_due && !given.iter().any(|(other, _)| other == name) {
            return Err(refusal::missing(name.trim_end_matches("[]")));
        }
    }
    Ok(())
}

/// A field's value.
pub(super) fn one<'f>(form: &'f [(String, String)], name: &str) -> Option<&'f str> {
    form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// `metadata[a]` and its kind.
pub(super) fn metadata(form: &[(String, String)]) -> BTreeMap<String, String> {
    let key = |name: &str| Some(name.strip_prefix("metadata[")?.strip_suffix(']')?.to_owned());
    form.iter().filter_map(|(name, value)| Some((key(name)?, value.clone()))).collect()
}

/// Whether there is such a version of the API.
pub(super) fn is_version(version: &str) -> bool {
    let field = fields("POST", "/v1/webhook_endpoints").and_then(|fields| fields.get("api_version"));
    field.is_some_and(|field| field.values.contains(&version))
}
