//! Connector for Attio, API version 2 (docs.attio.com). Attio keeps people and who they are, but nothing about whether
//! they agreed to emails, and it has no tags: those go into a text attribute.

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::segment,
    moving::Mover,
    read::{choice, need, rows, text},
};

mod moving;

pub static CONNECTOR: Attio = Attio;

#[derive(Debug)]
pub struct Attio;

const HOST: Host = Host::fixed("ATTIO", "https://api.attio.com");
/// Slugs of our attributes.
const STATUS: &str = "rekomi_status";
const TAGS: &str = "rekomi_tags";
const SCOPES: &[&str] = &[
    "record_permission:read-write",
    "object_configuration:read-write",
    "list_entry:read-write",
    "list_configuration:read",
];

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "attio",
    name: "Attio",
    docs: "https://docs.attio.com/rest-api/overview",
    fields: &[Field {
        name: "accessToken",
        label: "Access token",
        hint: "In Attio, go to Workspace settings \u{2192} Developers, create an integration with the permissions \
               listed here, and copy its access token.",
        link: Some("https://app.attio.com"),
        example: "64 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: SCOPES,
    lists: Listing::Picked { word: "list", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /v2/objects/people/records/{id}"),
    paces: &[Pace { name: "", per_minute: 600, burst: 10, jitter_ms: 20 }],
    limit: "100 reads and 25 writes per second. We send 10 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email_addresses", value: "the affiliate\u{2019}s email address, used to match people" },
        Written {
            field: "name",
            value: "the name, split; omitted if it\u{2019}s empty, or if only one part is known and the person exists",
        },
        Written {
            field: "rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the text attribute is created if it\u{2019}s missing",
        },
        Written {
            field: "rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas",
        },
        Written { field: "list entry", value: "the selected list" },
    ],
    calls: &[
        Call { line: "POST /v2/objects/people/records/query", why: "finds the person by email" },
        Call {
            line: "GET /v2/objects/people/attributes/{slug}",
            why: "checks the attributes `rekomi_status` and `rekomi_tags`",
        },
        Call { line: "POST /v2/objects/people/attributes", why: "creates a missing one, once" },
        Call { line: "PUT /v2/objects/people/records", why: "creates or updates the person by email" },
        Call { line: "PATCH /v2/objects/people/records/{id}", why: "marks someone who left" },
        Call { line: "PUT /v2/lists/{list}/entries", why: "adds the person to the list, if you selected one" },
    ],
    consent: "Attio has no subscriptions: it doesn\u{2019}t record whether someone agreed to emails, so we neither \
              read nor write any consent. If you email people from Attio, check their consent in the tool you send \
              with.",
    success: "Attio returns the person with our attributes after each write, and the list entry. We compare them with \
              what we sent.",
    known_issues: &[
        KnownIssue {
            sign: "The token was rejected",
            remedy: "It was deleted or not fully copied. Copy it again from Workspace settings \u{2192} Developers.",
        },
        KnownIssue {
            sign: "A permission is missing",
            remedy: "Add it to the integration in Attio, then test the connection.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or it isn\u{2019}t a list of people. Choose another one in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "An attribute isn\u{2019}t text, or is archived",
            remedy: "Rename or restore the attribute in Attio, so that `rekomi_status` and `rekomi_tags` are text \
                     attributes of people. Then re-sync.",
        },
    ],
};

impl Connector for Attio {
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
            Task::Sync(person) => sync(person),
            Task::Forget(_) => [Action::Find, Action::Forget].map(Step::new).to_vec(),
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("they aren\u{2019}t in Attio"));
        }
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v2/self"),
            Action::Lists => Request::get(&HOST, "/v2/lists"),
            Action::Find if !about.is_empty() => {
                Request::get(&HOST, format!("/v2/objects/people/attributes/{}", segment(about)))
            }
            Action::Find => Request::post(&HOST, "/v2/objects/people/records/query").json(query(ctx.person()?)),
            Action::Save if !about.is_empty() && known.flag(&has(about)) => {
                return Ok(StepRequest::Nothing("the attribute already exists"));
            }
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, "/v2/objects/people/attributes").json(attribute(about))
            }
            Action::Save => save(ctx.person()?, known)?,
            Action::Join if ctx.person()?.lists.iter().all(|list| list.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Join => {
                let entry = json!({
                    "parent_record_id": known.text("contact")?, "parent_object": "people", "entry_values": {},
                });
                Request::put(&HOST, format!("/v2/lists/{}/entries", segment(about))).json(json!({"data": entry}))
            }
            Action::Forget => Request::delete(&HOST, record(known)?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("accessToken")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        let code = text(&answer.any_json(), "/code").unwrap_or_default().to_lowercase();
        match (ctx.step.action, answer.status) {
            // A large merge of people is under way in Attio; the record can be read again after it.
            (_, 404) if code == "merge_in_progress" => {
                return Err(Fault::passing("conflict", "Attio is merging this person with another one"));
            }
            (Action::Find, 404) if !about.is_empty() => return Ok(Parsed::done()),
            (Action::Forget, 404) => return Ok(Parsed::done()),
            // They are on the list more than once, so they needn't be added.
            (Action::Join, _) if code == "multiple_match_results" => return Ok(Parsed::done()),
            // Created a moment ago, by this sync or another one.
            (Action::Save, 409) if code == "slug_conflict" => {
                return Ok(Parsed::learned(Known::new().with(has(about), true)));
            }
            _ => {}
        }
        let body = match ctx.step.action {
            Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, answer, fault))?;
        match ctx.step.action {
            Action::Check => checked(&body),
            Action::Lists => {
                let of_people = |row: &&Value| rows(row, "/parent_object").any(|object| object == "people");
                let lists = rows(&body, "/data").filter(of_people);
                let found = lists.filter_map(|row| choice(row, "/id/list_id", "/name"));
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found)))
            }
            Action::Find if !about.is_empty() => {
                let usable = text(&body, "/data/type").as_deref() == Some("text")
                    && body.pointer("/data/is_archived") != Some(&json!(true));
                if usable { Ok(Parsed::learned(Known::new().with(has(about), true))) } else { Err(unusable(about)) }
            }
            Action::Find => found(ctx.person()?, &body),
            Action::Save if !about.is_empty() => {
                need(&body, "/data/id/attribute_id")?;
                Ok(Parsed::learned(Known::new().with(has(about), true)))
            }
            Action::Save => saved(ctx, &body),
            Action::Join => need(&body, "/data/id/entry_id").map(|_| Parsed::done()),
            Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find)];
    for attribute in [STATUS, TAGS] {
        let find = Step::about(Action::Find, attribute);
        steps.extend([find.clone(), Step::about(Action::Save, attribute).depends_on([find.clone()]).creates([find])]);
    }
    steps.push(Step::new(Action::Save));
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Join, &list.id)));
    steps
}

/// No one is added just to be marked as gone, and no one is deleted who doesn't exist. Someone who left and came back
/// while a sync was under way joins their list with the next one.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let needs_contact = match ctx.task {
        Task::Sync(person) => !person.is_approved() || ctx.step.action == Action::Join,
        Task::Forget(_) => true,
        _ => false,
    };
    let is_first = ctx.step.action == Action::Find && ctx.step.about.is_empty();
    needs_contact && !is_first && ctx.known.get("contact").is_none()
}

/// Known: people have an attribute with this slug.
fn has(slug: &str) -> String {
    format!("has:{slug}")
}

fn query(person: &Person) -> Value {
    json!({"filter": {"email_addresses": {"email_address": {"$eq": person.email}}}, "limit": 1})
}

/// Every property is required (docs.attio.com, "Create an attribute").
fn attribute(slug: &str) -> Value {
    let (title, description) = match slug {
        STATUS => ("Rekomi status", "The status of this affiliate in Rekomi. Changes are overwritten."),
        _ => ("Rekomi tags", "The tags of this affiliate in Rekomi, separated by commas. Changes are overwritten."),
    };
    json!({"data": {
        "title": title, "description": description, "api_slug": slug, "type": "text", "is_required": false,
        "is_unique": false, "is_multiselect": false, "config": {},
    }})
}

fn record(known: &Known) -> Result<String, Fault> {
    Ok(format!("/v2/objects/people/records/{}", segment(&known.text("contact")?)))
}

/// Our attributes, as far as people have them.
fn ours(person: &Person, known: &Known) -> Map<String, Value> {
    let all = [(STATUS, person.affiliate_status.as_str().to_owned()), (TAGS, person.tags_joined())];
    let there = all.into_iter().filter(|(slug, _)| known.flag(&has(slug)));
    there.map(|(slug, value)| (slug.to_owned(), json!(value))).collect()
}

/// Writes everything for an affiliate, and only our own attributes for a person who left.
fn save(person: &Person, known: &Known) -> Result<Request, Fault> {
    let mut values = ours(person, known);
    if !person.is_approved() {
        return Ok(Request::patch(&HOST, record(known)?).json(json!({"data": {"values": values}})));
    }
    // Other addresses of the same person stay: the matching attribute is only added to.
    values.insert("email_addresses".to_owned(), json!([person.email]));
    if let Some(name) = name(person, known.get("contact").is_none()) {
        values.insert("name".to_owned(), name);
    }
    let request = Request::put(&HOST, "/v2/objects/people/records").query("matching_attribute", "email_addresses");
    Ok(request.json(json!({"data": {"values": values}})))
}

/// A name is written as a whole: all three parts, or as a text that counts as the first name. The latter would remove a
/// last name that Attio has, so it's only for new people.
fn name(person: &Person, is_new: bool) -> Option<Value> {
    match (&person.first_name, &person.last_name) {
        (Some(first), Some(last)) => {
            Some(json!([{"first_name": first, "last_name": last, "full_name": format!("{first} {last}")}]))
        }
        // Text before a comma would count as the last name.
        (Some(first), None) if is_new && !first.contains(',') => Some(json!(first)),
        _ => None,
    }
}

/// Attio answers 200 for an invalid token, with nothing but `active`.
fn checked(body: &Value) -> Result<Parsed, Fault> {
    if body.get("active").and_then(Value::as_bool) != Some(true) {
        return Err(rejected());
    }
    if let Some(scopes) = text(body, "/scope") {
        let has = |scope: &str| scopes.split_whitespace().any(|one| one == scope || one == format!("{scope}-write"));
        if let Some(scope) = SCOPES.iter().find(|scope| !has(scope)) {
            return Err(Fault::rights(format!(
                "The Attio token is missing the permission {scope}. Add it to the integration in Attio."
            )));
        }
    }
    let account = text(body, "/workspace_name").unwrap_or_else(|| "Attio workspace".to_owned());
    Ok(Parsed::learned(Known::new().with("account", account)))
}

/// The person with this address, and no one else's record whatever the filter found.
fn found(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    if !body.get("data").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no data in it"));
    }
    let is_theirs = |row: &&Value| {
        let is = |value: Option<String>| value.is_some_and(|email| email.to_lowercase() == person.email);
        rows(row, "/values/email_addresses")
            .any(|one| is(text(one, "/email_address")) || is(text(one, "/original_email_address")))
    };
    match rows(body, "/data").find(is_theirs) {
        Some(row) => {
            let name = ContactName::parts(row, "/values/name/0/first_name", "/values/name/0/last_name");
            let learned = Known::new().with("contact", need(row, "/id/record_id")?);
            Ok(Parsed::learned(learned.noting_name(person, "", &name)))
        }
        None => Ok(Parsed::done()),
    }
}

/// Compares our attributes with the response, as far as it shows them.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let learned = Known::new().with("contact", need(body, "/data/id/record_id")?);
    for (slug, value) in ours(ctx.person()?, ctx.known) {
        let place = format!("/data/values/{slug}");
        if body.pointer(&place).is_some() && !rows(body, &place).any(|one| one.get("value") == Some(&value)) {
            let message = format!("Attio didn\u{2019}t keep the attribute {slug}. Check it there, then re-sync.");
            return Err(Fault::refused("field_refused", message));
        }
    }
    Ok(Parsed::learned(learned))
}

fn rejected() -> Fault {
    Fault::credentials(
        "Attio rejected the access token. Copy it again from Workspace settings \u{2192} Developers in Attio.",
    )
}

fn unusable(slug: &str) -> Fault {
    let message = format!(
        "The attribute {slug} of people in Attio isn\u{2019}t text, or is archived. Rename or restore it there, then \
         re-sync."
    );
    Fault::settings("field_refused", message)
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) | (_, Action::Check, 400) => rejected(),
        (FaultKind::Rights, action, _) => {
            let scope = match (action, ctx.step.about.is_empty()) {
                (Action::Lists, _) => "list_configuration:read",
                (Action::Join, _) => "list_entry:read-write",
                (Action::Find | Action::Save, false) => "object_configuration:read-write",
                _ => "record_permission:read-write",
            };
            Fault::rights(format!(
                "The Attio token is missing the permission {scope}, or your plan doesn\u{2019}t allow this ({}).",
                fault.message
            ))
        }
        (FaultKind::Refused, Action::Join, _) => Fault::settings(
            "list_missing",
            "The list no longer exists in Attio, or isn\u{2019}t a list of people. Choose another one in the \
             connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Save, _) if !ctx.step.about.is_empty() => unusable(&ctx.step.about),
        (FaultKind::Refused, Action::Save, 400) => {
            Fault::refused("invalid_email", format!("Attio didn\u{2019}t accept this person ({}).", fault.message))
        }
        _ => fault,
    }
}
