//! Describes audit log entries as sentences: "Una released $40.00 for Mia Sato". Pure.

use serde_json::Value;

/// A sentence without its subject, who is the actor.
#[derive(Debug, PartialEq, Eq)]
pub struct Sentence {
    pub verb: String,
    /// What was changed, as the text of a link to it.
    pub object: String,
    pub tail: String,
}

/// The prefixes of ids, and the nouns of actions that name the same thing.
const NOUNS: [(&str, &str); 21] = [
    ("aff", "affiliate"),
    ("ast", "asset"),
    ("com", "commission"),
    ("conv", "conversion"),
    ("cpn", "coupon"),
    ("crm", "connection"),
    ("cus", "customer"),
    ("dst", "destination"),
    ("grt", "app"),
    ("gw", "gateway"),
    ("host", "link_host"),
    ("imp", "import"),
    ("inv", "invitation"),
    ("key", "api_key"),
    ("key", "assistant"),
    ("lnk", "link"),
    ("prog", "program"),
    ("run", "payout_run"),
    ("rwd", "reward"),
    ("usr", "member"),
    ("whe", "webhook"),
];

/// What is named without its noun: "released $40.00 for Mia Sato", not "released the commission …".
const BARE: [&str; 4] = ["aff", "com", "conv", "usr"];

/// What an organization has one of.
const SINGLE: [&str; 8] = [
    "audit_log",
    "copilot",
    "home_currency",
    "organization",
    "payout_settings",
    "retention",
    "subscription",
    "test_mode",
];

/// `kind` is the prefix of the target's id, and `name` its name, if it still exists.
pub fn of(action: &str, kind: &str, name: Option<&str>, after: Option<&Value>) -> Sentence {
    let (noun, done) = action.split_once('.').unwrap_or((action, "changed"));
    let object = object(noun, kind, name);
    let field = |field: &str| after.and_then(|after| after.get(field)?.as_str()).unwrap_or_default();
    let events = after.and_then(|after| after.get("events")?.as_u64());
    let object = match events {
        Some(events) if noun == "event" && events != 1 => format!("{events} events"),
        _ => object,
    };
    let sentence =
        |verb: &str, tail: &str| Sentence { verb: verb.to_owned(), object: object.clone(), tail: tail.to_owned() };
    match action {
        "affiliate.segment_set" if field("segment").is_empty() => sentence("moved", "out of their segment"),
        "affiliate.segment_set" => sentence("moved", &format!("to the segment {}", field("segment"))),
        "affiliate.letters_changed" => sentence("changed the email preferences of", ""),
        "affiliate.sign_in_link_sent" => sentence("sent a sign-in link to", ""),
        "commission.adjusted" => sentence("made an adjustment of", ""),
        "commission.bonus_given" => sentence("gave a bonus of", ""),
        "commission.released_all" => sentence("released everything on hold for", ""),
        "conversion.created" => sentence("reported", ""),
        "conversion.reattributed" => sentence("reassigned", ""),
        "conversion.refunded" => sentence("recorded a refund of", ""),
        "conversion.told_again" => sentence("reported", "again"),
        "event.replayed" => sentence("retried", ""),
        "inquiry.asked" => sentence("sent", ""),
        "member.joined" => Sentence { object: "the team".to_owned(), ..sentence("joined", "") },
        "member.removed" => sentence("removed", "from the team"),
        "member.role_changed" => sentence("changed the role of", &format!("to {}", field("role"))),
        "organization.ownership_transferred" => sentence("transferred the ownership to", ""),
        "payout.marked_failed" => sentence("marked", "as failed"),
        "payout.marked_sent" => sentence("marked", "as sent"),
        "payout_account.invited" => sentence("requested", ""),
        "subscription.not_recognized" => sentence("couldn\u{2019}t recognize", ""),
        "tax_form.file_asked_for" => sentence("requested the file of", ""),
        _ => sentence(&verb(done), ""),
    }
}

/// Turns `click_rules_changed` into "changed the click rules of".
fn verb(done: &str) -> String {
    let participle = |word: &str| match word {
        "cancelled" => "canceled".to_owned(),
        "undone" => "undid".to_owned(),
        word => word.to_owned(),
    };
    match done.rsplit_once('_') {
        Some((what, done)) => format!("{} the {} of", participle(done), what.replace('_', " ")),
        None => participle(done),
    }
}

fn object(noun: &str, kind: &str, name: Option<&str>) -> String {
    let words = match noun {
        "api_key" => "API key".to_owned(),
        "assistant" => "AI assistant".to_owned(),
        "connection" => "CRM connection".to_owned(),
        "inquiry" => "missing-sale claim".to_owned(),
        "invite" => "invitation".to_owned(),
        "link_host" => "link domain".to_owned(),
        "retention" => "retention periods".to_owned(),
        "trouble" => "alert".to_owned(),
        other => other.replace('_', " "),
    };
    let is_own = NOUNS.contains(&(kind, noun));
    match name {
        None if SINGLE.contains(&noun) => format!("the {words}"),
        None => {
            let article = if words.starts_with(['a', 'A', 'e', 'i', 'o']) { "an" } else { "a" };
            format!("{article} {words}")
        }
        Some("") => format!("the {words}"),
        Some(name) if is_own && BARE.contains(&kind) => name.to_owned(),
        // A person who takes over the organization.
        Some(name) if noun == "organization" => name.to_owned(),
        Some(name) if kind == "run" => format!("the {words} in {name}"),
        Some(name) if is_own => format!("the {words} {name}"),
        Some(name) => format!("the {words} of {name}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(action: &str, kind: &str, name: Option<&str>, after: &Value) -> String {
        let Sentence { verb, object, tail } = of(action, kind, name, Some(after));
        format!("{verb} {object} {tail}").trim_end().to_owned()
    }

    #[test]
    fn actions_are_sentences() {
        for (action, kind, name, expected) in [
            ("commission.released", "com", Some("$40.00 for Mia Sato"), "released $40.00 for Mia Sato"),
            ("commission.bonus_given", "com", Some("$5.00 for Mia"), "gave a bonus of $5.00 for Mia"),
            ("conversion.denied", "conv", Some("the sale of $9.00"), "denied the sale of $9.00"),
            ("affiliate.approved", "aff", Some("Mia Sato"), "approved Mia Sato"),
            ("affiliate.archiving_undone", "aff", Some("Mia Sato"), "undid the archiving of Mia Sato"),
            ("payout_method.set", "aff", Some("Mia Sato"), "set the payout method of Mia Sato"),
            ("payout.cancelled", "po", Some("$4.00 to Mia"), "canceled the payout of $4.00 to Mia"),
            ("payout_run.approved", "run", Some("USD"), "approved the payout run in USD"),
            ("api_key.created", "key", Some("Zapier"), "created the API key Zapier"),
            ("api_key.revoked", "key", None, "revoked an API key"),
            ("assistant.connected", "key", Some("Claude"), "connected the AI assistant Claude"),
            ("app.connected", "grt", Some("Claude"), "connected the app Claude"),
            ("program.click_rules_changed", "prog", Some("Pro"), "changed the click rules of the program Pro"),
            ("program_terms.changed", "prog", Some("Pro"), "changed the program terms of Pro"),
            ("connection.created", "crm", Some(""), "created the CRM connection"),
            ("audit_log.exported", "org", None, "exported the audit log"),
            ("organization.ownership_transferred", "usr", Some("Una"), "transferred the ownership to Una"),
            ("member.joined", "usr", Some("Una"), "joined the team"),
            ("link_host.added", "host", Some("go.acme.test"), "added the link domain go.acme.test"),
            ("event.dismissed", "evt", None, "dismissed an event"),
            ("odd", "", None, "changed an odd"),
        ] {
            assert_eq!(written(action, kind, name, &json!({})), expected, "{action}");
        }
        let gold = written("affiliate.segment_set", "aff", Some("Mia"), &json!({"segment": "gold"}));
        assert_eq!(gold, "moved Mia to the segment gold");
        let events = written("event.dismissed", "org", None, &json!({"reason": "conflict", "events": 13}));
        assert_eq!(events, "dismissed 13 events");
        let admin = written("member.role_changed", "usr", Some("Una"), &json!({"role": "admin"}));
        assert_eq!(admin, "changed the role of Una to admin");
    }
}
