//! Connector for Mautic, self-hosted, version 4 or later (devdocs.mautic.org, and Mautic's own source for what the
//! documentation leaves open). The address comes from the credentials and is checked like every address of a brand.
//! A list is a segment, and who doesn't want emails is marked \u{201c}do not contact\u{201d}, which no call of ours
//! lifts.

mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::{basic, segment},
    moving::Mover,
    read::{choice, need, text},
};

pub static CONNECTOR: Mautic = Mautic;

#[derive(Debug)]
pub struct Mautic;

const PAGE: usize = 100;
/// Known: how many rows of a list were read.
const START: &str = "start";
const ALONE: &str = "They\u{2019}re marked \u{201c}do not contact\u{201d} in Mautic: they unsubscribed or bounced. We \
                     skipped them.";
const PUBLIC: &str = "Contacts can leave this segment in Mautic\u{2019}s preference center, and the API doesn\u{2019}t \
                      show who did. Choose another segment, or turn that off in its settings.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mautic",
    name: "Mautic",
    docs: "https://devdocs.mautic.org/en/latest/rest_api/contacts.html",
    fields: &[
        Field {
            name: "url",
            label: "Address",
            hint: "The address at which you open Mautic, without `/s/dashboard`. It needs HTTPS and must be reachable \
                   from the internet. Turn on the API and HTTP basic auth under Configuration \u{2192} API Settings.",
            link: None,
            example: "https://mautic.example.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "username",
            label: "Username",
            hint: "Create a user for Rekomi in Mautic. Its role needs the permissions below.",
            link: Some("/s/users"),
            example: "rekomi",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "password",
            label: "Password",
            hint: "The password of that user.",
            link: Some("/s/users"),
            example: "a long one that no one else uses",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &[
        "API Permissions: Access",
        "Contacts: View Others, Edit Others, Create, Delete Others",
        "Segments: View Others",
        "Tags: View, Create",
    ],
    lists: Listing::Picked { word: "segment", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /api/contacts/{id}/edit"),
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 50 }],
    limit: "Mautic has no limit unless you set one. We send 4 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstname, lastname", value: "the name, split; omitted if empty" },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
        Written {
            field: "rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`, if you create a contact field with this alias",
        },
    ],
    calls: &[
        Call { line: "GET /api/contacts?where=", why: "checks whether the contact exists and may be contacted" },
        Call { line: "GET /api/segments/{segment}", why: "checks that contacts can\u{2019}t leave it on their own" },
        Call { line: "POST /api/contacts/new", why: "creates the contact with its tags" },
        Call { line: "PATCH /api/contacts/{id}/edit", why: "or updates it: adds tags, removes old ones" },
        Call { line: "POST /api/segments/{segment}/contact/{id}/add", why: "adds the contact to the segment" },
    ],
    consent: "People marked \u{201c}do not contact\u{201d} for email are skipped: nothing is written. (Only if their \
              address contains `&` or a quote, which Mautic can\u{2019}t search for, name and tags are written before \
              we see the mark.) We never lift that mark. Mautic has no consent field, so we confirm no one. \
              Segments that contacts can leave in the preference center aren\u{2019}t offered, because the API \
              doesn\u{2019}t show who left.",
    success: "Mautic returns the contact with all tags, and confirms the segment.",
    known_issues: &[
        KnownIssue {
            sign: "401: the credentials were rejected",
            remedy: "Check the username and the password. Log in to Mautic with them once.",
        },
        KnownIssue {
            sign: "403: the API or basic auth is turned off",
            remedy: "Turn on both under Configuration \u{2192} API Settings in Mautic, then clear its cache.",
        },
        KnownIssue {
            sign: "The address isn\u{2019}t allowed",
            remedy: "It leads to a private network. Mautic needs a public address with HTTPS.",
        },
        KnownIssue {
            sign: "A segment isn\u{2019}t offered",
            remedy: "It\u{2019}s available in the preference center. Create a segment for affiliates without that \
                     setting.",
        },
        KnownIssue {
            sign: "Someone you removed from the segment is back",
            remedy: "The next sync adds every approved affiliate again. Mark people who don\u{2019}t want emails \
                     \u{201c}do not contact\u{201d} instead.",
        },
    ],
};

impl Connector for Mautic {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => {
                let find = Step::new(Action::Find);
                let of = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let save = Step::new(Action::Save).depends_on([find.clone()]);
                let joins =
                    of(Action::Join).zip(of(Action::Consent)).map(|(join, look)| join.depends_on([find.clone(), look]));
                [find.clone()].into_iter().chain(of(Action::Consent)).chain([save]).chain(joins).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let host = host(ctx)?;
        let about = segment(&ctx.step.about);
        let contact = ctx.known.maybe("contact");
        let page = |request: Request| {
            let start = ctx.known.number(START).unwrap_or_default();
            request.query("start", start.to_string()).query("limit", PAGE.to_string())
        };
        let request = match (ctx.step.action, contact) {
            (Action::Check, _) => Request::get(&host, "/api/users/self"),
            (Action::Lists, _) => page(Request::get(&host, "/api/segments")),
            (Action::Tags, _) => page(Request::get(&host, "/api/tags")),
            (Action::Find, _) => Request::get(&host, "/api/contacts")
                .query("where[0][col]", "email")
                .query("where[0][expr]", "eq")
                .query("where[0][val]", ctx.person()?.email.as_str()),
            // The person may have changed since the plan was made; the next sync handles it.
            (Action::Consent | Action::Join, _) if !is_requested(ctx)? => {
                return Ok(StepRequest::Nothing("they should no longer be in the segment"));
            }
            (Action::Consent, _) => Request::get(&host, format!("/api/segments/{about}")),
            (Action::Save, None) if !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they aren\u{2019}t in Mautic"));
            }
            (Action::Save, None) => {
                let mut body = fields(ctx.person()?)?;
                body.insert("email".to_owned(), json!(ctx.person()?.email));
                Request::post(&host, "/api/contacts/new").json(Value::Object(body))
            }
            (Action::Save, Some(id)) => Request::patch(&host, format!("/api/contacts/{}/edit", segment(&id)))
                .json(Value::Object(fields(ctx.person()?)?)),
            (Action::Join, _) => {
                let id = segment(&ctx.known.text("contact")?);
                Request::post(&host, format!("/api/segments/{about}/contact/{id}/add"))
            }
            (Action::Forget, Some(id)) => Request::delete(&host, format!("/api/contacts/{}/delete", segment(&id))),
            (Action::Forget, None) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let credentials = basic(ctx.account.get("username")?, ctx.account.get("password")?);
        Ok(request.header("Authorization", credentials).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        if (ctx.step.action, answer.status) == (Action::Forget, 404) {
            return Ok(Parsed::done());
        }
        let body = read(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => {
                need(&body, "/username").or_else(|_| need(&body, "/email")).map_err(|_| wrong_address())?;
                Parsed::learned(Known::new().with("account", host(ctx)?.domain()))
            }
            Action::Lists => page(ctx, &body, "/lists", "/name"),
            Action::Tags => page(ctx, &body, "/tags", "/tag"),
            Action::Find => found(ctx, &body)?,
            Action::Consent if is_public(&body["list"]) => return Err(Fault::settings("segment_public", PUBLIC)),
            Action::Consent => need(&body, "/list/id").map(|_| Parsed::done())?,
            Action::Save => saved(ctx, &body)?,
            Action::Join if is_true(body.get("success")) => Parsed::done(),
            Action::Join => return Err(Fault::unreadable("no confirmation in it")),
            Action::Forget => Parsed::done(),
            _ => return Err(Fault::unplanned(ctx.step)),
        })
    }
}

fn host(ctx: &StepContext<'_>) -> Result<Host, Fault> {
    Ok(Host::given("MAUTIC", ctx.account.get("url")?))
}

fn is_requested(ctx: &StepContext<'_>) -> Result<bool, Fault> {
    Ok(ctx.person()?.lists.iter().any(|list| list.id == ctx.step.about))
}

/// The rows of a list. Mautic returns contacts as an object by id, and other things as an array.
fn rows<'a>(body: &'a Value, place: &str) -> Vec<&'a Value> {
    match body.pointer(place) {
        Some(Value::Array(rows)) => rows.iter().collect(),
        Some(Value::Object(rows)) => rows.values().collect(),
        _ => Vec::new(),
    }
}

/// PHP's ways to say yes: some versions answer with 1.
fn is_true(value: Option<&Value>) -> bool {
    value.is_some_and(|value| *value == json!(true) || *value == json!(1) || *value == json!("1"))
}

/// Whether contacts can leave the segment on their own. Then adding them again could undo that.
fn is_public(list: &Value) -> bool {
    is_true(list.get("isPreferenceCenter"))
}

fn page(ctx: &StepContext<'_>, body: &Value, place: &str, name: &str) -> Parsed {
    let all = rows(body, place);
    let found: Vec<Choice> =
        all.iter().filter(|row| !is_public(row)).filter_map(|row| choice(row, "/id", name)).collect();
    let count = u64::try_from(all.len()).unwrap_or_default();
    let start = ctx.known.number(START).unwrap_or_default() + count;
    let more = match text(body, "/total").and_then(|total| total.parse::<u64>().ok()) {
        Some(total) => count > 0 && start < total,
        None => all.len() >= PAGE,
    };
    let learned = Known::new().with_choices(ctx.known, found).with(START, start);
    if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// A contact whom no one may email: `doNotContact` names the channel. The reason doesn't matter to us.
fn is_do_not_contact(contact: &Value) -> bool {
    rows(contact, "/doNotContact").iter().any(|row| text(row, "/channel").as_deref() == Some("email"))
}

fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if body.get("contacts").is_none() {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let person = ctx.person()?;
    let email = person.email.to_lowercase();
    let theirs = |row: &&&Value| text(row, "/fields/all/email").is_some_and(|here| here.to_lowercase() == email);
    let contacts = rows(body, "/contacts");
    let Some(contact) = contacts.iter().find(theirs) else { return Ok(Parsed::done()) };
    if matches!(ctx.task, Task::Sync(_)) && person.is_approved() && is_do_not_contact(contact) {
        return Ok(Parsed::leave_alone(ALONE));
    }
    let name = ContactName::parts(contact, "/fields/all/firstname", "/fields/all/lastname");
    Ok(Parsed::learned(Known::new().with("contact", need(contact, "/id")?).noting_name(person, "", &name)))
}

/// The fields to write. Tags that aren't named stay; a minus before one removes it. Mautic ignores fields that it
/// doesn't know.
fn fields(person: &Person) -> Result<Map<String, Value>, Fault> {
    if let Some(tag) = person.tags.iter().find(|tag| tag.starts_with('-')) {
        return Err(Fault::settings(
            "tag_refused",
            format!(
                "Mautic would remove the tag {tag} instead of adding it, because it starts with a minus. Rename it."
            ),
        ));
    }
    let untags = person.untags.iter().map(|tag| format!("-{tag}"));
    let tags: Vec<String> = person.tags.iter().cloned().chain(untags).collect();
    let mut fields = Map::from_iter([
        ("tags".to_owned(), json!(tags)),
        ("rekomi_status".to_owned(), json!(person.affiliate_status.as_str())),
    ]);
    for (name, value) in [("firstname", &person.first_name), ("lastname", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            fields.insert(name.to_owned(), json!(value));
        }
    }
    Ok(fields)
}

/// Checks that the response has the contact with all tags, and that someone found only by saving isn't unsubscribed.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let (person, contact) = (ctx.person()?, &body["contact"]);
    let id = need(contact, "/id")?;
    if person.is_approved() && is_do_not_contact(contact) {
        return Ok(Parsed::leave_alone(ALONE));
    }
    // Mautic strips HTML from tags and stores quotes as entities, and its database may ignore case.
    let plain = |tag: &str| tag.replace("&#39;", "'").replace("&#34;", "\"").trim().to_lowercase();
    let has: Vec<String> = rows(contact, "/tags").iter().filter_map(|row| text(row, "/tag")).collect();
    let lacks = |tag: &&String| !has.iter().any(|known| plain(known) == plain(tag));
    match person.tags.iter().find(lacks) {
        Some(tag) if contact.get("tags").is_some() => {
            let message = format!("Mautic didn\u{2019}t add the tag {tag}. Create it in Mautic, then re-sync.");
            Err(Fault::refused("tag_refused", message))
        }
        _ => Ok(Parsed::learned(Known::new().with("contact", id))),
    }
}

fn wrong_address() -> Fault {
    Fault::settings(
        "wrong_address",
        "There\u{2019}s no Mautic API at this address. Enter the address at which you open Mautic, without \
         /s/dashboard.",
    )
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    // A failure may come with status 200 and an error in the body.
    let failed = answer.any_json().pointer("/errors/0").is_some();
    let body = if answer.is_success() && failed {
        Err(Fault::refused("refused", format!("request rejected: \u{201c}{}\u{201d}", answer.message())))
    } else {
        answer.json()
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) => Fault::credentials("Mautic rejected the username or the password."),
        (FaultKind::Rights, ..) => Fault::rights(format!(
            "Mautic didn\u{2019}t allow this ({}). Turn on the API and HTTP basic auth under Configuration \u{2192} \
             API Settings, and check the permissions of the user\u{2019}s role.",
            answer.message()
        )),
        (_, Action::Check, 200..=399 | 404 | 405) => wrong_address(),
        (_, Action::Consent | Action::Join, 404) => Fault::settings(
            "list_missing",
            "The segment no longer exists in Mautic. Choose another one in the connection\u{2019}s settings.",
        ),
        // Deleted or merged between the look and now: the next attempt looks again.
        (_, Action::Save, 404) => Fault::passing("conflict", "the contact was deleted or merged in the meantime"),
        (_, Action::Save, 400 | 422) => {
            Fault::refused("invalid_email", format!("Mautic didn\u{2019}t accept this contact ({}).", answer.message()))
        }
        _ => fault,
    })
}
