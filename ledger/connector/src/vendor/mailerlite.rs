//! MailerLite, the new API (developers.mailerlite.com): groups are lists and tags alike, so a contact, its list and its tags
//! are one call. Making a group isn't idempotent there, so all are read first, and of twins the oldest counts.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Act, Answer, Ask, Call, Connector, Descriptor, Fault, Field, Heard, Host, Known, Listing, Pace, Person,
    Request, Step, Tagging, Task, Trouble, Turn, Written,
    encode::segment,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: MailerLite = MailerLite;

#[derive(Debug)]
pub struct MailerLite;

const HOST: Host = Host::fixed("MAILERLITE", "https://connect.mailerlite.com");
const PAGE: &str = "100";
/// Known once the subscriber was written.
const SAVED: &str = "saved";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailerlite",
    name: "MailerLite",
    docs: "https://developers.mailerlite.com/docs/",
    fields: &[Field {
        name: "apiKey",
        label: "API token",
        hint: "In MailerLite under Integrations, MailerLite API: Generate new token. It is shown once, and it stops working \
               when the user who made it is removed.",
        link: Some("https://dashboard.mailerlite.com/integrations/api"),
        example: "several hundred letters and digits in three parts",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "group", required: true },
    tags: Tagging::Groups,
    events: None,
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 108, burst: 6, jitter_ms: 100 }],
    limit: "120 requests a minute for the whole account, whatever token they come with. We send 108.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which subscribers are matched by" },
        Written { field: "fields.name, fields.last_name", value: "the name, split; left out where it is empty" },
        Written {
            field: "groups",
            value: "the chosen group, and a group for each tag: `Rekomi affiliate`, your account\u{2019}s tags, the \
                    program\u{2019}s extras",
        },
        Written {
            field: "status",
            value: "for new subscribers only: `active` where the affiliate accepted your terms, otherwise `unconfirmed`",
        },
        Written { field: "opted_in_at", value: "for new subscribers only: when they accepted your terms, in UTC" },
    ],
    calls: &[
        Call { line: "GET /api/subscribers/{email}", why: "whether they are there, and whether they unsubscribed" },
        Call {
            line: "GET /api/groups?limit=100&page=",
            why: "the ids of the groups, and that the chosen one is there",
        },
        Call { line: "POST /api/groups", why: "creates the group of a tag that isn\u{2019}t there yet" },
        Call { line: "GET /api/groups?filter[name]=", why: "after creating: of two groups of that name the older one" },
        Call { line: "POST /api/subscribers", why: "creates or updates the subscriber and adds the groups" },
        Call { line: "GET /api/subscribers/{id}", why: "reads back that they are in each group" },
        Call {
            line: "POST, DELETE /api/subscribers/{id}/groups/{group}",
            why: "when somebody leaves: into the group `Rekomi former affiliate`, out of those that we gave",
        },
    ],
    consent: "Whoever is unsubscribed, bounced or junk is left alone: nothing is written. `status` is sent for new subscribers \
              only, so nobody who is there already changes theirs. Without an accepted consent a new subscriber is \
              `unconfirmed`, and neither `active` nor `opted_in_at` is sent.",
    success: "The subscriber was read back, and is in the chosen group and in the group of each tag.",
    troubles: &[
        Trouble {
            sign: "401, or \u{201c}Unauthenticated\u{201d}",
            remedy: "Tokens belong to the user who made them, and end when that user is removed. Generate a new one under \
                     Integrations, MailerLite API. Tokens of MailerLite Classic don\u{2019}t work.",
        },
        Trouble {
            sign: "The group isn\u{2019}t there any more",
            remedy: "It was deleted, or the token belongs to another account. Choose a group again in the connection.",
        },
        Trouble {
            sign: "Two groups have the same name",
            remedy: "An answer of MailerLite\u{2019}s was lost while the group was made. We use the older one; delete the empty \
                     one.",
        },
        Trouble {
            sign: "429 Too Many Attempts",
            remedy: "Something else uses up the account\u{2019}s 120 requests a minute. We wait as long as MailerLite says, and \
                     go on by ourselves.",
        },
    ],
};

impl Connector for MailerLite {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Act::Check)],
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => vec![Step::new(Act::Tags)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => vec![Step::new(Act::Find), Step::new(Act::Forget)],
            Task::Event(..) => Vec::new(),
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let (about, known) = (turn.step.about.as_str(), turn.known);
        let request = match turn.step.act {
            Act::Check | Act::Lists | Act::Tags => groups(turn),
            Act::Find | Act::Consent => {
                Request::get(&HOST, format!("/api/subscribers/{}", segment(&turn.person()?.email)))
            }
            // What was planned may have changed since; the sync after this one sees to it.
            _ if is_outdated(turn) => return Ok(Ask::Nothing("it isn\u{2019}t wanted any more")),
            Act::Save => Request::post(&HOST, "/api/subscribers").json(subscriber(turn)?),
            // Only who leaves may be missing here: everybody else was saved.
            _ if known.maybe("contact").is_none() && !saves(turn) => {
                return Ok(Ask::Nothing("they aren\u{2019}t there"));
            }
            Act::MakeTag if known.flag(&looking_key(about)) => groups(turn).query("filter[name]", about),
            Act::MakeTag if known.maybe(&group_key(about)).is_some() => return Ok(Ask::Nothing("the group exists")),
            Act::MakeTag => Request::post(&HOST, "/api/groups").json(json!({"name": about})),
            Act::Tag => Request::post(&HOST, membership(turn, &known.text(&group_key(about))?)?),
            Act::Untag => match known.maybe(&group_key(about)) {
                Some(group) => Request::delete(&HOST, membership(turn, &group)?),
                None => return Ok(Ask::Nothing("there is no such group")),
            },
            Act::Confirm => Request::get(&HOST, format!("/api/subscribers/{}", segment(&known.text("contact")?))),
            Act::Forget => {
                Request::post(&HOST, format!("/api/subscribers/{}/forget", segment(&known.text("contact")?)))
            }
            Act::Join | Act::FindTag | Act::Event => return Err(Fault::unplanned(turn.step)),
        };
        let key = turn.account.get("apiKey")?;
        // Both are asked for on every call (developers.mailerlite.com, Getting started).
        let request = request.header("Accept", "application/json").header("Content-Type", "application/json");
        Ok(request.header("Authorization", format!("Bearer {key}")).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let (act, about) = (turn.step.act, turn.step.about.as_str());
        if act == Act::Untag && matches!(answer.status, 404 | 405) {
            // They aren't in it, or can't be taken out: either way there is nothing to wait for.
            return Ok(Heard::learned(Known::new().with(kept_key(about), true)));
        }
        let absent = matches!(act, Act::Find | Act::Consent | Act::Forget) && answer.status == 404;
        if absent {
            return Ok(Heard::done());
        }
        if act == Act::MakeTag && answer.status == 422 && !turn.known.flag(&looking_key(about)) {
            // Somebody made it since.
            return Ok(Heard::again(Duration::ZERO, Known::new().with(looking_key(about), true)));
        }
        let body = read(turn, answer)?;
        match act {
            Act::Check => Ok(Heard::learned(Known::new().with("account", account(&body)))),
            Act::Lists | Act::Tags if !matches!(turn.task, Task::Sync(_)) => Ok(picker(turn, &body)),
            Act::Tags => known_groups(turn, &body),
            Act::Find => Ok(Heard::learned(Known::new().with("contact", need(&body, "/data/id")?))),
            Act::Consent => consent(&body),
            Act::MakeTag if turn.known.flag(&looking_key(about)) => made(turn, &body),
            Act::MakeTag => {
                // The search that follows finds it even if it isn't shown here.
                let learned = Known::new().with(group_key(about), text(&body, "/data/id"));
                Ok(Heard::again(Duration::ZERO, learned.with(looking_key(about), true)))
            }
            Act::Save => Ok(Heard::learned(Known::new().with("contact", need(&body, "/data/id")?).with(SAVED, true))),
            Act::Confirm => confirm(turn, &body),
            _ => Ok(Heard::done()),
        }
    }
}

/// Who leaves is written to group by group: that touches no status, whatever theirs is.
fn sync(person: &Person) -> Vec<Step> {
    let each = |act: Act, tags: &[String]| -> Vec<Step> { tags.iter().map(|tag| Step::about(act, tag)).collect() };
    let make = each(Act::MakeTag, &person.tags);
    let (first, write) = if person.is_approved() {
        (Act::Consent, vec![Step::new(Act::Save).rests_on([Step::new(Act::Consent)])])
    } else {
        (Act::Find, each(Act::Tag, &person.tags))
    };
    let start = vec![Step::new(first), Step::new(Act::Tags)];
    [start, make, write, each(Act::Untag, &person.untags), vec![Step::new(Act::Confirm)]].concat()
}

/// Whether the person's standing or tags have changed since the step was planned.
fn is_outdated(turn: &Turn<'_>) -> bool {
    let Task::Sync(person) = turn.task else { return false };
    match turn.step.act {
        Act::Save => !person.is_approved(),
        Act::MakeTag | Act::Tag => !person.tags.contains(&turn.step.about),
        Act::Untag => !person.untags.contains(&turn.step.about),
        Act::Confirm => person.is_approved() != turn.known.flag(SAVED),
        _ => false,
    }
}

/// Whether the task puts somebody there who isn't.
fn saves(turn: &Turn<'_>) -> bool {
    matches!(turn.task, Task::Sync(person) if person.is_approved())
}

fn group_key(name: &str) -> String {
    format!("group:{name}")
}

/// Set while a group that was just made is looked for.
fn looking_key(name: &str) -> String {
    format!("looking:{name}")
}

/// Set where a group couldn't be taken away.
fn kept_key(name: &str) -> String {
    format!("kept:{name}")
}

fn page_key(turn: &Turn<'_>) -> String {
    format!("page:{}", turn.step.about)
}

fn page(turn: &Turn<'_>) -> u64 {
    turn.known.number(&page_key(turn)).unwrap_or(1)
}

fn groups(turn: &Turn<'_>) -> Request {
    Request::get(&HOST, "/api/groups").query("limit", PAGE).query("page", page(turn).to_string())
}

/// Asked again for the next page, or done.
fn paged(turn: &Turn<'_>, body: &Value, learned: Known) -> Heard {
    let last = body.pointer("/meta/last_page").and_then(Value::as_u64).unwrap_or(1);
    if page(turn) < last {
        return Heard::again(Duration::ZERO, learned.with(page_key(turn), page(turn) + 1));
    }
    Heard::learned(learned)
}

fn picker(turn: &Turn<'_>, body: &Value) -> Heard {
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name"));
    paged(turn, body, Known::new().with_choices(turn.known, found))
}

fn membership(turn: &Turn<'_>, group: &str) -> Result<String, Fault> {
    Ok(format!("/api/subscribers/{}/groups/{}", segment(&turn.known.text("contact")?), segment(group)))
}

fn subscriber(turn: &Turn<'_>) -> Result<Value, Fault> {
    let person = turn.person()?;
    let mut subscriber = json!({"email": person.email, "groups": wanted(turn)?});
    let mut fields = Map::new();
    for (field, value) in [("name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            fields.insert(field.to_owned(), json!(value));
        }
    }
    if !fields.is_empty() {
        subscriber["fields"] = Value::Object(fields);
    }
    if turn.known.maybe("contact").is_none() {
        subscriber["status"] = json!(if person.consent.is_some() { "active" } else { "unconfirmed" });
        if let Some(consent) = &person.consent {
            // `2026-11-20 08:30:00`.
            let at: String = consent.at.to_string().replace('T', " ").chars().take(19).collect();
            subscriber["opted_in_at"] = json!(at);
        }
    }
    Ok(subscriber)
}

/// The ids of all groups that the person is to be in. A tag that came after the plan has none yet.
fn wanted(turn: &Turn<'_>) -> Result<Vec<String>, Fault> {
    let person = turn.person()?;
    let lists = person.lists.iter().map(|list| list.id.clone());
    Ok(lists.chain(person.tags.iter().filter_map(|tag| turn.known.maybe(&group_key(tag)))).collect())
}

/// Of two groups of one name the older: ids grow, and are numbers of different lengths.
fn older(one: Option<String>, other: Option<String>) -> Option<String> {
    [one, other].into_iter().flatten().min_by_key(|id| (id.len(), id.clone()))
}

/// Which of the wanted groups are on this page; at the end, whether the chosen one was on any.
fn known_groups(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let person = turn.person()?;
    let mut learned = Known::new();
    for group in rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")) {
        let key = group_key(&group.name);
        if person.tags.contains(&group.name) || person.untags.contains(&group.name) {
            let before = older(learned.maybe(&key), turn.known.maybe(&key));
            learned = learned.with(key, older(before, Some(group.id.clone())));
        }
        if person.lists.iter().any(|list| list.id == group.id) {
            learned = learned.with(format!("list:{}", group.id), true);
        }
    }
    let heard = paged(turn, body, learned);
    let seen = |id: &str| [turn.known, &heard.learned].iter().any(|known| known.flag(&format!("list:{id}")));
    if heard.then == crate::Then::Done && !person.lists.iter().all(|list| seen(&list.id)) {
        return Err(list_missing());
    }
    Ok(heard)
}

/// The group that was made, or an older one that was made meanwhile.
fn made(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let name = &turn.step.about;
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")).filter(|group| group.name == *name);
    let Some(oldest) = found.map(|group| Some(group.id)).fold(turn.known.maybe(&group_key(name)), older) else {
        return Err(Fault::refused("tag_refused", format!("MailerLite won\u{2019}t create the group {name}.")));
    };
    let heard = paged(turn, body, Known::new().with(group_key(name), oldest));
    let looking = heard.then != crate::Then::Done;
    Ok(Heard { learned: heard.learned.with(looking_key(name), looking), ..heard })
}

fn consent(body: &Value) -> Result<Heard, Fault> {
    Ok(match need(body, "/data/status")?.as_str() {
        "unsubscribed" => Heard::leave_alone(
            "They unsubscribed in MailerLite, so they were left alone. Only they can subscribe again.",
        ),
        status @ ("bounced" | "junk") => Heard::leave_alone(format!(
            "MailerLite has them as {status} and treats them like somebody who unsubscribed, so they were left alone."
        )),
        _ => Heard::learned(Known::new().with("contact", need(body, "/data/id")?)),
    })
}

/// An answer without groups says nothing against what the write's own answer said.
fn confirm(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let Some(groups) = body.pointer("/data/groups").and_then(Value::as_array) else { return Ok(Heard::done()) };
    let has: Vec<String> = groups.iter().filter_map(|group| text(group, "/id")).collect();
    let taken = turn.person()?.untags.iter().filter(|tag| !turn.known.flag(&kept_key(tag)));
    let lost: Vec<String> = taken.filter_map(|tag| turn.known.maybe(&group_key(tag))).collect();
    let wanted = wanted(turn)?;
    if wanted.iter().all(|group| has.contains(group)) && !lost.iter().any(|group| has.contains(group)) {
        return Ok(Heard::done());
    }
    poll(turn.asked, "MailerLite took the subscriber, but doesn\u{2019}t show all groups. Look there, then re-sync.")
}

fn list_missing() -> Fault {
    let message = "The group isn\u{2019}t there any more, or the token is of another account. Choose a group again in the \
                   connection.";
    Fault::settings("list_missing", message)
}

fn read(turn: &Turn<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match turn.step.act {
        Act::Untag | Act::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| {
        let body = answer.any_json();
        let about = |field: &str| {
            let errors = body.pointer("/errors").and_then(Value::as_object).into_iter().flatten();
            answer.status == 422 && errors.into_iter().any(|(name, _)| name.split('.').next() == Some(field))
        };
        match (answer.status, turn.step.act) {
            (401, _) => Fault::credentials(
                "MailerLite refused the token. Generate a new one under Integrations, MailerLite API: a token ends with the \
                 user who made it.",
            ),
            (403, _) => Fault::rights(format!(
                "MailerLite doesn\u{2019}t allow this for the token or the plan. ({}.)",
                fault.message
            )),
            (422, Act::Save) if about("groups") => list_missing(),
            (422, Act::Save) if about("email") => Fault::refused(
                "invalid_email",
                format!("MailerLite won\u{2019}t take this subscriber: {}.", fault.message),
            ),
            _ => fault,
        }
    })
}

/// Accounts have no name in the API; people know theirs by the groups.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/data").filter_map(|row| text(row, "/name")).take(3).collect();
    if names.is_empty() { "no group yet".to_owned() } else { format!("groups: {}", names.join(", ")) }
}
