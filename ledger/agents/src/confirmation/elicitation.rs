//! Confirming in a host's own dialog: what a host can show, what it is given to show, and what it answers.
//!
//! Source: the specification's pages "Elicitation" and "Multi round-trip requests" of 2026-07-28. Older versions need a
//! stream for this, which there isn't.

use serde_json::{Map, Value, json};

use super::{effect::Effect, words};
use crate::tool::{catalog::Tool, table::Class};
use identity::access::agent::Agent;

/// The name of our request among a result's, and of the answer among a call's.
const KEY: &str = "confirm";
/// A dialog with more is not read. Then a person confirms on the page.
const CHARACTERS_MAX: usize = 3_000;
/// How the audit log names people.
const PERSON: &str = "user:";

/// What a host can show to its person.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Modes {
    form: bool,
    url: bool,
}

impl Modes {
    /// `capabilities` are those of the client. An empty object means forms.
    pub fn of(capabilities: Option<&Value>) -> Self {
        let declared = capabilities.and_then(|all| all.get("elicitation")).and_then(Value::as_object);
        let Some(declared) = declared else { return Self::default() };
        let [form, url] = ["form", "url"].map(|mode| declared.get(mode).is_some_and(Value::is_object));
        Self { form: form || declared.is_empty(), url }
    }
}

/// What a host shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialog {
    /// The effect, with a box to select.
    Form,
    /// The address of the page.
    Page,
}

impl Dialog {
    /// The dialog for a call; `None` if the host can only be given the page's address as a result.
    ///
    /// Anyone who has the connection can answer a form. So it is enough only where the connection is a person's own, and
    /// not for money: there a person proves on the page who they are.
    pub fn of(tool: &Tool, agent: &Agent, modes: Modes, effect: &Effect) -> Option<Self> {
        if modes.form && may_confirm_in_form(tool, agent) && message(tool, effect).chars().count() <= CHARACTERS_MAX {
            return Some(Self::Form);
        }
        modes.url.then_some(Self::Page)
    }
}

/// Whether a form can confirm a call of the tool at all.
pub fn may_confirm_in_form(tool: &Tool, agent: &Agent) -> bool {
    tool.entry.class == Class::Notify && agent.actor.who.starts_with(PERSON)
}

/// The result that makes a host show something, and call again with what was answered.
pub fn input_required(request: &Value, state: &str) -> Value {
    json!({
        "resultType": "input_required",
        "inputRequests": {KEY: {"method": "elicitation/create", "params": request}},
        "requestState": state,
    })
}

/// A form with the effect.
pub fn form(tool: &Tool, effect: &Effect) -> Value {
    json!({
        "mode": "form",
        "message": message(tool, effect),
        "requestedSchema": {
            "type": "object",
            "properties": {KEY: {
                "type": "boolean",
                "title": format!("{} now", tool.entry.title),
                "description": "Select this only if you want it and everything above is right.",
                "default": false,
            }},
            "required": [KEY],
        },
    })
}

/// The way to the page.
pub fn page(tool: &Tool, url: &str) -> Value {
    let message =
        format!("{}: check on your own page of Rekomi what would happen, and confirm it there.", tool.entry.title);
    json!({"mode": "url", "message": message, "url": url})
}

fn message(tool: &Tool, effect: &Effect) -> String {
    let lines = effect.all().map(|line| format!("{}: {}", line.label, line.value.replace('\n', " ")));
    let lines: Vec<String> = lines.collect();
    format!("{}? {}\n{}", tool.entry.title, words::effect(tool.entry.name), lines.join("\n"))
}

/// What a person answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// They selected the box of the form.
    Confirmed,
    /// They went on without confirming, as with the address of the page.
    Accepted,
    Declined,
    /// Nothing that answers our request.
    Missing,
}

impl Answer {
    /// `responses` are the call's `inputResponses`.
    pub fn of(responses: Option<&Value>) -> Self {
        let Some(answer) = responses.and_then(|all| all.get(KEY)).and_then(Value::as_object) else {
            return Self::Missing;
        };
        match answer.get("action").and_then(Value::as_str) {
            Some("accept") => Self::of_content(answer.get("content").and_then(Value::as_object)),
            Some("decline" | "cancel") => Self::Declined,
            _ => Self::Missing,
        }
    }

    fn of_content(content: Option<&Map<String, Value>>) -> Self {
        match content.and_then(|content| content.get(KEY)) {
            Some(Value::Bool(true)) => Self::Confirmed,
            Some(Value::Bool(false)) => Self::Declined,
            Some(_) => Self::Missing,
            None => Self::Accepted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{confirmation::words::Line, tool::fixture};
    use identity::access::actor::Actor;

    fn effect(value: &str) -> Effect {
        Effect { lines: vec![Line::new("Email", value)], preview: vec![Line::new("Emails", "1 person gets an email")] }
    }

    fn person() -> Agent {
        let actor = Actor { who: "user:usr_1".to_owned(), via: Some("Claude".to_owned()), ..Actor::system() };
        Agent { actor, ..fixture::agent(1) }
    }

    #[test]
    fn a_host_shows_what_it_declares() {
        let modes = |elicitation: Value| Modes::of(Some(&json!({ "elicitation": elicitation })));
        assert_eq!(modes(json!({})), Modes { form: true, url: false });
        assert_eq!(modes(json!({"form": {}, "url": {}})), Modes { form: true, url: true });
        assert_eq!(modes(json!({"url": {}})), Modes { form: false, url: true });
        for nothing in [json!(null), json!(true), json!({"form": true})] {
            assert_eq!(modes(nothing), Modes::default());
        }
        assert_eq!((Modes::of(Some(&json!({}))), Modes::of(None)), (Modes::default(), Modes::default()));
    }

    #[test]
    fn a_form_is_for_a_persons_own_connection_and_not_for_money() {
        let (all, form) = (Modes { form: true, url: true }, Modes { form: true, url: false });
        let (notifies, pays) = (fixture::tool(&fixture::NOTIFIES), fixture::tool(&fixture::PAYS));
        let chosen = |tool, agent: &Agent, modes| Dialog::of(tool, agent, modes, &effect("mia@creators.test"));
        assert_eq!(chosen(&notifies, &person(), all), Some(Dialog::Form));
        assert_eq!(chosen(&notifies, &person(), form), Some(Dialog::Form));
        assert_eq!(chosen(&notifies, &fixture::agent(1), all), Some(Dialog::Page), "a token is no person");
        assert_eq!(chosen(&notifies, &fixture::agent(1), form), None);
        assert_eq!(chosen(&pays, &person(), all), Some(Dialog::Page));
        assert_eq!(chosen(&pays, &person(), form), None);
        assert_eq!(chosen(&notifies, &person(), Modes::default()), None);
        let long = effect(&"x".repeat(CHARACTERS_MAX));
        assert_eq!(Dialog::of(&notifies, &person(), all, &long), Some(Dialog::Page), "too long to be read");
    }

    #[test]
    fn a_form_shows_the_effect_in_lines_of_its_own() {
        let tool = fixture::tool(&fixture::NOTIFIES);
        let form = form(&tool, &effect("a@b.test\nEmails: none"));
        let message = form["message"].as_str().unwrap();
        assert!(message.ends_with("Email: a@b.test Emails: none\nEmails: 1 person gets an email"), "{message}");
        let schema = &form["requestedSchema"];
        assert_eq!(
            (&schema["required"], &schema["properties"]["confirm"]["default"]),
            (&json!(["confirm"]), &json!(false))
        );
        let result = input_required(&form, "state");
        assert_eq!(result["inputRequests"]["confirm"]["method"], "elicitation/create");
        assert_eq!((&result["resultType"], &result["requestState"]), (&json!("input_required"), &json!("state")));
    }

    #[test]
    fn only_a_selected_box_confirms() {
        let answer = |answer: Value| Answer::of(Some(&json!({ "confirm": answer })));
        assert_eq!(answer(json!({"action": "accept", "content": {"confirm": true}})), Answer::Confirmed);
        assert_eq!(answer(json!({"action": "accept", "content": {"confirm": false}})), Answer::Declined);
        assert_eq!(answer(json!({"action": "accept"})), Answer::Accepted);
        for declined in ["decline", "cancel"] {
            assert_eq!(answer(json!({"action": declined, "content": {"confirm": true}})), Answer::Declined);
        }
        for nothing in
            [json!(null), json!({"action": "yes"}), json!({"action": "accept", "content": {"confirm": "true"}})]
        {
            assert_eq!(answer(nothing), Answer::Missing);
        }
        assert_eq!((Answer::of(None), Answer::of(Some(&json!([])))), (Answer::Missing, Answer::Missing));
    }
}
