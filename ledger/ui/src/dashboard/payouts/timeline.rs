//! A payout's timeline: who requested it, every call to Stripe, and what was booked.

use shared::timestamp::Timestamp;

use super::detail_store::{Attempt, Booked, One};
use identity::audit::names::{self, Names};
use kit::page::zone::{When, Zone};
use rules::format;

/// One entry of the timeline.
#[derive(Debug, PartialEq, Eq)]
pub struct Step {
    pub at: When,
    pub title: String,
    /// CSS class.
    pub tone: &'static str,
    /// The result, as text.
    pub note: Option<String>,
    /// Names and values that Stripe's support asks for.
    pub details: Vec<(&'static str, String)>,
}

/// Chronological; what is booked at the time of a call comes after the call.
pub fn of(payout: &One, attempts: &[Attempt], booked: &[Booked], (names, zone): (&Names, &Zone)) -> Vec<Step> {
    let mut steps: Vec<(Timestamp, u8, Step)> = Vec::new();
    let by = |actor: &str| format!("by {}", names::actor_name(names, actor));
    let mut add = |at: Timestamp, rank: u8, title: String, tone: &'static str, note: Option<String>| {
        steps.push((at, rank, Step { at: zone.when(at), title, tone, note, details: Vec::new() }));
    };
    let made = match (&payout.run, payout.rail.as_str()) {
        _ if payout.settled_there => "Imported",
        (Some(_), _) => "Added to a payout run",
        (None, "Manual") => "Recorded as paid outside Stripe",
        (None, _) => "Created",
    };
    add(payout.created_at, 0, made.to_owned(), "off", Some(by(&payout.actor)));
    if let Some((at, who)) = payout.run.as_ref().and_then(|run| Some((run.approved_at?, run.approved_by.as_deref()))) {
        add(at, 1, "Payout run approved".to_owned(), "off", who.map(by));
    }
    if let Some(at) = payout.exported_at {
        add(at, 2, format!("Exported for {}", payout.rail), "off", None);
    }
    for row in booked {
        let (title, tone) = match row.kind.as_str() {
            "commission_paid" if payout.settled_there => ("Left to another platform", "off"),
            kind => entry(kind),
        };
        add(row.at, 4, format!("{title}: {}", format::money(row.amount, &payout.currency)), tone, None);
    }
    if payout.status == "Failed"
        && !booked.iter().any(|row| row.kind == "payout_voided")
        && let Some(at) = payout.ended_at
    {
        add(at, 5, "Canceled before the money was reserved".to_owned(), "bad", payout.reason.clone());
    }
    for attempt in attempts {
        steps.push((attempt.started_at, 3, call(attempt, zone)));
    }
    steps.sort_by_key(|(at, rank, _)| (*at, *rank));
    steps.into_iter().map(|(.., step)| step).collect()
}

fn entry(kind: &str) -> (&str, &'static str) {
    match kind {
        "payout_reserved" => ("Reserved", "wait"),
        "commission_paid" => ("Paid", "good"),
        "payout_voided" => ("Canceled and payable again", "bad"),
        "payout_returned" => ("Returned and payable again", "bad"),
        "tax_withheld" => ("Tax withheld", "wait"),
        other => (other, "off"),
    }
}

fn call(attempt: &Attempt, zone: &Zone) -> Step {
    let filters = if attempt.step == "Send" { "Transfer sent to Stripe" } else { "Checked with Stripe" };
    let (text, tone) = match (attempt.outcome.as_deref(), attempt.ended_at) {
        (Some("sent"), _) => ("done", "good"),
        (Some("found"), _) => ("transfer found", "good"),
        (Some("not_found"), _) => ("no transfer found", "off"),
        (Some("unclear"), _) => ("unconfirmed", "wait"),
        (Some(code), _) => (code, "bad"),
        (None, None) => ("no response yet", "wait"),
        (None, Some(_)) => ("response received", "off"),
    };
    let mut details = Vec::new();
    let mut note = |name: &'static str, value: Option<String>| {
        if let Some(value) = value {
            details.push((name, value));
        }
    };
    note("Response", attempt.status.map(|status| format!("HTTP {status}")));
    note("Duration", attempt.ended_at.map(|end| format!("{} ms", (end.millis() - attempt.started_at.millis()).max(0))));
    note("Request", attempt.request_id.clone());
    note("Idempotency key", attempt.key.as_deref().map(masked));
    let title = format!("{filters}: {text}");
    Step { at: zone.when(attempt.started_at), title, tone, note: attempt.message.clone(), details }
}

/// Keeps enough of a name to recognize it: `acct_1Nv…w3Xy`.
pub fn masked(name: &str) -> String {
    let characters: Vec<char> = name.chars().collect();
    if characters.len() <= 14 {
        return name.to_owned();
    }
    let (start, end) = (&characters[..8], &characters[characters.len() - 4..]);
    start.iter().chain(['\u{2026}'].iter()).chain(end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_masked() {
        assert_eq!(masked("acct_1NvAbCdEfGhIw3Xy"), "acct_1Nv\u{2026}w3Xy");
        assert_eq!(masked("acct_short"), "acct_short");
    }

    #[test]
    fn a_call_says_what_came_of_it() {
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        let attempt = |outcome: Option<&str>, ended: Option<i64>| Attempt {
            step: "Send".to_owned(),
            key: Some("rekomi-po_01kdvdna00e5v8r2m6q1w9d3xk-1".to_owned()),
            started_at: at(1_000),
            ended_at: ended.map(at),
            status: Some(200),
            outcome: outcome.map(str::to_owned),
            message: None,
            request_id: Some("req_1".to_owned()),
        };
        let sent = call(&attempt(Some("sent"), Some(1_250)), &Zone::utc());
        assert_eq!((sent.title.as_str(), sent.tone), ("Transfer sent to Stripe: done", "good"));
        assert!(sent.details.contains(&("Duration", "250 ms".to_owned())), "{:?}", sent.details);
        assert_eq!(call(&attempt(Some("balance_insufficient"), Some(1)), &Zone::utc()).tone, "bad");
        assert_eq!(call(&attempt(None, None), &Zone::utc()).title, "Transfer sent to Stripe: no response yet");
    }
}
