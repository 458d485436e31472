//! How GetResponse answers: errors with a code of their own, and pages of an array.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::fakes::{Answer, Call, crm::only};

pub(super) fn refused(status: u16, code: u16, message: &str) -> Answer {
    let body = json!({
        "httpStatus": status, "code": code, "codeDescription": message, "message": message,
        "moreInfo": format!("https://apidocs.getresponse.com/en/v3/errors/{code}"), "context": {},
        "uuid": "62417847-4f12-4c25-9b3a-0b619a187efe",
    });
    Answer(status, body)
}

pub(super) fn invalid(why: &str) -> Answer {
    refused(400, 1000, why)
}

pub(super) fn missing() -> Answer {
    refused(404, 1013, "Resource not found")
}

pub(super) fn taken() -> Answer {
    refused(409, 1008, "Property value is already taken")
}

/// The parameters of a query, if there are no others than these.
pub(super) fn query(call: &Call, known: &[&str]) -> Result<(), Answer> {
    match call.query.iter().find(|(name, value)| !known.contains(&name.as_str()) || value.is_empty()) {
        Some((name, _)) => Err(invalid(&format!("Not allowed search field {name}"))),
        None => Ok(()),
    }
}

pub(super) fn page(call: &Call, rows: Vec<Value>) -> Result<Answer, Answer> {
    let number = |name: &str, otherwise: usize| call.parameter(name).map_or(Ok(otherwise), str::parse::<usize>);
    let (page, size) = (number("page", 1).unwrap_or(0), number("perPage", 100).unwrap_or(0));
    if page == 0 || !(1..=1000).contains(&size) {
        return Err(invalid("page"));
    }
    Ok(Answer(200, rows.into_iter().skip((page - 1) * size).take(size).collect()))
}

pub(super) fn json(call: &Call) -> Result<Value, Answer> {
    call.json().ok_or_else(|| refused(415, 1000, "Content-Type"))
}

pub(super) fn fields<'a>(body: &'a Value, known: &[&str]) -> Result<&'a Map<String, Value>, Answer> {
    only(body, known).map_err(|why| invalid(&why))
}

/// Tags or fields whose name contains what is searched for, in any case.
pub(super) fn named(call: &Call, all: &BTreeMap<String, String>, id: &str) -> Vec<Value> {
    let part = call.parameter("query[name]").unwrap_or_default().to_lowercase();
    let found = all.iter().filter(|(_, name)| name.to_lowercase().contains(&part));
    found.map(|(key, name)| json!({id: key, "name": name, "href": "https://api.getresponse.com/v3/…"})).collect()
}
