//! An audit log entry as the API shows it, and the filters of a list.

use serde::Serialize;
use serde_json::Value;
use shared::{
    id::{AffiliateId, ApiKeyId, AuditEntryId, UserId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use crate::audit::{
    names::Names,
    read::{Filter, Line},
};
use kit::{
    api::query::Query,
    error::{Error, Result},
    page::zone::Zone,
};

/// A change by a person, an API key or the installation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    #[schema(value_type = String, example = "aud_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: AuditEntryId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub at: Timestamp,
    /// `user:usr_…`, `api_key:key_…`, `affiliate:aff_…` or `system`.
    #[schema(example = "user:usr_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub actor: String,
    /// The current email address of the person, or the current name of the key.
    #[schema(required, example = "owner@acme.test")]
    pub actor_name: Option<String>,
    /// The name of the app that the person acted through, as it called itself.
    #[schema(required, example = "Claude")]
    pub via: Option<String>,
    /// The action, in the form `noun.verb_past`.
    #[schema(example = "api_key.rotated")]
    pub action: String,
    /// The id of the changed object.
    #[schema(example = "key_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub target: String,
    /// The changed fields before the change, if they are safe to keep.
    #[schema(required, value_type = Option<Object>, example = json!({"hint": "rk_live_Zk3q"}))]
    pub before: Option<Value>,
    /// The changed fields after the change.
    #[schema(required, value_type = Option<Object>, example = json!({"hint": "rk_live_7h5x", "overlapHours": 24}))]
    pub after: Option<Value>,
    /// The `Rekomi-Request-Id` of the request that made the change.
    #[schema(required, example = "req_0123456789abcdef01234567")]
    pub request_id: Option<String>,
    /// A hash that is equal for two requests from one network on one day (UTC). It isn't an IP address.
    #[schema(required, example = "9f86d081884c7d65")]
    pub source: Option<String>,
}

impl AuditEntry {
    pub fn of(line: Line, names: &Names) -> Self {
        Self {
            id: line.id,
            at: line.at,
            actor_name: names.get(&line.actor).cloned(),
            actor: line.actor,
            via: line.via,
            action: line.action,
            target: line.target,
            before: line.before,
            after: line.after,
            request_id: line.request_id,
            source: line.source_hash,
        }
    }
}

/// Reads the filter parameters; days are in the time zone `zone`.
///
/// # Errors
/// 400 naming the parameter.
pub fn filter(query: &mut Query, zone: &Zone) -> Result<Filter> {
    Ok(Filter {
        action: query.text("action").map(|text| action(&text)).transpose()?,
        actor: query.text("actor").map(|text| actor(&text)).transpose()?,
        target: query.text("target"),
        from: query.when("from")?.map(|when| when.start_in(zone)),
        to: query.when("to")?.map(|when| when.end_in(zone)),
    })
}

fn action(text: &str) -> Result<String> {
    let word = |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let parts: Vec<&str> = text.split('.').collect();
    if parts.len() <= 2 && parts.iter().all(|part| word(part)) {
        return Ok(text.to_owned());
    }
    Err(Error::field("action", "action must be an action such as api_key.rotated, or a noun such as api_key"))
}

/// Parses an actor's id, with or without the prefix that names its type.
fn actor(text: &str) -> Result<String> {
    let bare = text.split_once(':').map_or(text, |(_, id)| id);
    let known = if text == "system" {
        Some(text.to_owned())
    } else if let Ok(user) = bare.parse::<UserId>() {
        Some(format!("user:{user}"))
    } else if let Ok(affiliate) = bare.parse::<AffiliateId>() {
        Some(format!("affiliate:{affiliate}"))
    } else {
        bare.parse::<ApiKeyId>().ok().map(|key| format!("api_key:{key}"))
    };
    known.ok_or_else(|| {
        Error::field("actor", "actor must be the id of a person (usr_…), key (key_…) or affiliate (aff_…), or system")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_nouns() {
        for good in ["api_key.rotated", "api_key", "payout.recorded"] {
            assert_eq!(action(good).unwrap(), good);
        }
        for bad in ["", "Api_key", "a.b.c", "api_key.", "api%"] {
            assert_eq!(action(bad).unwrap_err().body().field.as_deref(), Some("action"), "{bad}");
        }
    }

    #[test]
    fn actors_by_their_id() {
        let user = UserId::v7(1, &[1; 10]).to_string();
        let key = ApiKeyId::v7(1, &[1; 10]).to_string();
        assert_eq!(actor(&user).unwrap(), format!("user:{user}"));
        assert_eq!(actor(&format!("user:{user}")).unwrap(), format!("user:{user}"));
        assert_eq!(actor(&key).unwrap(), format!("api_key:{key}"));
        let affiliate = "aff_01kdvdna00e5v8r2m6q1w9d3xk";
        assert_eq!(actor(affiliate).unwrap(), format!("affiliate:{affiliate}"));
        assert_eq!(actor("system").unwrap(), "system");
        for bad in ["", "lauren", "lnk_01kdvdna00e5v8r2m6q1w9d3xk"] {
            assert!(actor(bad).is_err(), "{bad}");
        }
    }
}
