//! `/.well-known/security.txt` (RFC 9116) and `/security`: where to report a vulnerability.

use axum::{
    extract::State,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;

use kit::{page::Html, state::AppState};

pub const PATH: &str = "/.well-known/security.txt";
/// RFC 9116 §2.5.5 recommends less than a year.
const VALID_DAYS: i64 = 180;

pub async fn serve(State(state): State<AppState>) -> Response {
    let config = &state.config;
    let text = text(&config.public_url, config.security_contact.as_deref(), state.clock.wall());
    ([(CONTENT_TYPE, "text/plain; charset=utf-8"), (CACHE_CONTROL, "public, max-age=86400")], text).into_response()
}

#[derive(Debug, askama::Template)]
#[template(path = "security.html")]
struct SecurityPage {
    contact: String,
    contact_text: String,
}

/// `GET /security`: the policy that the file points to.
pub async fn page(State(state): State<AppState>) -> Response {
    let contact = contact(&state.config.public_url, state.config.security_contact.as_deref());
    let contact_text = contact.trim_start_matches("mailto:").to_owned();
    Html(SecurityPage { contact, contact_text }).into_response()
}

/// The configured contact, else the usual mailbox of the host (RFC 2142 §4).
fn contact(public_url: &str, configured: Option<&str>) -> String {
    let host = url::Url::parse(public_url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    configured.map_or_else(|| format!("mailto:security@{host}"), str::to_owned)
}

fn text(public_url: &str, contact: Option<&str>, now: Timestamp) -> String {
    let contact = self::contact(public_url, contact);
    // Rounded to whole days, so that a cached copy equals the next one.
    let day = now.plus_millis(-now.millis().rem_euclid(86_400_000)).plus_days(VALID_DAYS);
    format!(
        "Contact: {contact}\nExpires: {day}\nPreferred-Languages: en\nCanonical: {public_url}{PATH}\nPolicy: {public_url}/security\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_stands_on_a_line_of_its_own() {
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        let text = text("https://rekomi.acme.test", None, now);
        let fields: Vec<(&str, &str)> = text.lines().filter_map(|line| line.split_once(": ")).collect();
        assert_eq!(fields[0], ("Contact", "mailto:security@rekomi.acme.test"));
        assert_eq!(fields[3].1, "https://rekomi.acme.test/.well-known/security.txt");
        let expires = Timestamp::parse_rfc3339(fields[1].1).unwrap();
        assert!(expires > now && expires < now.plus_days(365));
        assert!(super::text("https://a.test", Some("tel:+49-1"), now).starts_with("Contact: tel:+49-1\n"));
    }
}
