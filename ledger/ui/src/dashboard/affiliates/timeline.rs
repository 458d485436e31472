//! Formats an affiliate's timeline. Pure.

use shared::{
    id::{CommissionId, ConversionId, Id, OrganizationId, PayoutId, Sync},
    timestamp::Timestamp,
};

use super::timeline_store::Event;
use identity::audit::{
    names::{self, Names},
    words,
};
use integrations::sync::dashboard::vendor_name;
use kit::page::{address::Address, zone::Zone};
use rules::format;

const JOINED: &str = "Joined";
/// As the audit log's `affiliate.created` is shown.
const CREATED: &str = "Affiliate created";
/// What happens within a minute happened together.
const SAME_MS: u64 = 60_000;

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
        _ => (JOINED.to_owned(), None, None, "off"),
    };
    let at = zone.full(event.at);
    // The hour of a click that is no longer stored.
    let at = if event.what == "click" && event.title.is_some() { format!("about {at}") } else { at };
    Line {
        at: (event.at.to_string(), at),
        title,
        href,
        detail: detail.filter(|detail| !detail.is_empty()),
        who: event.actor.map(|actor| names::actor_title(who, &actor)),
        tone,
    }
}

/// An affiliate added manually joins at that moment: one line says both, and who added them.
pub fn merged(mut lines: Vec<Line>) -> Vec<Line> {
    let place = |title: &str| lines.iter().position(|line| line.title == title);
    let (Some(joined), Some(created)) = (place(JOINED), place(CREATED)) else { return lines };
    let moment = |index: usize| lines.get(index).and_then(|line| Timestamp::parse_rfc3339(&line.at.0).ok());
    let (Some(at), Some(other)) = (moment(joined), moment(created)) else { return lines };
    if at.millis().abs_diff(other.millis()) >= SAME_MS {
        return lines;
    }
    let created = lines.remove(created);
    if let Some(line) = lines.iter_mut().find(|line| line.title == JOINED) {
        line.who = created.who;
        line.detail = line.detail.take().or(created.detail);
    }
    lines
}

fn payout(status: &str) -> (&'static str, &'static str) {
    match status {
        "Sent" => ("sent", "good"),
        "SettledThere" => ("left to another platform", "off"),
        "Failed" => ("failed", "bad"),
        "Reversed" => ("was returned", "bad"),
        _ => ("on its way", "wait"),
    }
}

/// Lists each field's change in one line, but for the ID of the affiliate whose page this is.
fn message(changes: &[words::Change]) -> Option<String> {
    let change = |change: &words::Change| match (&change.before, &change.after) {
        (Some(before), Some(after)) => format!("{}: {before} \u{2192} {after}", change.field),
        (None, Some(after)) => format!("{}: {after}", change.field),
        (Some(before), None) => format!("{}: {before} removed", change.field),
        (None, None) => change.field.clone(),
    };
    let lines: Vec<String> = changes.iter().filter(|one| one.field != "affiliate id").map(change).collect();
    (!lines.is_empty()).then(|| lines.join("; "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;
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
        let segment = Event {
            after: Some(json!({"affiliateId": "aff_1", "segment": "gold"})),
            ..event("audit", "affiliate.segment_set")
        };
        assert_eq!(message(segment).detail.as_deref(), Some("segment: gold"));
        let click = |title: Option<&str>| Event { title: title.map(str::to_owned), ..event("click", "") };
        let exact = message(click(None)).at.1;
        assert_eq!(message(click(Some("about"))).at.1, format!("about {exact}"));
        let sale = message(event("conversion", "Sale")).href.unwrap();
        assert!(sale.starts_with("/dashboard/conversions/conv_") && sale.contains("organization=org_"), "{sale}");
    }

    #[test]
    fn who_was_added_by_hand_has_one_line() {
        let line = |title: &str, at: &str, who: Option<&str>| Line {
            at: (at.to_owned(), at.to_owned()),
            title: title.to_owned(),
            href: None,
            detail: None,
            who: who.map(str::to_owned),
            tone: "off",
        };
        assert_eq!(words::action("affiliate.created"), CREATED);
        let joined = || line(JOINED, "2026-11-22T10:00:00.000Z", None);
        let together = vec![line(CREATED, "2026-11-22T10:00:00.020Z", Some("Una")), joined()];
        let one = merged(together);
        assert_eq!((one.len(), one[0].title.as_str(), one[0].who.as_deref()), (1, JOINED, Some("Una")));
        let apart = vec![line(CREATED, "2026-11-22T10:02:00.000Z", Some("Una")), joined()];
        assert_eq!(merged(apart).len(), 2);
        assert_eq!(merged(vec![joined()]).len(), 1);
    }
}
