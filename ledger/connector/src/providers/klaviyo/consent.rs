//! A profile's consent, as read by `additional-fields[profile]=subscriptions`. The subscription job lifts suppressions
//! (reference, "Bulk Subscribe Profiles"), so suppressed profiles are never subscribed.

use serde_json::Value;

use crate::{ContactName, Fault, Person, read};

const MARKETING: &str = "/attributes/subscriptions/email/marketing";

/// The email consent of a profile.
#[derive(Debug)]
pub(super) struct Agreed {
    pub(super) id: String,
    pub(super) subscribed: bool,
    pub(super) name: ContactName,
    /// `UNSUBSCRIBED`, or the reason of a suppression.
    refused: Option<String>,
    /// Lists from which the person is suppressed.
    off: Vec<String>,
}

/// Reads the profile from a response that was filtered by email; None if Klaviyo doesn't know the email.
pub(super) fn agreed(body: &Value) -> Result<Option<Agreed>, Fault> {
    if !body.get("data").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no data in it"));
    }
    let Some(row) = read::rows(body, "/data").next() else { return Ok(None) };
    let Some(marketing) = row.pointer(MARKETING) else {
        // Assuming consent could override an unsubscription.
        return Err(Fault::unreadable("a profile without its subscriptions"));
    };
    let consent = read::text(marketing, "/consent").unwrap_or_default();
    let barred = marketing.get("can_receive_email_marketing").and_then(Value::as_bool) == Some(false);
    let refused = read::rows(marketing, "/suppression")
        .next()
        .and_then(|row| read::text(row, "/reason"))
        .or_else(|| (consent == "UNSUBSCRIBED").then(|| consent.clone()))
        // For a person who never subscribed, this flag only means that.
        .or_else(|| (barred && consent != "NEVER_SUBSCRIBED").then(|| "USER_SUPPRESSED".to_owned()));
    let off = read::rows(marketing, "/list_suppressions").filter_map(|row| read::text(row, "/list_id")).collect();
    let subscribed = consent == "SUBSCRIBED" && refused.is_none();
    let name = ContactName::parts(row, "/attributes/first_name", "/attributes/last_name");
    Ok(Some(Agreed { id: read::need(row, "/id")?, subscribed, name, refused, off }))
}

/// Why the person is left alone, if they are.
pub(super) fn held_back(state: &Agreed, person: &Person) -> Option<String> {
    let why = match state.refused.as_deref() {
        Some("HARD_BOUNCE" | "INVALID_EMAIL") => "Emails to them bounced, so Klaviyo unsubscribed them",
        Some("SPAM_COMPLAINT") => "They reported an email as spam, so Klaviyo unsubscribed them",
        Some("USER_SUPPRESSED") => "They\u{2019}re suppressed in Klaviyo, which counts as unsubscribed",
        Some(_) => "They unsubscribed from email in Klaviyo",
        None if person.lists.iter().any(|list| state.off.contains(&list.id)) => {
            "They unsubscribed from the list in Klaviyo"
        }
        None => return None,
    };
    Some(format!("{why}. We skipped them: only they can resubscribe."))
}
