//! Connector for an address of the brand's own: signed messages as in Standard Webhooks (standardwebhooks.com), in the
//! form that the brand's own template gives them. Nothing can be read there. The address comes from the credentials and
//! is checked like every address of a brand.

mod template;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};
use shared::sign::{WEBHOOK_SECRET_PREFIX, webhook_signature};
use url::Url;

use self::template::Template;
use crate::{
    Account, Action, Answer, Call, Connector, Descriptor, Fault, FaultKind, Field, Host, Known, KnownIssue, Listing,
    Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging, Task, Written,
    encode::fingerprint,
};

pub static CONNECTOR: Custom = Custom;

#[derive(Debug)]
pub struct Custom;

const SECRET: &str = "signingSecret";
const TEMPLATE: &str = "template";
/// The bytes of a secret, by the specification of Standard Webhooks.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// The template where the brand has none of its own.
const DEFAULT: &str = r#"{"type": "{{type}}", "affiliateId": "{{affiliateId}}", "email": "{{email}}",
    "firstName": "{{firstName}}", "lastName": "{{lastName}}", "status": "{{status}}", "tags": "{{tags}}",
    "removedTags": "{{removedTags}}", "consent": "{{consent}}", "consentAt": "{{consentAt}}",
    "joinedAt": "{{joinedAt}}", "eventId": "{{eventId}}", "occurredAt": "{{occurredAt}}",
    "properties": "{{properties}}"}"#;

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "custom",
    name: "Custom endpoint",
    docs: "https://www.standardwebhooks.com",
    fields: &[
        Field {
            name: "url",
            label: "Address",
            hint: "Where we send each message. It needs HTTPS and must be reachable from the internet. \
                   Don\u{2019}t put a secret into it, because the log shows it. Respond to the test message, \
                   `{\"type\": \"connection_tested\"}`, with 204.",
            link: None,
            example: "https://api.example.com/rekomi",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: SECRET,
            label: "Signing secret",
            hint: "`whsec_` and the Base64 of 24 to 64 random bytes. Create one with `echo whsec_$(openssl rand \
                   -base64 32)` and use it in your software to verify each message.",
            link: None,
            example: "whsec_ and at least 32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: TEMPLATE,
            label: "JSON template",
            hint: "The body of each message, with placeholders in quotes. Leave it empty to get every value. It needs \
                   `{{type}}`, and `{{email}}` or `{{affiliateId}}`.",
            link: None,
            example: "{\"type\": \"{{type}}\", \"email\": \"{{email}}\", \"tags\": \"{{tags}}\"}",
            secret: false,
            required: false,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::None("A message has no list: your endpoint decides what to do with a person."),
    tags: Tagging::Tags { listed: false },
    events: Some("Sent to the same address, with the event\u{2019}s name as `{{type}}`."),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::ById,
    paces: &[Pace { name: "", per_minute: 300, burst: 5, jitter_ms: 0 }],
    limit: "We send 5 messages per second. To slow us down, respond with 429 and `Retry-After`.",
    names: Names::Sent(
        "We can\u{2019}t see which name your system has: what you make of the affiliate\u{2019}s name is up to you.",
    ),
    writes: &[
        Written { field: "{{type}}", value: "what happened: see the types below" },
        Written { field: "{{affiliateId}}, {{email}}", value: "who it is" },
        Written { field: "{{firstName}}, {{lastName}}, {{name}}", value: "the name, split and whole" },
        Written { field: "{{status}}", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "{{tags}}",
            value: "all tags they should have from us: `Rekomi affiliate`, your account tags and the program\u{2019}s \
                    extra tags",
        },
        Written { field: "{{removedTags}}", value: "tags that we added before and that they should lose" },
        Written { field: "{{joinedAt}}", value: "when they became an affiliate" },
        Written {
            field: "{{consent}}, {{consentAt}}, {{consentVersion}}",
            value: "whether they accepted your terms, when, and which version",
        },
        Written {
            field: "{{eventId}}, {{occurredAt}}, {{properties}}",
            value: "an event\u{2019}s ID, time and details; only for events",
        },
        Written {
            field: "{{amountCents}}, {{currency}}",
            value: "an event\u{2019}s amount; only for events about money",
        },
    ],
    calls: &[Call { line: "POST", why: "sends the message to your address" }],
    consent: "Your endpoint can\u{2019}t tell us whether someone unsubscribed, so it decides: don\u{2019}t resubscribe \
              anyone because of a message. `{{consent}}` is only true for people who accepted your terms.",
    success: "Your endpoint responded with 2xx: with 204, or with a body that isn\u{2019}t a web page. What it did \
              with the message is up to you.",
    known_issues: &[
        KnownIssue {
            sign: "The address isn\u{2019}t allowed",
            remedy: "It leads to a private network, or has no HTTPS. Use a public address.",
        },
        KnownIssue {
            sign: "The endpoint rejected the signature",
            remedy: "It responded with 401 or 403. Check that it uses the same signing secret, verifies the body \
                     before parsing it, and has the right time.",
        },
        KnownIssue {
            sign: "The response was empty",
            remedy: "Respond with 204, or with a JSON body such as `{\"received\": true}`.",
        },
    ],
};

impl Connector for Custom {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn guide(&self) -> &'static str {
        include_str!("custom/guide.md")
    }

    fn check_field(&self, name: &str, value: &str) -> Result<(), String> {
        match name {
            TEMPLATE => Template::parse(value).map(drop),
            SECRET => {
                let bytes = value.strip_prefix(WEBHOOK_SECRET_PREFIX).and_then(|text| STANDARD.decode(text).ok());
                if bytes.is_some_and(|bytes| SECRET_BYTES.contains(&bytes.len())) {
                    return Ok(());
                }
                Err("must be whsec_ and the Base64 of 24 to 64 bytes".to_owned())
            }
            _ => Ok(()),
        }
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
        let values = match ctx.step.action {
            Action::Check => return signed(ctx, &json!({"type": "connection_tested"})),
            Action::Save if !ctx.person()?.is_known() => {
                return Ok(StepRequest::Nothing("the endpoint never got a message about them"));
            }
            Action::Save => of_person("affiliate_updated", ctx.person()?),
            Action::Event => of_event(ctx)?,
            Action::Forget => who("affiliate_deleted", ctx.person()?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let template = ctx.account.maybe(TEMPLATE).unwrap_or(DEFAULT);
        let template = Template::parse(template)
            .map_err(|why| Fault::settings("invalid_template", format!("The JSON template {why}.")))?;
        signed(ctx, &template.render(&values))
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        taken(answer)?;
        Ok(match ctx.step.action {
            Action::Check => Parsed::learned(Known::new().with("account", place(ctx)?.0.domain())),
            _ => Parsed::done(),
        })
    }
}

/// The host and the path of the brand's address.
fn place(ctx: &StepContext<'_>) -> Result<(Host, String), Fault> {
    let url = Url::parse(ctx.account.get("url")?)
        .map_err(|_| Fault::credentials("The address can\u{2019}t be read. Enter it again."))?;
    let path = url.query().map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    Ok((Host::given("CUSTOM", &url.origin().ascii_serialization()), path))
}

/// The request with its signature. The id is made from the sync and the body, so that the same message keeps it when it
/// is sent again, and one whose content changed in the meantime is another.
fn signed(ctx: &StepContext<'_>, body: &Value) -> Result<StepRequest, Fault> {
    let (host, path) = place(ctx)?;
    let request = Request::post(&host, path).json(body.clone());
    let (bytes, _) = request.bytes();
    let cause = ctx.sync.map_or_else(|| ctx.now.to_string(), |sync| sync.to_string());
    let id = format!("msg_{}", fingerprint(&format!("{cause}.{}.{body}", ctx.step.action.as_str())));
    let signature = webhook_signature(ctx.account.get(SECRET)?, &id, ctx.now, &bytes);
    let signature =
        signature.ok_or_else(|| Fault::credentials("The signing secret can\u{2019}t be read. Reconnect."))?;
    let at = ctx.now.seconds().to_string();
    let request = request.header("webhook-id", id).header("webhook-timestamp", at);
    Ok(request.header("webhook-signature", signature).into())
}

fn who(kind: &str, person: &Person) -> Map<String, Value> {
    let values = [("type", kind), ("affiliateId", &person.id), ("email", &person.email)];
    values.map(|(name, value)| (name.to_owned(), json!(value))).into_iter().collect()
}

/// What is known of a person. Of one who left, only what changed.
fn of_person(kind: &str, person: &Person) -> Map<String, Value> {
    let mut values = who(kind, person);
    let mut put = |name: &str, value: Value| drop(values.insert(name.to_owned(), value));
    put("status", json!(person.affiliate_status.as_str()));
    for (name, tags) in [("tags", &person.tags), ("removedTags", &person.untags)] {
        if !tags.is_empty() {
            put(name, json!(tags));
        }
    }
    if !person.is_approved() {
        return values;
    }
    let names = [&person.first_name, &person.last_name].map(|name| name.clone().unwrap_or_default());
    let whole = names.join(" ").trim().to_owned();
    let [first, last] = names;
    for (name, value) in [("firstName", first), ("lastName", last), ("name", whole)] {
        if !value.is_empty() {
            put(name, json!(value));
        }
    }
    put("joinedAt", json!(person.joined_at.to_string()));
    put("consent", json!(person.consent.is_some()));
    if let Some(consent) = &person.consent {
        put("consentAt", json!(consent.at.to_string()));
        if let Some(version) = &consent.version {
            put("consentVersion", json!(version));
        }
    }
    values
}

fn of_event(ctx: &StepContext<'_>) -> Result<Map<String, Value>, Fault> {
    let event = ctx.event()?;
    let mut values = of_person(&event.name, ctx.person()?);
    for name in ["amountCents", "currency"] {
        values.extend(event.properties.get(name).map(|value| (name.to_owned(), value.clone())));
    }
    values.insert("eventId".to_owned(), json!(event.id.to_string()));
    values.insert("occurredAt".to_owned(), json!(event.at.to_string()));
    values.insert("properties".to_owned(), json!(event.properties));
    Ok(values)
}

/// Checks that the endpoint accepted the message. An empty 200 or a web page may come from something in front of it.
fn taken(answer: &Answer) -> Result<(), Fault> {
    answer.usual().map_err(|fault| match (fault.kind, answer.status) {
        (FaultKind::Credentials | FaultKind::Rights, _) => Fault::credentials(
            "The endpoint rejected the message with 401 or 403. Check that it verifies signatures with the same \
             signing secret, and that its clock is right.",
        ),
        (_, 300..=399) => Fault::settings("wrong_address", "The address redirects. Enter the one that it leads to."),
        (_, 404 | 405 | 410) => Fault::settings(
            "wrong_address",
            format!("The endpoint responded with {}. Check the address.", answer.status),
        ),
        (FaultKind::Refused, _) => Fault::refused(
            "refused",
            format!("the endpoint refused the message ({}): {}", answer.status, fault.message),
        ),
        _ => fault,
    })?;
    let body = String::from_utf8_lossy(&answer.body);
    let body = body.trim_start();
    match answer.status {
        202 | 204 => Ok(()),
        _ if body.is_empty() => Err(Fault::unreadable("it was empty. Respond with 204, or with a body")),
        _ if body.starts_with('<') => Err(Fault::unreadable("it was a web page. Respond with 204, or with JSON")),
        _ => Ok(()),
    }
}
