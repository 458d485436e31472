//! `POST /api/v1/affiliates`: creates an affiliate, and with a program also their link.

use std::collections::{HashMap, HashSet};

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::{
    config::is_reserved,
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    application,
    store::{self, NewAffiliate as NewRow},
};
use crate::{
    link::{
        create::{self as link, NewLink, check_slug, slug_taken, suffix},
        store as link_store,
    },
    program::{plan_store, plan_view::SEGMENT_MAX},
};
use engine::{
    book,
    consent::terms::{self, TermsAccepted},
    privacy::arrival,
};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::{self, checked, maybe},
        view::{Affiliate, Link},
    },
    compiled_once,
    db::TenantTx,
    error::{Checks, Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::{
    sync,
    webhook::{self, Event, EventKind},
};

pub const NAME_MAX: usize = 200;
const NOTES_MAX: usize = 4_000;
/// The number of suffixes to try. There are a million: one collision is rare, eight in a row don't happen.
const SUFFIXES_TRIED: usize = 8;
/// Leaves room for a suffix.
const DERIVED_MAX: usize = 40;

/// An affiliate to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewAffiliate, example = json!({
    "name": "Lauren Vale",
    "email": "lauren@creators.test",
    "slug": "lauren",
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "destination": "https://acme.test/pricing"
}))]
pub struct NewAffiliate {
    pub name: String,
    /// Must be unique among your affiliates.
    pub email: String,
    /// Identifies the affiliate in sales: 3 to 64 letters, digits, hyphens or underscores, case-insensitive. Derived
    /// from the name if you omit it. `api`, `cdn-cgi`, `healthz`, `hooks` and `internal` are reserved: link hosts use
    /// those paths themselves.
    pub slug: Option<String>,
    /// `Approved` (default) or `Pending`: only approved affiliates are credited. An affiliate created as approved
    /// counts as always approved, so past sales that name them are credited, too.
    pub status: Option<String>,
    /// The affiliate's answers in the application: at most 50 strings, numbers, booleans, lists of strings or objects
    /// of strings.
    #[schema(value_type = Option<Object>)]
    pub application: Option<Map<String, Value>>,
    /// Internal notes, never shown to the affiliate. At most 4000 characters.
    pub notes: Option<String>,
    /// The affiliate's segment, in effect from the beginning. Change it with `PUT /affiliates/{id}/segment`.
    pub segment: Option<String>,
    /// Also creates a link of this program to `destination`.
    #[schema(value_type = Option<String>)]
    pub program_id: Option<ProgramId>,
    /// The link's destination: an absolute https URL.
    pub destination: Option<String>,
    /// The link's host. Defaults to your first link host.
    pub host: Option<String>,
    /// The affiliate's acceptance of the program's terms, if they accepted them with you.
    pub terms_accepted: Option<TermsAccepted>,
}

/// An affiliate, with the link that was created with them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AffiliateWithLink {
    #[serde(flatten)]
    pub affiliate: Affiliate,
    /// The link that was created with the affiliate; null if none was.
    #[schema(required)]
    pub link: Option<Link>,
}

/// Create an affiliate
#[utoipa::path(post, path = "/api/v1/affiliates", tag = "Affiliates", operation_id = "createAffiliate",
    description = "With `programId` and `destination`, also creates the affiliate's first link.",
    params(IdempotencyKey),
    request_body = NewAffiliate,
    responses(
        (status = 201, description = "The affiliate", body = AffiliateWithLink),
        (status = 404, description = "The program doesn't exist", body = ErrorSchema),
        (status = 409, description = "`affiliate_exists` (the email address is taken), `slug_taken`, or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewAffiliate>,
) -> Result<Response> {
    let now = state.clock.now();
    let terms = body.value.terms_accepted.as_ref().map(|terms| terms.checked(now)).transpose()?;
    let ready = check(body.value, &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    kit::db::plan_store::for_any_values(&mut write.tx, &state.db).await?;
    let made = make(&mut write.tx, &state, ready, now).await?;
    write.audit(entry(&made)).await?;
    if let Some(accepted) = terms {
        terms::accept(&mut write.tx, &state, made.affiliate.id, &accepted, &key.actor).await?;
    }
    let answer = write.answer(StatusCode::CREATED, &made).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

pub fn entry(made: &AffiliateWithLink) -> Entry {
    let AffiliateWithLink { affiliate, link } = made;
    Entry::new("affiliate.created", affiliate.id).after(json!({
        "name": affiliate.name, "slug": affiliate.slug, "status": affiliate.status,
        "segment": affiliate.segment, "link": link.as_ref().map(|link| link.url.clone()),
    }))
}

/// A new affiliate after all checks that don't need the database.
#[derive(Debug)]
pub struct Ready {
    pub affiliate: NewRow,
    pub slug_is_derived: bool,
    pub segment: Option<String>,
    pub link: Option<NewLink>,
    /// An applicant whom the confirmation of their email address approves: until then, nothing is announced.
    pub awaits_entry: bool,
}

impl Ready {
    /// An affiliate without a segment and a link.
    pub const fn of(affiliate: NewRow, slug_is_derived: bool) -> Self {
        Self { affiliate, slug_is_derived, segment: None, link: None, awaits_entry: false }
    }
}

/// # Errors
/// 400 naming the field.
pub fn check(input: NewAffiliate, state: &AppState) -> Result<Ready> {
    let mut checks = Checks::default();
    let name = checks.value(checked("name", &input.name, NAME_MAX));
    let email = checks.value(text::email("email", &input.email));
    checks.value(check_slug(input.slug.as_deref()));
    let status = match input.status.as_deref() {
        None | Some("Approved") => "Approved",
        Some("Pending") => "Pending",
        Some(_) => checks.value(Err(Error::field("status", "status must be Approved or Pending"))),
    };
    let id: AffiliateId = state.new_id();
    let link = checks.value(match (input.program_id, input.destination) {
        (None, None) if input.host.is_none() => Ok(None),
        (None, _) => Err(Error::field("programId", "programId is required to create a link")),
        (Some(_), None) => Err(Error::field("destination", "destination is required with programId")),
        (Some(_), _) if status != "Approved" => Err(Error::field("status", "status must be Approved to create a link")),
        (Some(program_id), Some(destination)) => {
            let link = NewLink { program_id, affiliate_id: id, host: input.host, slug: None, destination };
            link.check(state).map(|()| Some(link))
        }
    });
    let slug_is_derived = input.slug.is_none();
    let slug = input.slug.unwrap_or_else(|| derived(&name));
    let segment = checks.value(maybe("segment", input.segment.as_deref(), SEGMENT_MAX));
    let application = checks.value(application::checked(input.application));
    let notes = checks.value(notes(input.notes));
    checks.end()?;
    let affiliate = NewRow { id, slug, email, name, status, application, notes, joined_at: None };
    Ok(Ready { segment, link, ..Ready::of(affiliate, slug_is_derived) })
}

/// Validates notes, which may have several lines; blank text becomes `None`.
///
/// # Errors
/// 400 naming the field.
pub fn notes(text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\r' | '\t');
    if text.chars().count() > NOTES_MAX || text.chars().any(strange) {
        return Err(Error::field("notes", format!("notes must be at most {NOTES_MAX} characters")));
    }
    Ok(Some(text))
}

/// Creates an affiliate; after the commit, the caller must wake the pusher.
///
/// # Errors
/// 404 for a program, 409 for an email or slug that is taken; the caller must roll back then.
pub async fn make(tx: &mut TenantTx, state: &AppState, ready: Ready, now: Timestamp) -> Result<AffiliateWithLink> {
    let made = make_all(tx, state, vec![ready], now).await?.pop();
    made.ok_or_else(|| Error::internal("an affiliate was made and isn't there"))
}

/// Like [`make`], for several affiliates: creates all of them or none.
#[compiled_once]
pub async fn make_all(
    tx: &mut TenantTx,
    state: &AppState,
    mut ready: Vec<Ready>,
    now: Timestamp,
) -> Result<Vec<AffiliateWithLink>> {
    if ready.is_empty() {
        return Ok(Vec::new());
    }
    // Creating links locks the tenant, which everyone does before locking slugs.
    if ready.iter().any(|one| one.link.is_some()) {
        book::store::lock(tx).await?;
    }
    settle_slugs(tx, &mut ready).await?;
    let rows: Vec<&NewRow> = ready.iter().map(|ready| &ready.affiliate).collect();
    store::insert(tx, &rows, now).await.on_constraint("affiliates_organization_id_email_key", affiliate_exists)?;
    let addresses: Vec<&str> = rows.iter().map(|row| row.email.as_str()).collect();
    let compared = arrival::all_compared(tx, state, &addresses).await?;
    for (row, key) in rows.iter().zip(compared) {
        if let Some(key) = key {
            store::insert_email(tx, row.id, &key, Timestamp::EPOCH).await?;
        }
    }
    let approved: Vec<AffiliateId> =
        ready.iter().filter(|one| one.affiliate.status == "Approved").map(|one| one.affiliate.id).collect();
    for one in &ready {
        if let Some(segment) = &one.segment {
            plan_store::insert_segment(tx, one.affiliate.id, Some(segment), Timestamp::EPOCH, now).await?;
        }
    }
    sync::trigger::affiliates(tx, &approved, sync::Reason::Approved, now).await?;
    let requested: Vec<NewLink> = ready.iter_mut().filter_map(|ready| ready.link.take()).collect();
    let links = link::make_all(tx, state, requested, now).await?;
    let mut links: HashMap<AffiliateId, Link> = links.into_iter().map(|link| (link.affiliate_id, link)).collect();
    let silent: HashSet<AffiliateId> =
        ready.iter().filter(|one| one.awaits_entry).map(|one| one.affiliate.id).collect();
    let made: Vec<AffiliateWithLink> = ready
        .into_iter()
        .map(|one| AffiliateWithLink { link: links.remove(&one.affiliate.id), affiliate: view(one, now) })
        .collect();
    webhook::announce(tx, now, &events(&made, &silent)?).await?;
    Ok(made)
}

/// Picks the final slugs. A slug credits one affiliate only, whatever its host, and is part of links. A slug that was
/// derived from a name gets a suffix if another affiliate or the edge itself uses it, and another suffix if that is
/// taken too.
async fn settle_slugs(tx: &mut TenantTx, ready: &mut [Ready]) -> Result<()> {
    let mut seen = HashSet::new();
    let mut open: Vec<(String, &mut Ready)> = ready.iter_mut().map(|one| (one.affiliate.slug.clone(), one)).collect();
    for _ in 0..SUFFIXES_TRIED {
        let requested: Vec<_> = open.iter().map(|(_, one)| (one.affiliate.slug.clone(), one.affiliate.id)).collect();
        let slugs: Vec<String> = requested.iter().map(|(slug, _)| slug.clone()).collect();
        link_store::lock_slugs(tx, &slugs).await?;
        let taken = link_store::slugs_of_others(tx, &requested).await?;
        open = give_way(open, &taken, &mut seen)?;
        if open.is_empty() {
            return Ok(());
        }
    }
    Err(slug_taken())
}

/// Returns those whose slug is in `taken` (by position), in `seen`, or reserved, each with a new candidate to look up.
fn give_way<'a>(
    open: Vec<(String, &'a mut Ready)>,
    taken: &HashSet<usize>,
    seen: &mut HashSet<String>,
) -> Result<Vec<(String, &'a mut Ready)>> {
    let mut again = Vec::new();
    for (place, (base, one)) in open.into_iter().enumerate() {
        let slug = &one.affiliate.slug;
        if seen.insert(slug.to_ascii_lowercase()) && !taken.contains(&place) && !is_reserved(slug) {
            continue;
        }
        if !one.slug_is_derived {
            return Err(slug_taken());
        }
        one.affiliate.slug = format!("{base}-{}", suffix());
        again.push((base, one));
    }
    Ok(again)
}

/// The affiliate as the API returns it.
fn view(ready: Ready, now: Timestamp) -> Affiliate {
    let Ready { affiliate, segment, .. } = ready;
    Affiliate {
        id: affiliate.id,
        slug: affiliate.slug,
        email: affiliate.email,
        email_confirmed: false,
        name: affiliate.name,
        status: affiliate.status.to_owned(),
        status_reason: None,
        segment,
        application: affiliate.application,
        notes: affiliate.notes,
        created_at: now,
        joined_at: affiliate.joined_at.unwrap_or(now),
    }
}

fn events(made: &[AffiliateWithLink], silent: &HashSet<AffiliateId>) -> Result<Vec<Event>> {
    let message = |made: &AffiliateWithLink| {
        let approved = made.affiliate.status == "Approved";
        let kind = if approved { EventKind::AffiliateApproved } else { EventKind::AffiliateApplied };
        Event::of(kind, &made.affiliate)
    };
    // Invited affiliates are announced when they accept.
    let settled = made.iter().filter(|made| made.affiliate.status != "Invited" && !silent.contains(&made.affiliate.id));
    Ok(settled.map(message).collect::<std::result::Result<Vec<_>, _>>()?)
}

/// Converts `Lauren Vale` to `lauren-vale`.
pub fn derived(name: &str) -> String {
    let mut slug = kit::api::text::hyphenated(name);
    slug.truncate(DERIVED_MAX);
    let slug = slug.trim_end_matches('-');
    if slug.len() < 3 { format!("partner-{}", suffix()) } else { slug.to_owned() }
}

pub fn affiliate_exists() -> Error {
    let message = "Another affiliate already has this email address.";
    Error::new(StatusCode::CONFLICT, Code::AffiliateExists, message).with_field("email")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slugs_come_from_names() {
        assert_eq!(derived("Lauren Vale"), "lauren-vale");
        assert!(derived("日本").starts_with("partner-"));
        assert!(shared::config::is_slug(&derived(&"long ".repeat(60))));
    }

    #[test]
    fn a_suffix_that_somebody_has_is_chosen_anew() {
        let row = |number: u8| NewRow {
            id: AffiliateId::v7(u64::from(number), &[number; 10]),
            slug: "sam".to_owned(),
            email: format!("sam-{number}@x.test"),
            name: "Sam".to_owned(),
            status: "Approved",
            application: None,
            notes: None,
            joined_at: None,
        };
        let mut ready = [Ready::of(row(1), true), Ready::of(row(2), true)];
        let (mut seen, none) = (HashSet::new(), HashSet::new());
        let open = ready.iter_mut().map(|one| ("sam".to_owned(), one)).collect();
        let open = give_way(open, &none, &mut seen).unwrap();
        let second = |open: &[(String, &mut Ready)]| open.first().map(|(_, one)| one.affiliate.slug.clone()).unwrap();
        let first_try = second(&open);
        assert!(open.len() == 1 && first_try.starts_with("sam-"), "{first_try}");
        let open = give_way(open, &HashSet::from([0]), &mut seen).unwrap();
        assert_eq!((open.len(), second(&open).len()), (1, "sam-".len() + 4));
        assert!(give_way(open, &none, &mut seen).unwrap().is_empty());
        let mut own = [Ready::of(row(1), false)];
        let open = own.iter_mut().map(|one| ("sam".to_owned(), one)).collect();
        assert_eq!(
            give_way(open, &HashSet::from([0]), &mut seen).err().map(|error| error.status()),
            Some(StatusCode::CONFLICT)
        );
    }
}
