//! What a call is about: the affiliates, programs, links, sales and commissions that its arguments name, read through the API
//! with the caller's rights. So another organization's isn't there.

use std::collections::BTreeMap;

use rules::format;
use serde_json::Value;

use super::exchange::{Answered, Caller};
use crate::tool::{catalog::Tool, request::Mistake};
use kit::error::Result;

/// How an id begins, where it is read, and what it identifies.
const KINDS: [(&str, &str, &str); 5] = [
    ("aff_", "/api/v1/affiliates/", "affiliate"),
    ("prog_", "/api/v1/programs/", "program"),
    ("lnk_", "/api/v1/links/", "link"),
    ("conv_", "/api/v1/conversions/", "sale"),
    ("com_", "/api/v1/commissions/", "commission"),
];
const ID_LEN: usize = 26;
/// More than any one call names.
const IDS_MAX: usize = 20;

/// Descriptions by id: `Mia Doe, mia@creators.test`.
pub type Names = BTreeMap<String, String>;

/// The kind of thing that the path of a tool is about, as pages call it.
pub fn noun(tool: &Tool) -> Option<&'static str> {
    kind_of_path(tool).map(|(_, _, noun)| noun)
}

fn kind_of_path(tool: &Tool) -> Option<(&'static str, &'static str, &'static str)> {
    KINDS.into_iter().find(|(_, path, _)| tool.path.strip_prefix(path).is_some_and(|rest| rest.starts_with("{id}")))
}

fn kind_of(text: &str) -> Option<(&'static str, &'static str, &'static str)> {
    let is_id = |rest: &str| rest.len() == ID_LEN && rest.bytes().all(|byte| byte.is_ascii_alphanumeric());
    KINDS.into_iter().find(|(prefix, _, _)| text.strip_prefix(prefix).is_some_and(is_id))
}

/// The ids that the arguments have, each with its place.
pub fn ids(arguments: &Value) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(arguments, "", &mut found);
    found.truncate(IDS_MAX);
    found
}

fn collect(value: &Value, at: &str, found: &mut Vec<(String, String)>) {
    match value {
        Value::String(text) if kind_of(text).is_some() => found.push((at.to_owned(), text.clone())),
        Value::Array(items) => items.iter().for_each(|item| collect(item, at, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, own)| {
            let below = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
            collect(own, &below, found);
        }),
        _ => {}
    }
}

/// Reads everything that the arguments name, and the affiliates behind it.
///
/// # Errors
/// Names the argument whose thing doesn't exist in the caller's organization; 503 if the API couldn't answer.
pub async fn read(tool: &Tool, arguments: &Value, caller: &Caller) -> Result<std::result::Result<Names, Mistake>> {
    if let Some((prefix, _, noun)) = kind_of_path(tool)
        && arguments["id"].as_str().and_then(kind_of).is_none_or(|(own, _, _)| own != prefix)
    {
        return Ok(Err(missing("id", noun)));
    }
    let mut names = Names::new();
    for (at, id) in ids(arguments) {
        let Some((_, path, noun)) = kind_of(&id) else { continue };
        if names.contains_key(&id) {
            continue;
        }
        let answered = caller.get(&format!("{path}{id}")).await?.or_unavailable()?;
        if !answered.status.is_success() {
            return Ok(Err(missing(&at, noun)));
        }
        let whose = answered.text("affiliateId").to_owned();
        let whose = if whose.is_empty() { None } else { Some(affiliate(&whose, caller).await?) };
        names.insert(id, described(&answered, noun, whose.as_deref()));
    }
    Ok(Ok(names))
}

fn missing(at: &str, noun: &str) -> Mistake {
    Mistake::new(at, format!("There is no such {noun} in this organization."))
}

async fn affiliate(id: &str, caller: &Caller) -> Result<String> {
    if kind_of(id).is_none() {
        return Ok(id.to_owned());
    }
    let answered = caller.get(&format!("/api/v1/affiliates/{id}")).await?.or_unavailable()?;
    Ok(answered.text("name").to_owned())
}

/// One line that tells this thing from others of its kind.
fn described(answered: &Answered, noun: &str, whose: Option<&str>) -> String {
    let amount = || {
        let minor = answered.body["amountCents"].as_i64();
        minor.map_or_else(|| "no amount".to_owned(), |minor| format::money(minor, answered.text("currency")))
    };
    let status = answered.text("status");
    match noun {
        "affiliate" => format!("{}, {}, {status}", answered.text("name"), answered.text("email")),
        "program" => answered.text("name").to_owned(),
        "link" => {
            let disabled = if answered.body["disabledAt"].is_null() { "" } else { ", disabled" };
            let (url, destination) = (answered.text("url"), answered.text("destination"));
            format!("{url} of {}, to {destination}{disabled}", whose.unwrap_or("no one"))
        }
        "commission" => format!("{} for {}, {status}", amount(), whose.unwrap_or("no one")),
        _ => format!("{}, credited to {}, {status}", amount(), whose.unwrap_or("no one")),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;
    use serde_json::json;

    use super::*;

    const AFFILIATE: &str = "aff_01kdvdna00fec9rpb7dk6gd3hy";

    #[test]
    fn ids_are_found_wherever_they_are() {
        let arguments = json!({"id": AFFILIATE, "scope": {"affiliateId": AFFILIATE}, "reason": "aff_ is short",
            "all": ["prog_01kdvdna00fnwvvrwp1y42fmbq", "usr_01kdvdna00fnwvvrwp1y42fmbq", "aff_../../../../payout-runs/xx"]});
        let mut found = ids(&arguments);
        found.sort();
        let expected =
            [("all", "prog_01kdvdna00fnwvvrwp1y42fmbq"), ("id", AFFILIATE), ("scope.affiliateId", AFFILIATE)];
        assert_eq!(found, expected.map(|(at, id)| (at.to_owned(), id.to_owned())));
    }

    #[test]
    fn a_line_tells_what_it_is() {
        let line = |body: Value, noun, whose| described(&Answered { status: StatusCode::OK, body }, noun, whose);
        let mia = json!({"name": "Mia Doe", "email": "mia@creators.test", "status": "Pending"});
        assert_eq!(line(mia, "affiliate", None), "Mia Doe, mia@creators.test, Pending");
        assert_eq!(line(json!({"name": "Partners"}), "program", None), "Partners");
        let link = json!({"url": "https://go.acme.test/mia", "destination": "https://acme.test/", "disabledAt": null});
        assert_eq!(line(link.clone(), "link", Some("Mia")), "https://go.acme.test/mia of Mia, to https://acme.test/");
        let mut disabled = link;
        disabled["disabledAt"] = "2026-11-20T08:30:00Z".into();
        assert!(line(disabled, "link", Some("Mia")).ends_with("to https://acme.test/, disabled"));
        let money = json!({"amountCents": 1980, "currency": "USD", "status": "Pending"});
        assert_eq!(line(money.clone(), "commission", Some("Mia Doe")), "$19.80 for Mia Doe, Pending");
        assert_eq!(line(money, "sale", None), "$19.80, credited to no one, Pending");
    }
}
