//! Who recruited an applicant: remembered from a recruiter's link, `/p/{handle}?by={slug}`, or named in the form.
//!
//! Anyone can name anyone, so this alone pays nothing: a recruiter earns only a share, on top, of what the recruit earns
//! after a person or a proven address approved them.

use axum::http::{HeaderMap, HeaderValue};
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::store;
use kit::{db::TenantTx, error::Result, form::Fields, page::cookie};
use programs::sub_affiliate::store::{self as recruits, NewRecruit};
use rules::customer::mailbox::email_key;

/// The form's field, which isn't a question's.
pub const FIELD: &str = "recruiter";
pub const SHOWS_NAME: &str = "recruiter_sees_name";
/// The parameter of a recruiter's link.
pub const PARAMETER: &str = "by";
const COOKIE: &str = "__Host-rekomi_by";
const WINDOW_SECONDS: i64 = 60 * 86_400;
const NAME_MAX: usize = 200;

/// Remembers the recruiter whose link was followed to this page for 60 days; the last one counts. `None` for what can't
/// be a slug, and for visitors who don't want to be recognized.
pub fn remember(headers: &HeaderMap, handle: &str, slug: &str) -> Option<HeaderValue> {
    let opted_out = headers.get("sec-gpc").is_some_and(|value| value == "1");
    (!opted_out && is_slug(slug)).then(|| cookie::set(COOKIE, &format!("{handle}.{slug}"), WINDOW_SECONDS)).flatten()
}

/// The recruiter whose link to this page the visitor followed.
pub fn remembered<'a>(headers: &'a HeaderMap, handle: &str) -> Option<&'a str> {
    let (page, slug) = cookie::read(headers, COOKIE)?.split_once('.')?;
    (page == handle && is_slug(slug)).then_some(slug)
}

pub fn is_slug(text: &str) -> bool {
    (3..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
}

/// Saves who recruited an applicant. A name that fits no approved affiliate, or several, and the applicant's own address
/// save nothing: the application counts all the same.
///
/// # Errors
/// Database errors.
pub async fn save(
    tx: &mut TenantTx,
    (applicant, email): (AffiliateId, &str),
    fields: &Fields,
    link: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let named = fields.text(FIELD);
    if named.is_empty() || named.len() > NAME_MAX || named.chars().any(char::is_control) {
        return Ok(());
    }
    let Some((recruiter, theirs)) = store::recruiter(tx, named).await? else { return Ok(()) };
    if recruiter == applicant || email_key(&theirs) == email_key(email) {
        return Ok(());
    }
    let by_link = link.is_some_and(|slug| slug.eq_ignore_ascii_case(named));
    let recruit = NewRecruit {
        affiliate: applicant,
        recruiter: Some(recruiter),
        since: now,
        source: if by_link { "Link" } else { "Form" },
        reason: None,
        shows_name: fields.is_ticked(SHOWS_NAME),
    };
    Ok(recruits::insert(tx, recruit, now).await?)
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE as SENT;

    use super::*;

    #[test]
    fn a_link_is_remembered_for_its_own_page_only() {
        let mut headers = HeaderMap::new();
        let kept = remember(&headers, "acme", "lauren").unwrap();
        assert!(kept.to_str().unwrap().starts_with("__Host-rekomi_by=acme.lauren; Path=/; Max-Age=5184000; Secure"));
        headers.insert(SENT, HeaderValue::from_static("__Host-rekomi_by=acme.lauren"));
        assert_eq!((remembered(&headers, "acme"), remembered(&headers, "other")), (Some("lauren"), None));
        for wrong in ["", "a", "a;b=c", "two words", "<script>"] {
            assert_eq!(remember(&headers, "acme", wrong), None, "{wrong}");
        }
        headers.insert("sec-gpc", HeaderValue::from_static("1"));
        assert_eq!(remember(&headers, "acme", "lauren"), None);
    }
}
