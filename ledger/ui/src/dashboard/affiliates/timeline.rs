//! Formats an affiliate's timeline. Pure.

use shared::id::{CommissionId, ConversionId, Id, OrganizationId, PayoutId, Sync};

use super::timeline_store::Event;
use identity::audit::{
    names::{self, Names},
    words,
};
use integrations::sync::dashboard::vendor_name;
use kit::page::{address::Address, zone::Zone};
use rules::format;

/// A line of the timeline.
#[derive(Debug)]
pub struct Line {
    /// Time, for machines and for people.
    pub at: (String, String),
    pub title: String,
    /// The page with the details.
    pub href: Option<String>,
    pub detail: Option<String>,
    pub who: Option<String>,
    pub tone: &'static str,
}

pub fn line(event: Event, organization: OrganizationId, who: &Names, zone: &Zone) -> Line {
    let place = |path: String| Some(Address::of(path, organization).to_string());
    let money = match (event.amount, &event.currency) {
        (Some(amount), Some(currency)) => format::money(amount, currency),
        _ => String::new(),
    };
    let title = event.title.clone().unwrap_or_default();
    let (title, href, detail, tone) = match event.what.as_str() {
        "conversion" => {
            let title = if title == "Lead" { title } else { format!("{title} of {money}") };
            (title, place(format!("/dashboard/conversions/{}", ConversionId::new(event.id))), event.detail, "good")
        }
        "commission" => {
            let title = if title == "Click" { "Clicks".to_owned() } else { title };
            let href = place(format!("/dashboard/commissions/{}", CommissionId::new(event.id)));
            (format!("{title}: {money}"), href, event.detail, "good")
        }
        "payout" => {
            let (words, tone) = payout(&title);
            let href = place(format!("/dashboard/payouts/{}", PayoutId::new(event.id)));
            (format!("Payout of {money} {words}"), href, event.detail, tone)
        }
        "sync" => {
            let vendor = vendor_name(event.currency.as_deref().unwrap_or_default());
            let href = place(format!("/dashboard/syncs/{}", Id::<Sync>::new(event.id)));
            let tone = match title.as_str() {
                "Succeeded" => "good",
                "Failed" => "bad",
                _ => "wait",
            };
            (format!("{vendor}: {}", title.to_lowercase()), href, event.detail, tone)
        }
        "audit" => {
            let changes = words::changes(event.before.as_ref(), event.after.as_ref());
            (words::action(&title), None, message(&changes), "off")
        }
        "click" => ("First click".to_owned(), None, None, "good"),
        _ => ("Joined".to_owned(), None, None, "off"),
    };
    let at = zone.full(event.at);
    // The hour of a click that is no longer stored.
    let at = if event.what == "click" && event.title.is_some() { format!("about {at}") } else { at };
    Line {
        at: (event.at.to_string(), at),
        title,
        href,
        detail: detail.filter(|detail| !detail.is_empty()),
        who: event.actor.map(|actor| names::actor_name(who, &actor)),
        tone,
    }
}

fn payout(status: &str) -> (&'static str, &'static str) {
    match status {
        "Sent" => ("sent", "good"),
        "Failed" => ("failed", "bad"),
        "Reversed" => ("was returned", "bad"),
        _ => ("on its way", "wait"),
    }
}

/// Lists each field's change in one line.
fn message(changes: &[words::Change]) -> Option<String> {
    let change = |change: &words::Change| match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{}: {before} \u{2192} {after}", change.field),
        (None, Some(after)) => format!("{}: {after}", change.field),
        (Some(before), None) => format!("{}: {before} removed", change.field),
        (None, None) => change.field.clone(),
    };
    (!changes.is_empty()).then(|| changes.iter().map(change).collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::timestamp::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn event(what: &str, title: &str) -> Event {
        Event {
            what: what.to_owned(),
            id: Uuid::from_u128(1),
            at: Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap(),
            title: Some(title.to_owned()),
            detail: None,
            amount: Some(1_980),
            currency: Some("USD".to_owned()),
            actor: None,
            before: None,
            after: None,
        }
    }

    #[test]
    fn each_kind_is_said_in_words() {
        let organization = OrganizationId::from_bytes([1; 16]);
        let message = |event: Event| line(event, organization, &Names::new(), &Zone::utc());
        assert_eq!(message(event("conversion", "Sale")).title, "Sale of $19.80");
        assert_eq!(message(event("conversion", "Lead")).title, "Lead");
        assert_eq!(message(event("payout", "Reversed")).title, "Payout of $19.80 was returned");
        assert_eq!(message(event("commission", "Bonus")).title, "Bonus: $19.80");
        let banned = Event {
            before: Some(json!({"status": "Approved"})),
            after: Some(json!({"status": "Banned"})),
            actor: Some("system".to_owned()),
            ..event("audit", "affiliate.banned")
        };
        let banned = message(banned);
        assert_eq!((banned.title.as_str(), banned.who.as_deref()), ("Affiliate banned", Some("Rekomi")));
        assert_eq!(banned.detail.as_deref(), Some("status: Approved \u{2192} Banned"));
        let click = |title: Option<&str>| Event { title: title.map(str::to_owned), ..event("click", "") };
        let exact = message(click(None)).at.1;
        assert_eq!(message(click(Some("about"))).at.1, format!("about {exact}"));
        let sale = message(event("conversion", "Sale")).href.unwrap();
        assert!(sale.starts_with("/dashboard/conversions/conv_") && sale.contains("organization=org_"), "{sale}");
    }
}
