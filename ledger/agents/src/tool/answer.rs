//! Turns a response of the API into the result of a tool: the JSON itself, and the same as text.
//!
//! A refusal is a result as well, marked as an error, so that the model can correct its call. What is too long for a
//! model's context is cut, and says so.

use axum::http::StatusCode;
use serde_json::{Map, Value, json};

/// About 15,000 tokens; hosts allow between 25,000 and 150,000 characters.
const CHARACTERS_MAX: usize = 60_000;

/// What the API answered.
#[derive(Debug)]
pub struct Outcome<'a> {
    pub status: StatusCode,
    pub retry_after_seconds: Option<u32>,
    pub request_id: Option<&'a str>,
    pub body: &'a [u8],
}

/// `untrusted` names the fields whose texts others wrote.
pub fn of(outcome: &Outcome<'_>, untrusted: &[String]) -> Value {
    let body: Option<Value> = serde_json::from_slice(outcome.body).ok();
    if outcome.status.is_success() {
        let body = body.unwrap_or_else(|| json!({"done": true}));
        return success(body, untrusted);
    }
    // Other limits say themselves what to do.
    let is_rate = body.as_ref().is_none_or(|body| body["error"] == "rate_limited");
    if outcome.status == StatusCode::TOO_MANY_REQUESTS && is_rate {
        let seconds = outcome.retry_after_seconds.unwrap_or(60);
        let message = format!("Too many requests. Wait {seconds} seconds, then call again.");
        return error(json!({"error": "rate_limited", "message": message, "retryAfterSeconds": seconds}));
    }
    match body {
        Some(Value::Object(refusal)) if outcome.status.is_client_error() => error(Value::Object(refusal)),
        _ => error(json!({
            "error": "unavailable",
            "message": "Rekomi couldn't answer. Try again in a moment; if it keeps failing, report the request id.",
            "requestId": outcome.request_id,
        })),
    }
}

/// The result for an argument that no request can be made of.
pub fn mistake(field: &str, message: &str) -> Value {
    error(json!({"error": "validation_failed", "field": field, "message": message}))
}

/// The result for something that isn't there, or can't be done now.
pub fn refusal(code: &str, field: Option<&str>, message: &str) -> Value {
    let mut body = json!({"error": code, "message": message});
    if let Some(field) = field {
        body["field"] = field.into();
    }
    error(body)
}

/// The result of a call beyond the limit of a day.
pub fn over_limit(max: i32) -> Value {
    let message = format!(
        "This connection already made {max} changes today, which is the limit. Tell the person; it is lifted at midnight UTC, \
         and they can make the change in the dashboard."
    );
    error(json!({"error": "daily_limit", "message": message}))
}

fn error(body: Value) -> Value {
    let mut result = content(body);
    result["isError"] = true.into();
    result
}

/// The result of a call that found or made something. `untrusted` names the fields whose texts others wrote.
pub fn success(body: Value, untrusted: &[String]) -> Value {
    let fits = shortened(body);
    let mut result = content(fits);
    result["isError"] = false.into();
    if !untrusted.is_empty() {
        result["_meta"] = json!({ "untrusted": untrusted });
    }
    result
}

fn content(body: Value) -> Value {
    json!({"content": [{"type": "text", "text": body.to_string()}], "structuredContent": body})
}

/// Cuts the longest lists until the JSON fits.
fn shortened(body: Value) -> Value {
    let mut fields = match body {
        Value::Object(fields) => fields,
        other => return json!({ "value": other }),
    };
    let has_pages = fields.contains_key("nextCursor");
    let mut cut: Option<(String, usize)> = None;
    loop {
        let size = length(&fields);
        if size <= CHARACTERS_MAX {
            break;
        }
        let Some((name, list)) = longest(&mut fields) else {
            return json!({"truncated": true, "hint": "The answer is too long. Ask for less, such as a shorter period."});
        };
        let kept = list.len() * CHARACTERS_MAX / size * 9 / 10;
        list.truncate(kept.min(list.len().saturating_sub(1)));
        let shown = list.len();
        if name == "data" {
            // It leads behind what was cut.
            fields.remove("nextCursor");
        }
        cut = Some((name, shown));
        fields.insert("truncated".to_owned(), true.into());
    }
    if let Some((name, shown)) = cut {
        let hint = match name.as_str() {
            "data" if has_pages => {
                format!("Only {shown} results fit. Call again with perPage {} to page through all.", shown.max(1))
            }
            name => format!("Only the first {shown} entries of {name} fit. Ask for less, such as a shorter period."),
        };
        fields.insert("hint".to_owned(), hint.into());
    }
    Value::Object(fields)
}

fn length(fields: &Map<String, Value>) -> usize {
    serde_json::to_string(fields).map_or(usize::MAX, |text| text.chars().count())
}

fn longest(fields: &mut Map<String, Value>) -> Option<(String, &mut Vec<Value>)> {
    let lists = fields.iter_mut().filter_map(|(name, value)| match value {
        Value::Array(list) if !list.is_empty() => Some((name.clone(), list)),
        _ => None,
    });
    lists.max_by_key(|(_, list)| list.iter().map(|one| one.to_string().len()).sum::<usize>())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(status: u16, body: &str) -> Value {
        let outcome = Outcome {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after_seconds: (status == 429).then_some(7),
            request_id: Some("req_1"),
            body: body.as_bytes(),
        };
        of(&outcome, &["data[].name".to_owned()])
    }

    #[test]
    fn a_success_is_json_and_the_same_as_text() {
        let found = result(200, r#"{"data":[{"name":"Mia"}],"nextCursor":null}"#);
        assert_eq!(found["structuredContent"]["data"][0]["name"], "Mia");
        let text: Value = serde_json::from_str(found["content"][0]["text"].as_str().unwrap()).unwrap();
        assert_eq!(text, found["structuredContent"]);
        assert_eq!((&found["isError"], &found["_meta"]["untrusted"]), (&json!(false), &json!(["data[].name"])));
        assert_eq!(result(204, "")["structuredContent"], json!({"done": true}));
    }

    #[test]
    fn a_refusal_says_what_to_correct() {
        let refused = result(400, r#"{"error":"validation_failed","field":"slug","message":"taken"}"#);
        assert_eq!((&refused["isError"], &refused["structuredContent"]["field"]), (&json!(true), &json!("slug")));
        let limited = result(429, r#"{"error":"rate_limited","message":"x"}"#);
        assert_eq!(limited["structuredContent"]["retryAfterSeconds"], 7);
        let emails = result(429, r#"{"error":"too_many_letters","message":"Continue without emails."}"#);
        assert_eq!(emails["structuredContent"]["message"], "Continue without emails.");
        for broken in [result(500, r#"{"error":"internal_error","message":"x"}"#), result(404, ""), result(302, "")] {
            assert_eq!(
                (&broken["isError"], &broken["structuredContent"]["requestId"]),
                (&json!(true), &json!("req_1"))
            );
        }
        assert_eq!(mistake("id", "is required")["structuredContent"]["field"], "id");
        assert!(over_limit(50)["content"][0]["text"].as_str().unwrap().contains("50 changes"));
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        let row = json!({"note": "ü".repeat(2_000)});
        let list = json!({"data": vec![row.clone(); 100], "nextCursor": "abc"}).to_string();
        let cut = result(200, &list)["structuredContent"].clone();
        let shown = cut["data"].as_array().unwrap().len();
        assert!((20..30).contains(&shown), "{shown}");
        assert!(cut.get("nextCursor").is_none(), "it would pass over what was cut");
        assert_eq!(
            (&cut["truncated"], cut["hint"].as_str().unwrap().contains(&format!("perPage {shown}"))),
            (&json!(true), true)
        );
        assert!(cut.to_string().chars().count() <= CHARACTERS_MAX + 200);
        let whole = json!({"data": vec![row.clone(); 100]}).to_string();
        let cut = result(200, &whole)["structuredContent"].clone();
        assert!(cut["hint"].as_str().unwrap().contains("entries of data fit"), "it has no pages: {}", cut["hint"]);
        let nested = json!({"id": 1, "steps": vec![row; 100]}).to_string();
        let cut = result(200, &nested)["structuredContent"].clone();
        assert!(cut["hint"].as_str().unwrap().contains("steps") && cut["id"] == 1);
        let one = json!({"note": "x".repeat(70_000)}).to_string();
        assert_eq!(result(200, &one)["structuredContent"]["truncated"], true);
        let huge = json!({"data": [{"note": "x".repeat(70_000)}]}).to_string();
        assert_eq!(result(200, &huge)["structuredContent"]["data"], json!([]));
    }
}
