//! Connector for Bento, API version 1 (bentonow.com/docs/api/reference; the vendor's own SDK, bento-node-sdk 2.0).
//! Writes are queued: a sync reads back until its tags are there. Tags are written by name and read by id.

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::{basic, comma_list},
    moving::Mover,
    read::{choice, poll, rows, text},
};

mod moving;

pub static CONNECTOR: Bento = Bento;

#[derive(Debug)]
pub struct Bento;

const HOST: Host = Host::fixed("BENTO", "https://app.bentonow.com");
/// Bento's firewall refuses requests without one (bentonow.com/docs, API access).
const AGENT: &str = "Rekomi";
/// Set if Bento knew the person before this sync.
const THERE: &str = "there";
/// Known: the tags that the import named and those that it took away, then the ids of both.
const GIVEN: &str = "given";
const TAKEN: &str = "taken";
const GIVEN_IDS: &str = "given_ids";
const TAKEN_IDS: &str = "taken_ids";
const LATE: &str = "Bento accepted the subscriber, but didn\u{2019}t show every tag nine minutes later. Check the \
                    subscriber in Bento, then re-sync.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "bento",
    name: "Bento",
    docs: "https://bentonow.com/docs/api/reference",
    fields: &[
        Field {
            name: "publishableKey",
            label: "Publishable key",
            hint: "In Bento, go to Team settings and create API keys, or copy existing ones.",
            link: Some("https://app.bentonow.com/account/teams"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "secretKey",
            label: "Secret key",
            hint: "It\u{2019}s next to the publishable key.",
            link: Some("https://app.bentonow.com/account/teams"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "siteUuid",
            label: "Site UUID",
            hint: "The site\u{2019}s key, on the same page as the API keys.",
            link: Some("https://app.bentonow.com/account/teams"),
            example: "32 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::None("Bento has no lists. Create a segment of everyone with the tag `Rekomi affiliate`."),
    tags: Tagging::Tags { listed: true },
    events: Some(
        "Sent as custom events, which start flows. Bento counts an event each time it\u{2019}s sent, so we \
         don\u{2019}t resend one whose response was lost.",
    ),
    initial_events: &[],
    can_forget: false,
    new_address: NewAddress::Moves("POST /api/v1/fetch/commands"),
    paces: &[Pace { name: "", per_minute: 90, burst: 5, jitter_ms: 50 }],
    limit: "100 requests per minute for reading and 100 for imports. We send 90 in total.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written { field: "rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "tags, remove_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags",
        },
    ],
    calls: &[
        Call { line: "GET /api/v1/fetch/subscribers?email=", why: "checks whether they exist and are unsubscribed" },
        Call { line: "POST /api/v1/batch/subscribers", why: "creates or updates the subscriber, with the tags" },
        Call { line: "GET /api/v1/fetch/tags", why: "gets the IDs of the tags, which the next call shows" },
        Call {
            line: "GET /api/v1/fetch/subscribers?email=",
            why: "reads back until the tags are there; imports take up to five minutes",
        },
    ],
    consent: "People who unsubscribed are skipped: nothing is written. We never make the call that resubscribes. Bento \
              has no consent field: everyone who is new in Bento counts as subscribed there, whether or not they \
              accepted your terms.",
    success: "The subscriber was read back and has every tag.",
    known_issues: &[
        KnownIssue {
            sign: "401, or \u{201c}the keys were rejected\u{201d}",
            remedy: "The publishable key, the secret key and the site UUID must belong to the same Bento account. Copy \
                     all three again from Team settings.",
        },
        KnownIssue {
            sign: "A flow that starts with the tag doesn\u{2019}t start",
            remedy: "Bento doesn\u{2019}t start flows for imported tags. Turn on events, and start the flow with \
                     `affiliate_approved`.",
        },
        KnownIssue {
            sign: "A tag contains a comma",
            remedy: "Bento would split it into two tags. Rename it in the connection\u{2019}s settings.",
        },
    ],
};

impl Connector for Bento {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(_) => {
                let look = Step::new(Action::Consent);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                vec![look, save, Step::new(Action::Tags), Step::new(Action::Confirm)]
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            // There are no lists, and no call deletes anyone.
            Task::Lists | Task::Forget(_) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let synced = matches!(ctx.task, Task::Sync(_));
        let request = match ctx.step.action {
            Action::Consent => subscriber(ctx)?,
            Action::Save if !ctx.person()?.is_approved() && !ctx.known.flag(THERE) => {
                return Ok(StepRequest::Nothing("they aren\u{2019}t in Bento"));
            }
            Action::Save => Request::post(&HOST, "/api/v1/batch/subscribers").json(import(ctx.person()?)?),
            Action::Tags | Action::Confirm if synced && ctx.known.get(GIVEN).is_none() => {
                return Ok(StepRequest::Nothing("nothing was written"));
            }
            Action::Check | Action::Tags => Request::get(&HOST, "/api/v1/fetch/tags"),
            Action::Confirm => subscriber(ctx)?,
            Action::Event => Request::post(&HOST, "/api/v1/batch/events").json(event(ctx)?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let keys = basic(ctx.account.get("publishableKey")?, ctx.account.get("secretKey")?);
        let request = request.query("site_uuid", ctx.account.get("siteUuid")?);
        Ok(request.header("User-Agent", AGENT).header("Authorization", keys).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        // A person whom Bento doesn't know: `{}` or `data: null` in the vendor's own SDK; a 404 would mean the same.
        let absent = answer.status == 404 && matches!(ctx.step.action, Action::Consent | Action::Confirm);
        let body = if absent { Value::Null } else { read(ctx, answer)? };
        match ctx.step.action {
            Action::Check if body.get("data").is_none() => Err(Fault::unreadable("no tags in it")),
            Action::Check => {
                let account = format!("site {}", ctx.account.get("siteUuid")?);
                Ok(Parsed::learned(Known::new().with("account", account)))
            }
            Action::Consent => Ok(consent(ctx.person()?, &body)),
            Action::Save => {
                accepted(&body, "this subscriber")?;
                let person = ctx.person()?;
                let given = Known::new().with(GIVEN, json!(person.tags));
                Ok(Parsed::learned(given.with(TAKEN, json!(person.untags))))
            }
            Action::Tags if !matches!(ctx.task, Task::Sync(_)) => {
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, tags(&body))))
            }
            Action::Tags => tag_ids(ctx, &body),
            Action::Confirm => confirm(ctx, &body),
            Action::Event => accepted(&body, "this event").map(|()| Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn subscriber(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    Ok(Request::get(&HOST, "/api/v1/fetch/subscribers").query("email", ctx.person()?.email.as_str()))
}

/// Unknown values are omitted. For a person who left, only our own tags and field change.
fn import(person: &Person) -> Result<Value, Fault> {
    let mut row = json!({
        "email": person.email,
        "rekomi_status": person.affiliate_status.as_str(),
        "tags": comma_list(&person.tags)?,
    });
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            row[field] = json!(value);
        }
    }
    if !person.untags.is_empty() {
        row["remove_tags"] = json!(comma_list(&person.untags)?);
    }
    Ok(json!({"subscribers": [row]}))
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    let mut details = event.properties.clone();
    details.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty()));
    details.insert("eventId".to_owned(), json!(event.id.to_string()));
    let event = json!({
        "type": event.name, "email": person.email, "date": event.at.to_string(), "details": details,
    });
    Ok(json!({"events": [event]}))
}

/// The person in the response; none if Bento doesn't know them.
fn found(body: &Value) -> Option<&Value> {
    body.pointer("/data/attributes").filter(|attributes| attributes.is_object())
}

/// `unsubscribed_at` is null for everyone who is subscribed (bentonow.com/docs/subscribers).
fn consent(person: &Person, body: &Value) -> Parsed {
    let Some(attributes) = found(body) else { return Parsed::done() };
    if person.is_approved() && text(attributes, "/unsubscribed_at").is_some() {
        return Parsed::leave_alone("They unsubscribed in Bento. We skipped them: only they can resubscribe.");
    }
    let name = ContactName::parts(attributes, "/fields/first_name", "/fields/last_name");
    Parsed::learned(Known::new().with(THERE, true).noting_name(person, "", &name))
}

/// Checks the counts of an import. The reference names the first one `results`, the vendor's older OpenAPI description
/// `result`.
fn accepted(body: &Value, what: &str) -> Result<(), Fault> {
    let count = |place: &str| body.pointer(place).and_then(Value::as_u64);
    if count("/failed").is_some_and(|failed| failed > 0) {
        let message = format!("Bento didn\u{2019}t accept {what}. Check the email address.");
        return Err(Fault::refused("invalid_email", message));
    }
    match count("/results").or_else(|| count("/result")) {
        Some(1..) => Ok(()),
        _ => Err(Fault::unreadable("no count of accepted rows in it")),
    }
}

/// The account's tags, without discarded ones.
fn tags(body: &Value) -> impl Iterator<Item = Choice> {
    let used = |row: &&Value| text(row, "/attributes/discarded_at").is_none();
    rows(body, "/data").filter(used).filter_map(|row| choice(row, "/id", "/attributes/name"))
}

/// The names that an earlier step noted.
fn noted(known: &Known, name: &str) -> Vec<String> {
    let all = known.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// Finds the ids of the tags that were written. A tag that exists in another case may keep its own spelling.
fn tag_ids(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let all: Vec<Choice> = tags(body).collect();
    let exact = |name: &String| all.iter().find(|tag| tag.name == *name);
    let like = |name: &String| all.iter().find(|tag| tag.name.to_lowercase() == name.to_lowercase());
    let given: Option<Vec<&str>> = noted(ctx.known, GIVEN)
        .iter()
        .map(|name| exact(name).or_else(|| like(name)).map(|tag| tag.id.as_str()))
        .collect();
    let Some(given) = given else { return poll(ctx.polls, LATE) };
    let taken: Vec<String> = noted(ctx.known, TAKEN).iter().filter_map(exact).map(|tag| tag.id.clone()).collect();
    Ok(Parsed::learned(Known::new().with(GIVEN_IDS, json!(given)).with(TAKEN_IDS, json!(taken))))
}

fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let has: Vec<String> = found(body)
        .into_iter()
        .flat_map(|attributes| rows(attributes, "/cached_tag_ids"))
        .filter_map(|id| text(id, ""))
        .collect();
    let is_there = |id: &String| has.contains(id);
    if noted(ctx.known, GIVEN_IDS).iter().all(is_there) && !noted(ctx.known, TAKEN_IDS).iter().any(is_there) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, LATE)
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) | (_, Action::Check, 404) => Fault::credentials(
            "Bento: the keys were rejected. Copy the publishable key, the secret key and the site UUID again from Team \
             settings.",
        ),
        (FaultKind::Refused, Action::Save, _) => {
            Fault::refused("invalid_email", format!("Bento didn\u{2019}t accept this subscriber ({}).", fault.message))
        }
        _ => fault,
    })
}
