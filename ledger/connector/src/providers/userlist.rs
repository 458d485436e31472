//! Connector for Userlist, Push API (userlist.com/docs/developers/push-api). The API is write-only: nothing can be read
//! back, and whether a person unsubscribed can't be checked. People are matched by their email alone, because the
//! identifiers in Userlist are those of the brand's own users.

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, Descriptor, Event, Fault, FaultKind, Field, Host, Known, KnownIssue,
    Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging, Task, Written,
    read::text,
};

pub static CONNECTOR: Userlist = Userlist;

#[derive(Debug)]
pub struct Userlist;

const HOST: Host = Host::fixed("USERLIST", "https://push.userlist.com");
/// The user that the test call deletes: there is none.
const NOBODY: &str = "rekomi-connection-test";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "userlist",
    name: "Userlist",
    docs: "https://userlist.com/docs/developers/push-api",
    fields: &[Field {
        name: "pushKey",
        label: "Push key",
        hint: "In Userlist, go to Settings \u{2192} Push. To test it, we delete a user who doesn\u{2019}t exist, \
               `rekomi-connection-test`: nothing else can be tried without writing something.",
        link: Some("https://app.userlist.com/settings/push"),
        example: "32 or 64 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::None(
        "Userlist\u{2019}s Push API has no lists. Create a segment of everyone whose `rekomi_tags` contain \
         `Rekomi affiliate`.",
    ),
    tags: Tagging::Field("rekomi_tags"),
    events: Some("Sent as events of the user, which automations can start from."),
    initial_events: &[],
    can_forget: true,
    // userlist/userlist-ruby: nothing can be read.
    new_address: NewAddress::Replaces(
        "Userlist\u{2019}s API can\u{2019}t be read, so we can\u{2019}t check whether the new address is free.",
    ),
    paces: &[Pace { name: "", per_minute: 600, burst: 10, jitter_ms: 0 }],
    limit: "1,000 requests per minute for the whole account. We send 600.",
    names: Names::Sent(
        "Userlist\u{2019}s Push API can\u{2019}t read anyone, so the affiliate\u{2019}s name replaces any other \
         name.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match users" },
        Written { field: "properties.first_name, properties.last_name", value: "the name, split; omitted if empty" },
        Written { field: "properties.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "properties.rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, with commas between",
        },
    ],
    calls: &[Call { line: "POST /users", why: "creates or updates the user" }],
    consent: "Userlist\u{2019}s API can\u{2019}t tell us whether someone unsubscribed. So we never send anything that \
              could subscribe them: people who unsubscribed stay unsubscribed, and we don\u{2019}t send topic \
              preferences. Userlist has no consent field.",
    success: "Userlist accepted the call. It processes it later and gives us no way to check, so \
              \u{201c}Succeeded\u{201d} means accepted, not verified.",
    known_issues: &[
        KnownIssue {
            sign: "401: the key was rejected",
            remedy: "Copy the Push key again from Settings \u{2192} Push, in the account your affiliates belong to.",
        },
        KnownIssue {
            sign: "403: not included in your plan",
            remedy: "Your Userlist plan doesn\u{2019}t include what the message names. Upgrade it there, then re-sync.",
        },
        KnownIssue {
            sign: "Succeeded, but no one is there",
            remedy: "Userlist needs a few minutes. If it stays like this, check that the key belongs to this account, \
                     then re-sync.",
        },
        KnownIssue {
            sign: "Someone who unsubscribed has the properties",
            remedy: "They stay unsubscribed: Userlist sends them nothing. We just can\u{2019}t check before we write.",
        },
    ],
};

impl Connector for Userlist {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Sync(_) => vec![Step::new(Action::Save)],
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
            Task::Lists | Task::Tags => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let request = match ctx.step.action {
            Action::Check => Request::delete(&HOST, "/users").json(json!({"identifier": NOBODY})),
            Action::Save if !ctx.person()?.is_known() => {
                return Ok(StepRequest::Nothing("they aren\u{2019}t in Userlist"));
            }
            Action::Save => Request::post(&HOST, "/users").json(user(ctx.person()?)),
            Action::Event => Request::post(&HOST, "/events").json(event(ctx.person()?, ctx.event()?)),
            Action::Forget => Request::delete(&HOST, "/users").json(json!({"email": ctx.person()?.email})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let key = format!("Push {}", ctx.account.get("pushKey")?);
        Ok(request.header("Authorization", key).header("Accept", "application/json").into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let action = ctx.step.action;
        // Someone who doesn't exist may be refused. Userlist's own errors name their status in the body.
        let absent = matches!(answer.status, 404 | 422) && text(&answer.any_json(), "/status").is_some();
        if !(absent && matches!(action, Action::Check | Action::Forget)) {
            taken(ctx, answer)?;
        }
        // The API doesn't reveal the account's name.
        Ok(match action {
            Action::Check => Parsed::learned(Known::new().with("account", "Userlist account")),
            _ => Parsed::done(),
        })
    }

    /// Userlist has no way to recognize a repeated event.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

/// The user to write. Properties that aren't named stay as they are.
fn user(person: &Person) -> Value {
    let mut properties = json!({"rekomi_status": person.affiliate_status.as_str()});
    let tags = Some(person.tags_joined()).filter(|tags| !tags.is_empty());
    let names = [&person.first_name, &person.last_name].map(|name| name.clone().filter(|_| person.is_approved()));
    let [first, last] = names;
    for (name, value) in [("first_name", first), ("last_name", last), ("rekomi_tags", tags)] {
        if let Some(value) = value {
            properties[name] = json!(value);
        }
    }
    json!({"email": person.email, "properties": properties})
}

fn event(person: &Person, event: &Event) -> Value {
    let mut body = json!({
        "name": event.name,
        "user": {"email": person.email},
        "occurred_at": event.at.to_string(),
    });
    if !event.properties.is_empty() {
        body["properties"] = json!(event.properties);
    }
    body
}

/// Checks that Userlist accepted the call: it answers with 202. Another success without a body may be a proxy's.
fn taken(ctx: &StepContext<'_>, answer: &Answer) -> Result<(), Fault> {
    if answer.status == 202 {
        return Ok(());
    }
    answer.json().map(drop).map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => {
            Fault::credentials("Userlist rejected the Push key. Copy it again from Settings \u{2192} Push.")
        }
        (FaultKind::Rights, _) => {
            Fault::rights(format!("Your Userlist plan doesn\u{2019}t include this ({}).", answer.message()))
        }
        (FaultKind::Refused, Action::Save) if answer.status == 422 => {
            Fault::refused("invalid_email", format!("Userlist didn\u{2019}t accept this user ({}).", answer.message()))
        }
        _ => fault,
    })
}
