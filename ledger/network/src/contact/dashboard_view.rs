//! Contacts in the words of the dashboard. Pure.

use super::Contact;
use kit::page::{status::Badge, zone::Zone};

/// The status of a contact: what it is, and what changes it next.
pub(super) fn badge(contact: &Contact, zone: &Zone) -> Badge {
    let (word, tone, note) = match contact.status.as_str() {
        "Invited" => {
            let until = contact.expires_at.map(|until| format!("can be accepted until {}", zone.date(until)));
            ("Invited", "info", until.unwrap_or_default())
        }
        "Applied" => ("Applied", "wait", "you decide".to_owned()),
        "Joined" => ("Joined", "good", String::new()),
        "Declined" => ("Declined", "off", "by the creator".to_owned()),
        "Rejected" => ("Rejected", "off", "by your team".to_owned()),
        "Withdrawn" => ("Withdrawn", "off", "by the creator".to_owned()),
        _ => ("Ended", "off", "not answered, or withdrawn by your team".to_owned()),
    };
    Badge { word, tone, note }
}
