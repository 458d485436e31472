//! Mailchimp, Marketing API 3.0 (mailchimp.com/developer/marketing/api): a person is a member of an audience, known by the
//! digest of their address. Tags are a call of their own.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Act, Answer, Ask, Call, Connector, Descriptor, Event, Fault, FaultKind, Field, Heard, Host, Known,
    Listing, Pace, Person, Request, Step, Tagging, Task, Trouble, Turn, Written, encode,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Mailchimp = Mailchimp;

#[derive(Debug)]
pub struct Mailchimp;

/// Most that a page may have.
const PAGE: usize = 1_000;
/// Longest name of an event.
const EVENT_MAX: usize = 30;
/// The audiences that a person is in, where none is given.
const AUDIENCES: &str = "audiences";
/// Roles that may not write to audiences (mailchimp.com/help/manage-user-levels-in-your-account).
const READERS: [&str; 2] = ["viewer", "author"];

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailchimp",
    name: "Mailchimp",
    docs: "https://mailchimp.com/developer/marketing/api/",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Mailchimp under your profile, Extras, API keys. The key ends with your data center, such as -us19: copy \
               it whole.",
        link: Some("https://us1.admin.mailchimp.com/account/api/"),
        example: "32 letters and digits, then -us19",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "audience", required: true },
    tags: Tagging::Tags { listed: false },
    events: Some(
        "As events of the contact, which customer journeys can start from. Mailchimp counts a repeated event twice.",
    ),
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 100 }],
    limit: "10 connections at a time for each user; no number of requests is published. We send one at a time, 4 a second.",
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s address" },
        Written {
            field: "merge_fields.FNAME, merge_fields.LNAME",
            value: "the name, split; left out where it is empty",
        },
        Written {
            field: "status_if_new",
            value: "`subscribed` with consent, `pending` without; for new contacts only",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras" },
    ],
    calls: &[
        Call { line: "GET /3.0/lists/{audience}/members/{digest}", why: "whether they unsubscribed, or are archived" },
        Call {
            line: "PUT /3.0/lists/{audience}/members/{digest}",
            why: "adds or updates the contact; never its status",
        },
        Call { line: "POST /3.0/lists/{audience}/members/{digest}/tags", why: "adds the tags, and removes old ones" },
    ],
    consent: "A new contact is `subscribed` if they accepted your program\u{2019}s terms, and `pending` if not: then \
              Mailchimp asks them by mail. The status of a contact that is there is read and never written. One who \
              unsubscribed, or whose address was cleaned, is left alone: nothing is written.",
    success: "Mailchimp answers each call when it has happened: the contact is in the audience and the tags are given.",
    troubles: &[
        Trouble {
            sign: "archived: they are archived in the audience",
            remedy: "Somebody took the contact out of the audience. Unarchive them in Mailchimp, then re-sync.",
        },
        Trouble {
            sign: "forgotten: they were deleted permanently",
            remedy: "Mailchimp lets nobody add such an address again. The person can sign up by the audience\u{2019}s own form.",
        },
        Trouble {
            sign: "The name is missing in Mailchimp",
            remedy: "The audience has no text fields with the merge tags FNAME and LNAME. Add them under Audience, Settings, \
                     then re-sync.",
        },
        Trouble {
            sign: "The key lacks a right",
            remedy: "A key may do what its user may. Make it as a user with the role Manager, Admin or Owner.",
        },
        Trouble {
            sign: "Somebody asked to be forgotten and is still in the archive",
            remedy: "We archive and don\u{2019}t delete permanently, because Mailchimp then refuses the address for ever, even \
                     from you. Delete them permanently in the archive if that is what you want.",
        },
    ],
};

impl Connector for Mailchimp {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Act::Check)],
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) => {
                let each = |act: Act| person.lists.iter().map(move |list| Step::about(act, &list.id));
                let found = find(person).into_iter().chain(each(Act::Consent)).chain(each(Act::Save));
                found.chain([Step::new(Act::Tag)]).collect()
            }
            Task::Event(person, _) => find(person).into_iter().chain([Step::new(Act::Event)]).collect(),
            Task::Forget(_) => vec![Step::new(Act::Find), Step::new(Act::Forget)],
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let about = turn.step.about.as_str();
        let host = host(turn.account)?;
        let request = match turn.step.act {
            Act::Check => Request::get(&host, "/3.0/").query("fields", "account_id,account_name,role"),
            Act::Lists => Request::get(&host, "/3.0/lists")
                .query("fields", "lists.id,lists.name,total_items")
                .query("count", PAGE.to_string())
                .query("offset", turn.known.choices().len().to_string()),
            Act::Find => Request::get(&host, "/3.0/lists")
                .query("email", &turn.person()?.email)
                .query("fields", "lists.id")
                .query("count", PAGE.to_string()),
            Act::Consent => Request::get(&host, member(turn.person()?, about)).query("fields", "id,status"),
            Act::Save => Request::put(&host, member(turn.person()?, about))
                .query("skip_merge_validation", "true")
                .json(contact(turn.person()?, turn.known.flag(&nameless_key(about)))),
            Act::Tag | Act::Forget | Act::Event => {
                let Some(audience) = next(turn)? else { return Ok(Ask::Nothing("they are in no audience")) };
                let path = member(turn.person()?, &audience);
                match turn.step.act {
                    Act::Tag => Request::post(&host, format!("{path}/tags")).json(tags(turn.person()?)),
                    Act::Event => Request::post(&host, format!("{path}/events")).json(event(turn.event()?)),
                    _ if turn.known.flag(&there_key(&audience)) => Request::delete(&host, path),
                    _ => Request::get(&host, path).query("fields", "id,status"),
                }
            }
            _ => return Err(Fault::unplanned(turn.step)),
        };
        Ok(request.header("Authorization", encode::basic("rekomi", turn.account.get("apiKey")?)).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        match turn.step.act {
            Act::Check => check(&body(answer)?),
            Act::Lists => lists(turn, &body(answer)?),
            Act::Find => {
                let body = body(answer)?;
                let found: Vec<String> = rows(&body, "/lists").filter_map(|list| text(list, "/id")).collect();
                Ok(Heard::learned(Known::new().with(AUDIENCES, found)))
            }
            Act::Consent if answer.status == 404 => Ok(Heard::done()),
            Act::Consent => standing(&body(answer)?),
            Act::Save => saved(turn, answer),
            Act::Tag if answer.status == 404 && !turn.person()?.is_approved() => done_with(turn),
            Act::Tag => {
                empty(answer)?;
                done_with(turn)
            }
            // Told once: in one audience.
            Act::Event => empty(answer).map(|()| Heard::done()),
            Act::Forget => forgotten(turn, answer),
            _ => Err(Fault::unplanned(turn.step)),
        }
    }

    /// Mailchimp counts every event that it is told.
    fn may_repeat(&self, act: Act) -> bool {
        act != Act::Event
    }
}

/// Of whom no audience is given, those that they are in are found first.
fn find(person: &Person) -> Option<Step> {
    person.lists.is_empty().then(|| Step::new(Act::Find))
}

/// The data center is the end of the key, and the beginning of the host's name.
fn host(account: &Account) -> Result<Host, Fault> {
    let key = account.get("apiKey")?.trim();
    let center = key.rsplit_once('-').map(|(_, center)| center).filter(|center| {
        (3..=8).contains(&center.len()) && center.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    let center = center.ok_or_else(|| {
        Fault::credentials("The API key isn\u{2019}t whole: it ends with a hyphen and your data center, such as -us19.")
    })?;
    Ok(Host::given("MAILCHIMP", &format!("https://{center}.api.mailchimp.com")))
}

fn member(person: &Person, audience: &str) -> String {
    format!("/3.0/lists/{}/members/{}", encode::segment(audience), encode::md5_of_lower(&person.email))
}

/// Never `status`: that would subscribe somebody again. What isn't known is left out.
fn contact(person: &Person, nameless: bool) -> Value {
    let status = if person.consent.is_some() { "subscribed" } else { "pending" };
    let mut contact = json!({"email_address": person.email, "status_if_new": status});
    let names = [("FNAME", &person.first_name), ("LNAME", &person.last_name)];
    let names: Map<String, Value> =
        names.into_iter().filter_map(|(field, name)| Some((field.to_owned(), json!(name.as_ref()?)))).collect();
    if !names.is_empty() && !nameless {
        contact["merge_fields"] = Value::Object(names);
    }
    contact
}

fn tags(person: &Person) -> Value {
    let state = |state: &'static str| move |tag: &String| json!({"name": tag, "status": state});
    let all: Vec<Value> =
        person.tags.iter().map(state("active")).chain(person.untags.iter().map(state("inactive"))).collect();
    json!({"tags": all})
}

/// Values are texts, whatever they were.
fn event(event: &Event) -> Value {
    let word = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    };
    let properties: Map<String, Value> =
        event.properties.iter().filter_map(|(name, value)| Some((name.clone(), json!(word(value)?)))).collect();
    let name: String = event.name.chars().take(EVENT_MAX).collect();
    json!({"name": name, "properties": properties, "occurred_at": event.at.to_string()})
}

fn nameless_key(audience: &str) -> String {
    format!("nameless:{audience}")
}

fn there_key(audience: &str) -> String {
    format!("there:{audience}")
}

fn done_key(audience: &str) -> String {
    format!("done:{audience}")
}

/// The first audience that this step isn't done with yet.
fn next(turn: &Turn<'_>) -> Result<Option<String>, Fault> {
    let person = turn.person()?;
    let found = turn.known.get(AUDIENCES).and_then(Value::as_array).into_iter().flatten();
    let found = found.filter_map(|one| one.as_str().map(str::to_owned));
    let given = person.lists.iter().map(|list| list.id.clone());
    Ok(given.chain(found).find(|audience| !turn.known.flag(&done_key(audience))))
}

fn done_with(turn: &Turn<'_>) -> Result<Heard, Fault> {
    let Some(audience) = next(turn)? else { return Ok(Heard::done()) };
    let learned = Known::new().with(done_key(&audience), true);
    let mut known = turn.known.clone();
    known.absorb(learned.clone());
    let more = next(&Turn { known: &known, ..*turn })?.is_some();
    Ok(if more { Heard::again(Duration::ZERO, learned) } else { Heard::learned(learned) })
}

fn check(body: &Value) -> Result<Heard, Fault> {
    let role = text(body, "/role").unwrap_or_default();
    if READERS.contains(&role.as_str()) {
        return Err(Fault::rights(format!(
            "The key belongs to a user with the role {role}, who may not change audiences. Make a key as a user with the \
             role Manager, Admin or Owner."
        )));
    }
    let name = need(body, "/account_name").or_else(|_| need(body, "/account_id"))?;
    Ok(Heard::learned(Known::new().with("account", name)))
}

fn lists(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let total: usize = need(body, "/total_items")?.parse().unwrap_or(0);
    let learned =
        Known::new().with_choices(turn.known, rows(body, "/lists").filter_map(|row| choice(row, "/id", "/name")));
    let known = learned.choices().len();
    let more = known > turn.known.choices().len() && known < total;
    Ok(if more { Heard::again(Duration::ZERO, learned) } else { Heard::learned(learned) })
}

fn left_alone() -> Heard {
    Heard::leave_alone(
        "They unsubscribed from the audience in Mailchimp, or their address bounced, so they were left alone. Only they \
         can subscribe again, by a form of yours.",
    )
}

/// What a member's status means for us. An archived one would stay archived whatever is written.
fn standing(body: &Value) -> Result<Heard, Fault> {
    match need(body, "/status")?.as_str() {
        "unsubscribed" | "cleaned" => Ok(left_alone()),
        "archived" => Err(Fault::refused(
            "archived",
            "They are archived in the Mailchimp audience. Unarchive them in Mailchimp, then re-sync.",
        )),
        _ => Ok(Heard::done()),
    }
}

fn saved(turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
    let about = &turn.step.about;
    let problem = answer.any_json();
    let title = text(&problem, "/title").unwrap_or_default();
    let detail = text(&problem, "/detail").unwrap_or_default();
    let of_a_name = |error: &Value| matches!(text(error, "/field").as_deref(), Some("FNAME" | "LNAME"));
    let of_names = rows(&problem, "/errors").any(of_a_name);
    match answer.status {
        400 if title == "Member In Compliance State" => Ok(left_alone()),
        400 if title == "Forgotten Email Not Subscribed" => Err(Fault::refused(
            "forgotten",
            "They were deleted permanently in Mailchimp, which lets nobody add them again. They can sign up by the \
             audience\u{2019}s own form.",
        )),
        400 if of_names && !turn.known.flag(&nameless_key(about)) => {
            Ok(Heard::again(Duration::ZERO, Known::new().with(nameless_key(about), true)))
        }
        400 if detail.contains("a lot of lists") => Err(Fault::passing(
            "signup_limit",
            "The address was added to many audiences lately, and Mailchimp wants a pause.",
        )),
        400 => Err(Fault::refused(
            "invalid_email",
            format!("Mailchimp won\u{2019}t take this contact: {}.", answer.said()),
        )),
        404 => Err(Fault::settings(
            "list_missing",
            "The audience isn\u{2019}t there any more. Choose another one in the connection.",
        )),
        _ => {
            let body = body(answer)?;
            need(&body, "/id")?;
            standing(&body)
        }
    }
}

/// Archived, not deleted permanently: Mailchimp refuses such an address for ever.
fn forgotten(turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
    if answer.status == 404 {
        return done_with(turn);
    }
    let audience = next(turn)?.unwrap_or_default();
    if turn.known.flag(&there_key(&audience)) {
        empty(answer)?;
        return done_with(turn);
    }
    if need(&body(answer)?, "/status")? == "archived" {
        return done_with(turn);
    }
    Ok(Heard::again(Duration::ZERO, Known::new().with(there_key(&audience), true)))
}

/// 204: it happened. Anything with a body comes from somebody else.
fn empty(answer: &Answer) -> Result<(), Fault> {
    let body = body(answer)?;
    if body.is_null() { Ok(()) } else { Err(Fault::unreadable("204 and nothing was expected")) }
}

/// Too many requests are refused before they come to Mailchimp's API: 403 or 429 and a page, no JSON. That is no bad key.
fn body(answer: &Answer) -> Result<Value, Fault> {
    let problem = answer.any_json();
    if matches!(answer.status, 403 | 429) && problem.is_null() {
        return Err(answer.busy());
    }
    let title = text(&problem, "/title").unwrap_or_default();
    answer.json().map_err(|fault| match fault.kind {
        FaultKind::Credentials => Fault::credentials(
            "Mailchimp refused the API key. Copy it again, or make a new one under Extras, API keys.",
        ),
        FaultKind::Rights if ["User Disabled", "Wrong Datacenter"].contains(&title.as_str()) => {
            Fault::credentials(format!("Mailchimp doesn\u{2019}t take the key any more: {}.", answer.said()))
        }
        FaultKind::Rights => Fault::rights(format!(
            "The user whom the key belongs to lacks a right: {}. The role must be Manager, Admin or Owner.",
            answer.said()
        )),
        _ => fault,
    })
}
