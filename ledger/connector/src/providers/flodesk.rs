//! Connector for Flodesk, API version 1 (developers.flodesk.com). Flodesk has no tags, so they go into a custom field.
//! Its API has no call that resubscribes or deletes anyone.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::{basic, segment},
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Flodesk = Flodesk;

#[derive(Debug)]
pub struct Flodesk;

const HOST: Host = Host::fixed("FLODESK", "https://api.flodesk.com");
/// Maximum page size.
const PAGE: &str = "100";
/// Labels of our custom fields.
const STATUS: &str = "rekomi_status";
const TAGS: &str = "rekomi_tags";
/// Statuses of people who get no email: they opted out, complained or bounced, or the brand archived them.
const OUT: [&str; 5] = ["unsubscribed", "complained", "bounced", "cleaned", "archived"];
/// Known: the contact has one of these statuses.
const IS_OUT: &str = "out";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "flodesk",
    name: "Flodesk",
    docs: "https://developers.flodesk.com",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Flodesk, go to Account settings \u{2192} Integrations \u{2192} API keys and create a key. This needs \
               a paid plan.",
        link: Some("https://app.flodesk.com/account/integration/api"),
        example: "many letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "segment", required: true },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: false,
    // developers.flodesk.com, "Create or update subscriber": people are matched by id or email. What both mean together
    // isn't documented.
    new_address: NewAddress::Replaces(
        "Flodesk\u{2019}s reference doesn\u{2019}t mention a call that changes an address.",
    ),
    paces: &[Pace { name: "", per_minute: 90, burst: 5, jitter_ms: 50 }],
    limit: "100 requests per minute. We send 90.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "custom_fields.rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the field is created if it\u{2019}s missing",
        },
        Written {
            field: "custom_fields.rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas",
        },
        Written {
            field: "double_optin",
            value: "only for new subscribers: `false` if the affiliate accepted your terms, otherwise `true`",
        },
        Written { field: "optin_timestamp", value: "only for new subscribers: when the affiliate accepted your terms" },
        Written { field: "segment_ids", value: "the selected segment" },
    ],
    calls: &[
        Call {
            line: "GET /v1/subscribers/{email}",
            why: "checks whether they\u{2019}re in Flodesk, and whether they unsubscribed",
        },
        Call { line: "GET /v1/custom-fields/all", why: "finds the custom fields `rekomi_status` and `rekomi_tags`" },
        Call { line: "POST /v1/custom-fields", why: "creates a missing one, once" },
        Call { line: "POST /v1/subscribers", why: "creates or updates the subscriber" },
        Call {
            line: "POST /v1/subscribers/{id}/segments",
            why: "adds them to the segment if they aren\u{2019}t in it yet",
        },
    ],
    consent: "People who unsubscribed, bounced or complained, and people you archived, are skipped: nothing is \
              written. Without accepted consent, a new subscriber stays unconfirmed until they click the link in \
              Flodesk\u{2019}s confirmation email. People who are already in Flodesk keep their status.",
    success: "Flodesk returns the subscriber after each call. We check that the custom fields have our values and that \
              the segment is there.",
    known_issues: &[
        KnownIssue {
            sign: "401: the key was rejected",
            remedy: "It was deleted, or not fully copied. Create another one under Account settings \u{2192} \
                     Integrations \u{2192} API keys.",
        },
        KnownIssue {
            sign: "The segment no longer exists",
            remedy: "It was deleted in Flodesk, or the key belongs to another account. Choose another segment in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "A segment isn\u{2019}t offered",
            remedy: "Dynamic segments fill themselves by their rules, so no one can be added. Create a segment without \
                     rules.",
        },
        KnownIssue {
            sign: "Flodesk couldn\u{2019}t create a custom field",
            remedy: "Create a custom field with the name `rekomi_status` or `rekomi_tags` in Flodesk, then re-sync.",
        },
    ],
};

impl Connector for Flodesk {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => sync(person),
            Task::Tags | Task::Event(..) | Task::Forget(_) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = skipped(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let request = match ctx.step.action {
            Action::Check | Action::Lists => {
                Request::get(&HOST, "/v1/segments").query("page", page(known).to_string()).query("per_page", PAGE)
            }
            Action::Consent => Request::get(&HOST, path(&ctx.person()?.email)),
            Action::Find => Request::get(&HOST, "/v1/custom-fields/all"),
            Action::Save if !about.is_empty() && known.get(&key(about)).is_some() => {
                return Ok(StepRequest::Nothing("the custom field already exists"));
            }
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, "/v1/custom-fields").json(json!({"label": about}))
            }
            Action::Save => Request::post(&HOST, "/v1/subscribers").json(subscriber(ctx.person()?, known)),
            Action::Join if ctx.person()?.lists.iter().all(|list| list.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be in the segment"));
            }
            Action::Join if known.flag(&inside(about)) => {
                return Ok(StepRequest::Nothing("they\u{2019}re already in the segment"));
            }
            Action::Join => Request::post(&HOST, format!("{}/segments", path(&known.text("contact")?)))
                .json(json!({"segment_ids": [about]})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", basic(ctx.account.get("apiKey")?, "")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        if answer.status == 404 && ctx.step.action == Action::Consent {
            return Ok(Parsed::done());
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        match ctx.step.action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists => Ok(segments(ctx, &body)),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find => fields(&body),
            Action::Save if !about.is_empty() => {
                Ok(Parsed::learned(Known::new().with(key(about), need(&body, "/key")?)))
            }
            Action::Save => saved(ctx, &body),
            Action::Join => joined(about, &body),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let (look, find) = (Step::new(Action::Consent), Step::about(Action::Find, STATUS));
    let fields =
        [STATUS, TAGS].map(|field| Step::about(Action::Save, field).depends_on([find.clone()]).creates([find.clone()]));
    let writes = std::iter::once(Step::new(Action::Save))
        .chain(person.lists.iter().map(|list| Step::about(Action::Join, &list.id)))
        .map(|step| step.depends_on([look.clone()]));
    [look.clone(), find.clone()].into_iter().chain(fields).chain(writes).collect()
}

/// Why a step of a sync isn't needed. No one is added just to be marked as gone. Someone who unsubscribed and comes
/// back to the program isn't added again, and someone who comes back while a sync is under way joins with the next one.
fn skipped(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    if ctx.step.action == Action::Consent {
        return None;
    }
    let needs_contact = !person.is_approved() || ctx.step.action == Action::Join;
    if needs_contact && ctx.known.get("contact").is_none() {
        return Some("they aren\u{2019}t in Flodesk");
    }
    (person.is_approved() && ctx.known.flag(IS_OUT)).then_some("they unsubscribed in Flodesk")
}

fn path(id_or_email: &str) -> String {
    format!("/v1/subscribers/{}", segment(id_or_email))
}

/// Known: the key of a custom field, by its label.
fn key(label: &str) -> String {
    format!("key:{label}")
}

/// Known: they are in the segment.
fn inside(segment: &str) -> String {
    format!("inside:{segment}")
}

fn page(known: &Known) -> u64 {
    known.number("page").unwrap_or(1)
}

/// The account's display name: an API key shows none, so segment names identify it.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/data").filter_map(|row| text(row, "/name")).take(3).collect();
    if names.is_empty() { "no segments yet".to_owned() } else { format!("segments: {}", names.join(", ")) }
}

/// No one can be added to a dynamic segment.
fn segments(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let joinable = rows(body, "/data").filter(|row| text(row, "/segment_type").as_deref() != Some("dynamic"));
    let learned = Known::new().with_choices(ctx.known, joinable.filter_map(|row| choice(row, "/id", "/name")));
    let pages = body.pointer("/meta/total_pages").and_then(Value::as_u64).unwrap_or(1);
    if page(ctx.known) < pages {
        return Parsed::again(Duration::ZERO, learned.with("page", page(ctx.known) + 1));
    }
    Parsed::learned(learned)
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let (id, status) = (need(body, "/id")?, need(body, "/status")?);
    let is_out = OUT.contains(&status.as_str());
    if is_out && person.is_approved() {
        return Ok(Parsed::leave_alone(match status.as_str() {
            "unsubscribed" => "They unsubscribed in Flodesk. We skipped them: only they can resubscribe.".to_owned(),
            other => format!("They are {other} in Flodesk, which counts as unsubscribed. We skipped them."),
        }));
    }
    let name = ContactName::parts(body, "/first_name", "/last_name");
    Ok(Parsed::learned(Known::new().with("contact", id).with(IS_OUT, is_out).noting_name(person, "", &name)))
}

/// Finds our custom fields. Flodesk makes up a field's key from its label, in a form that isn't documented.
fn fields(body: &Value) -> Result<Parsed, Fault> {
    let all = body.as_array().ok_or_else(|| Fault::unreadable("no list of custom fields"))?;
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let is = |row: &Value, label: &str| {
        ["/label", "/key"].iter().filter_map(|place| text(row, place)).any(|name| plain(&name) == plain(label))
    };
    let mut learned = Known::new();
    for label in [STATUS, TAGS] {
        if let Some(found) = all.iter().find(|row| is(row, label)).and_then(|row| text(row, "/key")) {
            learned = learned.with(key(label), found);
        }
    }
    Ok(Parsed::learned(learned))
}

/// Our custom fields, by their keys.
fn values(person: &Person, known: &Known) -> Map<String, Value> {
    let all = [(STATUS, person.affiliate_status.as_str().to_owned()), (TAGS, person.tags_joined())];
    all.into_iter().filter_map(|(label, value)| Some((known.maybe(&key(label))?, json!(value)))).collect()
}

/// Unknown values are omitted. For a person who left, only our own fields change.
fn subscriber(person: &Person, known: &Known) -> Value {
    let mut body = json!({"email": person.email});
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            body[field] = json!(value);
        }
    }
    let values = values(person, known);
    if !values.is_empty() {
        body["custom_fields"] = Value::Object(values);
    }
    // Both are about the moment of signing up, so people who are already there keep theirs.
    if known.get("contact").is_none() {
        body["double_optin"] = json!(person.consent.is_none());
        if let Some(consent) = &person.consent {
            body["optin_timestamp"] = json!(consent.at.to_string());
        }
    }
    body
}

fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let expected = values(ctx.person()?, ctx.known);
    if let Some(shown) = body.get("custom_fields").and_then(Value::as_object)
        && let Some((key, _)) = expected.iter().find(|(key, value)| shown.get(*key) != Some(*value))
    {
        let message = format!("Flodesk didn\u{2019}t keep the custom field {key}. Check it there, then re-sync.");
        return Err(Fault::refused("field_refused", message));
    }
    let learned = Known::new().with("contact", need(body, "/id")?);
    let segments = rows(body, "/segments").filter_map(|row| text(row, "/id"));
    Ok(Parsed::learned(segments.fold(learned, |known, segment| known.with(inside(&segment), true))))
}

/// Checks the segment in the response, if segments are shown.
fn joined(segment: &str, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/id")?;
    let is_there = rows(body, "/segments").any(|row| text(row, "/id").as_deref() == Some(segment));
    if is_there || body.get("segments").is_none() { Ok(Parsed::done()) } else { Err(list_missing()) }
}

fn list_missing() -> Fault {
    Fault::settings(
        "list_missing",
        "Flodesk didn\u{2019}t add them to the segment: it no longer exists, or it\u{2019}s dynamic. Choose another \
         one in the connection\u{2019}s settings.",
    )
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) => Fault::credentials(
            "Flodesk rejected the API key. Create another one under Account settings \u{2192} Integrations \u{2192} \
             API keys.",
        ),
        (FaultKind::Rights, ..) => Fault::rights(format!(
            "Flodesk doesn\u{2019}t allow this ({}). Check that your plan includes the API.",
            fault.message
        )),
        (FaultKind::Refused, Action::Join, 400 | 404 | 422) => list_missing(),
        (FaultKind::Refused, Action::Save, _) if !ctx.step.about.is_empty() => Fault::settings(
            "field_refused",
            format!(
                "Flodesk couldn\u{2019}t create the custom field {} ({}). Create it there, then re-sync.",
                ctx.step.about, fault.message
            ),
        ),
        (FaultKind::Refused, Action::Save, 400 | 422) => Fault::refused(
            "invalid_email",
            format!("Flodesk didn\u{2019}t accept this subscriber ({}).", fault.message),
        ),
        _ => fault,
    }
}
