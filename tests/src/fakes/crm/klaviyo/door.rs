//! What Klaviyo looks at before the body: the revision, and the scopes of the key.

use std::collections::BTreeSet;

use super::{
    super::{Answer, Call},
    shape::{refused, wrong},
};

const REVISION: &str = "2026-07-15";
const MEDIA: &str = "application/vnd.api+json";
pub(super) const SCOPES: [&str; 8] = [
    "accounts:read",
    "lists:read",
    "lists:write",
    "profiles:read",
    "profiles:write",
    "subscriptions:write",
    "events:write",
    "data-privacy:write",
];
/// In the path where a parameter stands, `{}`.
const ROUTES: [(&str, &str, &[&str]); 11] = [
    ("GET", "accounts", &["accounts:read"]),
    ("GET", "lists", &["lists:read"]),
    ("GET", "lists/{}", &["lists:read"]),
    ("GET", "lists/{}/relationships/profiles", &["lists:read", "profiles:read"]),
    ("POST", "lists/{}/relationships/profiles", &["lists:write", "profiles:write"]),
    ("GET", "profiles", &["profiles:read"]),
    ("PATCH", "profiles/{}", &["profiles:write"]),
    ("POST", "profile-import", &["profiles:write"]),
    ("POST", "profile-subscription-bulk-create-jobs", &["lists:write", "profiles:write", "subscriptions:write"]),
    ("POST", "events", &["events:write"]),
    ("POST", "data-privacy-deletion-jobs", &["data-privacy:write"]),
];

/// Whether the call is let through.
///
/// # Errors
/// What is answered where it isn't.
pub(super) fn pass(call: &Call, scopes: &BTreeSet<&'static str>) -> Result<(), Answer> {
    if call.header("revision") != REVISION || call.header("accept") != MEDIA {
        return Err(wrong("revision and Accept are required"));
    }
    let path = call.path.strip_prefix("/api/").unwrap_or_default();
    let shape = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["lists", _] => "lists/{}".to_owned(),
        ["profiles", _] => "profiles/{}".to_owned(),
        ["lists", _, rest @ ..] => format!("lists/{{}}/{}", rest.join("/")),
        _ => path.to_owned(),
    };
    let route = ROUTES.iter().find(|route| (route.0, route.1) == (call.method.as_str(), shape.as_str()));
    let Some((_, _, needed)) = route else { return Err(refused(404, "not_found", "Not found.", "")) };
    let missing: Vec<&str> = needed.iter().copied().filter(|scope| !scopes.contains(scope)).collect();
    if !missing.is_empty() {
        let detail = format!("Your API key is missing required scopes: {}", missing.join(", "));
        return Err(refused(403, "permission_denied", &detail, "/data/"));
    }
    if matches!(call.method.as_str(), "POST" | "PATCH") && call.header("content-type") != MEDIA {
        return Err(refused(415, "unsupported_media_type", "Unsupported media type", ""));
    }
    Ok(())
}
