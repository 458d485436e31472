//! A brand's own program that takes messages: it verifies each with the published `standardwebhooks` library, and knows
//! no form but the one that its own template gives them.

use std::collections::{BTreeMap, BTreeSet};

use connector::Choice;
use serde_json::{Map, Value, json};
use standardwebhooks::Webhook;

use super::{Answer, Call, Contact, Crm, Mood, Subscribed, Vendor, maybe, only, text};

/// Of 24 bytes, as few as may be.
pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const TEMPLATE: &str = r#"{
    "kind": "{{type}}",
    "who": {"id": "{{affiliateId}}", "mail": "{{email}}", "first": "{{firstName}}", "last": "{{lastName}}"},
    "labels": "{{tags}}",
    "state": "{{status}}",
    "agreed": "{{consent}}",
    "event": {"id": "{{eventId}}", "at": "{{occurredAt}}", "cents": "{{amountCents}}"}
}"#;

#[derive(Debug, Default, Clone)]
struct Row {
    fields: BTreeMap<String, String>,
    labels: BTreeSet<String>,
    unsubscribed: bool,
}

#[derive(Debug, Default)]
pub struct Custom {
    revoked: bool,
    /// By address.
    rows: BTreeMap<String, Row>,
    /// By the message's id.
    events: BTreeMap<String, (String, String)>,
}

fn refused(status: u16, why: &str) -> Answer {
    Answer(status, json!({"error": why}))
}

/// The message's id, if its signature is right.
fn verified(call: &Call) -> Option<String> {
    let (id, at) = (call.header("webhook-id"), call.header("webhook-timestamp").parse().ok()?);
    let signature = Webhook::new(SECRET).ok()?.sign(id, at, &call.body).ok()?;
    let is_right = call.header("webhook-signature") == signature && id.starts_with("msg_") && id.len() > 20;
    is_right.then(|| id.to_owned())
}

impl Vendor for Custom {
    fn answer(&mut self, call: &Call) -> Answer {
        let Some(id) = verified(call).filter(|_| !self.revoked) else { return refused(401, "bad signature") };
        let Some(body) = call.json().filter(|_| call.line() == "POST /hooks/rekomi") else {
            return refused(404, "not here");
        };
        if body == json!({"type": "connection_tested"}) {
            return Answer(204, Value::Null);
        }
        match self.take(&id, &body) {
            Ok(()) => Answer(204, Value::Null),
            Err(why) => refused(400, &why),
        }
    }
}

impl Custom {
    fn take(&mut self, message: &str, body: &Value) -> Result<(), String> {
        let given = only(body, &["kind", "who", "labels", "state", "agreed", "event"])?;
        let who = only(given.get("who").ok_or("who")?, &["id", "mail", "first", "last"])?;
        let (kind, mail) = (text(given, "kind")?, text(who, "mail")?);
        text(who, "id")?;
        match kind.as_str() {
            "affiliate_deleted" => drop(self.rows.remove(&mail)),
            "affiliate_updated" => self.update(mail, given, who)?,
            _ => {
                let event = only(given.get("event").ok_or("event")?, &["id", "at", "cents"])?;
                for name in ["id", "at"] {
                    text(event, name)?;
                }
                self.events.insert(message.to_owned(), (kind, mail));
            }
        }
        Ok(())
    }

    fn update(&mut self, mail: String, given: &Map<String, Value>, who: &Map<String, Value>) -> Result<(), String> {
        let labels = given.get("labels").and_then(Value::as_array).ok_or("labels must be a list")?;
        let labels = labels.iter().map(|one| one.as_str().map(str::to_owned).ok_or("a label must be a text"));
        let row = self.rows.entry(mail).or_default();
        row.labels = labels.collect::<Result<_, _>>()?;
        for name in ["first", "last"] {
            row.fields.extend(maybe(who, name).map(|value| (name.to_owned(), value)));
        }
        row.fields.insert("state".to_owned(), text(given, "state")?);
        Ok(())
    }
}

impl Crm for Custom {
    fn slug(&self) -> &'static str {
        "custom"
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["CUSTOM"]
    }

    fn credentials(&self) -> BTreeMap<String, String> {
        let all = [("url", "https://hooks.brand.test/hooks/rekomi"), ("signingSecret", SECRET), ("template", TEMPLATE)];
        all.map(|(name, value)| (name.to_owned(), value.to_owned())).into()
    }

    fn revoke(&mut self) {
        self.revoked = true;
    }

    fn list(&self) -> Option<Choice> {
        None
    }

    fn contact(&self, email: &str) -> Option<Contact> {
        let row = self.rows.get(email)?;
        let get = |name: &str| row.fields.get(name).cloned();
        Some(Contact {
            email: email.to_owned(),
            first_name: get("first"),
            last_name: get("last"),
            subscribed: if row.unsubscribed { Subscribed::No } else { Subscribed::Unsaid },
            lists: BTreeSet::new(),
            tags: row.labels.clone(),
            status: get("state"),
        })
    }

    fn contacts(&self) -> usize {
        self.rows.len()
    }

    fn unsubscribed(&mut self, email: &str) {
        self.rows.entry(email.to_owned()).or_default().unsubscribed = true;
    }

    fn reports_consent(&self) -> bool {
        false
    }

    fn too_fast(&self) -> (Mood, Option<u64>) {
        (Mood::Busy(9), Some(9))
    }

    fn events(&self) -> Vec<(String, String)> {
        self.events.values().cloned().collect()
    }
}
