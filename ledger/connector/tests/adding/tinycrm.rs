//! TinyCRM (tinycrm.test/docs): a fictional vendor, as small as possible.

use std::time::Duration;

use serde_json::json;

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, Field, Host, Known, KnownIssue, Listing,
    Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging, Task, Written,
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
        hint: "In TinyCRM, go to Settings \u{2192} API.",
        link: Some("https://tinycrm.test/settings/api"),
        example: "tk_ and 24 characters",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: false },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Replaces("TinyCRM has no call that changes an address."),
    paces: &[Pace { name: "", per_minute: 110, burst: 5, jitter_ms: 0 }],
    limit: "120 requests per minute. We send 110.",
    names: Names::Stay,
    writes: &[
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written { field: "consent", value: "`true` for new people who accepted your terms; otherwise omitted" },
        Written { field: "list, tags", value: "the selected list; `Rekomi affiliate` and your own tags" },
    ],
    calls: &[
        Call { line: "GET /people/{email}", why: "checks whether they unsubscribed" },
        Call { line: "PUT /people/{email}", why: "creates or updates them, with list and tags" },
        Call { line: "DELETE /people/{email}/tags/{tag}", why: "removes a tag we added when they leave" },
    ],
    consent: "People who unsubscribed are skipped: nothing is written.",
    success: "The response has the person with all tags.",
    known_issues: &[KnownIssue { sign: "401", remedy: "Copy the key again from Settings \u{2192} API." }],
};

impl Connector for TinyCrm {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => {
                let look = Step::new(Action::Consent);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                let untags = person.untags.iter().map(|tag| Step::about(Action::Untag, tag));
                [look, save].into_iter().chain(untags).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Forget)],
            // Tags can't be listed, and there are no events, as the descriptor says.
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let path = |person: &Person| format!("/people/{}", segment(&person.email));
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/me"),
            Action::Lists => Request::get(&HOST, "/lists").query("page", page(ctx).to_string()),
            Action::Consent => Request::get(&HOST, path(ctx.person()?)),
            Action::Save | Action::Untag if never_was(ctx) => {
                return Ok(StepRequest::Nothing("the person doesn\u{2019}t exist"));
            }
            Action::Save => Request::put(&HOST, path(ctx.person()?)).json(body(ctx.person()?, ctx.known)),
            Action::Untag if !ctx.person()?.untags.contains(&ctx.step.about) => {
                return Ok(StepRequest::Nothing("they should keep this tag"));
            }
            Action::Untag => {
                Request::delete(&HOST, format!("{}/tags/{}", path(ctx.person()?), segment(&ctx.step.about)))
            }
            Action::Forget => Request::delete(&HOST, path(ctx.person()?)),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let action = ctx.step.action;
        if answer.status == 404 && matches!(action, Action::Consent | Action::Untag | Action::Forget) {
            return Ok(Parsed::done());
        }
        let body = match action {
            Action::Untag | Action::Forget => answer.json_or_nothing()?,
            _ => answer.json()?,
        };
        Ok(match action {
            Action::Check => Parsed::learned(Known::new().with("account", need(&body, "/name")?)),
            Action::Lists => {
                let found = rows(&body, "/lists").filter_map(|row| choice(row, "/id", "/name"));
                let learned = Known::new().with_choices(ctx.known, found).with("page", page(ctx) + 1);
                match text(&body, "/next") {
                    Some(_) => Parsed::again(Duration::ZERO, learned),
                    None => Parsed::learned(learned),
                }
            }
            Action::Consent if need(&body, "/status")? == "unsubscribed" && ctx.person()?.is_approved() => {
                Parsed::leave_alone("They unsubscribed in TinyCRM. We skipped them.")
            }
            Action::Consent => {
                let name = ContactName::parts(&body, "/first_name", "/last_name");
                Parsed::learned(Known::new().with("there", true).noting_name(ctx.person()?, "", &name))
            }
            Action::Save => {
                let has = |tag: &String| rows(&body, "/tags").any(|known| known.as_str() == Some(tag));
                if !ctx.person()?.tags.iter().all(has) {
                    return Err(Fault::refused(
                        "tag_refused",
                        "TinyCRM didn\u{2019}t add a tag. Re-sync to try again.",
                    ));
                }
                Parsed::done()
            }
            _ => Parsed::done(),
        })
    }
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && !ctx.known.flag("there")
}

fn page(ctx: &StepContext<'_>) -> u64 {
    ctx.known.number("page").unwrap_or(1)
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
