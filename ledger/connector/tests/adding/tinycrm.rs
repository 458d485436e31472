//! TinyCRM (tinycrm.test/docs): a made-up vendor, as small as one can be.

use std::time::Duration;

use serde_json::json;

use crate::{
    Account, Act, Answer, Ask, Call, Connector, Descriptor, Fault, Field, Heard, Host, Known, Listing, Pace, Person,
    Request, Step, Tagging, Task, Trouble, Turn, Written,
    encode::segment,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: TinyCrm = TinyCrm;

#[derive(Debug)]
pub struct TinyCrm;

const HOST: Host = Host::fixed("TINYCRM", "https://api.tinycrm.test");

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "tinycrm",
    name: "TinyCRM",
    docs: "https://tinycrm.test/docs",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In TinyCRM under Settings, API.",
        link: Some("https://tinycrm.test/settings/api"),
        example: "tk_ and 24 letters",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: false },
    events: None,
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 110, burst: 5, jitter_ms: 0 }],
    limit: "120 requests a minute. We send 110.",
    writes: &[
        Written { field: "first_name, last_name", value: "the name, split; left out where it is empty" },
        Written { field: "consent", value: "`true` for new people who accepted your terms; otherwise left out" },
        Written { field: "list, tags", value: "the chosen list; `Rekomi affiliate` and your own tags" },
    ],
    calls: &[
        Call { line: "GET /people/{email}", why: "whether they unsubscribed" },
        Call { line: "PUT /people/{email}", why: "creates or updates them, with list and tags" },
        Call { line: "DELETE /people/{email}/tags/{tag}", why: "takes away a tag that we gave, when they leave" },
    ],
    consent: "Whoever unsubscribed is left alone: nothing is written.",
    success: "The answer has the person with all tags.",
    troubles: &[Trouble { sign: "401", remedy: "Copy the key again from Settings, API." }],
};

impl Connector for TinyCrm {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Act::Check)],
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Sync(person) => {
                let look = Step::new(Act::Consent);
                let save = Step::new(Act::Save).rests_on([look.clone()]);
                let untags = person.untags.iter().map(|tag| Step::about(Act::Untag, tag));
                [look, save].into_iter().chain(untags).collect()
            }
            Task::Forget(_) => vec![Step::new(Act::Forget)],
            // No tags can be listed, and there are no events: the descriptor says so.
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let path = |person: &Person| format!("/people/{}", segment(&person.email));
        let request = match turn.step.act {
            Act::Check => Request::get(&HOST, "/me"),
            Act::Lists => Request::get(&HOST, "/lists").query("page", page(turn).to_string()),
            Act::Consent => Request::get(&HOST, path(turn.person()?)),
            Act::Save | Act::Untag if never_was(turn) => return Ok(Ask::Nothing("they aren\u{2019}t there")),
            Act::Save => Request::put(&HOST, path(turn.person()?)).json(body(turn.person()?, turn.known)),
            Act::Untag if !turn.person()?.untags.contains(&turn.step.about) => {
                return Ok(Ask::Nothing("they are to keep it after all"));
            }
            Act::Untag => {
                Request::delete(&HOST, format!("{}/tags/{}", path(turn.person()?), segment(&turn.step.about)))
            }
            Act::Forget => Request::delete(&HOST, path(turn.person()?)),
            _ => return Err(Fault::unplanned(turn.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", turn.account.get("apiKey")?)).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let act = turn.step.act;
        if answer.status == 404 && matches!(act, Act::Consent | Act::Untag | Act::Forget) {
            return Ok(Heard::done());
        }
        let body = match act {
            Act::Untag | Act::Forget => answer.json_or_nothing()?,
            _ => answer.json()?,
        };
        Ok(match act {
            Act::Check => Heard::learned(Known::new().with("account", need(&body, "/name")?)),
            Act::Lists => {
                let found = rows(&body, "/lists").filter_map(|row| choice(row, "/id", "/name"));
                let learned = Known::new().with_choices(turn.known, found).with("page", page(turn) + 1);
                match text(&body, "/next") {
                    Some(_) => Heard::again(Duration::ZERO, learned),
                    None => Heard::learned(learned),
                }
            }
            Act::Consent if need(&body, "/status")? == "unsubscribed" && turn.person()?.is_approved() => {
                Heard::leave_alone("They unsubscribed in TinyCRM, so they were left alone.")
            }
            Act::Consent => Heard::learned(Known::new().with("there", true)),
            Act::Save => {
                let has = |tag: &String| rows(&body, "/tags").any(|known| known.as_str() == Some(tag));
                if !turn.person()?.tags.iter().all(has) {
                    return Err(Fault::refused("tag_refused", "TinyCRM didn\u{2019}t give a tag. Re-sync."));
                }
                Heard::done()
            }
            _ => Heard::done(),
        })
    }
}

/// Nobody is added only to be marked as gone.
fn never_was(turn: &Turn<'_>) -> bool {
    let left = matches!(turn.task, Task::Sync(person) if !person.is_approved());
    left && !turn.known.flag("there")
}

fn page(turn: &Turn<'_>) -> u64 {
    turn.known.number("page").unwrap_or(1)
}

fn body(person: &Person, known: &Known) -> serde_json::Value {
    let mut body = json!({"tags": person.tags});
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            body[field] = json!(value);
        }
    }
    if let Some(list) = person.lists.first() {
        body["list"] = json!(list.id);
    }
    if person.consent.is_some() && !known.flag("there") {
        body["consent"] = json!(true);
    }
    body
}
