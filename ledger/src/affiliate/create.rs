//! `POST /api/v1/affiliates`: an affiliate, and with a program also the link to share.

use std::ops::ControlFlow;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use shared::{
    error::ErrorBody,
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    affiliate_store::{self, NewAffiliate as NewRow},
    application, standing,
};
use crate::{
    access::api_key::WriteKey,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::{self, checked, maybe},
        view::{Affiliate, Link},
        write::Write,
    },
    audit::Entry,
    consent::terms::{self, TermsAccepted},
    db::{TenantTx, at},
    error::{Error, OnConstraint, Result},
    link::{
        create::{self as link, NewLink, check_slug, slug_taken, suffix},
        link_store,
    },
    privacy::arrival,
    program::{plan_store, plan_view::SEGMENT_MAX},
    state::AppState,
    sync,
    webhook::{self, Event, EventKind},
};

pub(crate) const NAME_MAX: usize = 200;
const NOTES_MAX: usize = 4_000;
/// Leaves room for a suffix.
const DERIVED_MAX: usize = 40;

/// What a new affiliate is made of.
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
    name: String,
    /// No two affiliates of yours have the same one.
    email: String,
    /// What sales name them by: 3 to 64 letters, digits, hyphens or underscores, the same in either case. Without it, made
    /// from the name.
    slug: Option<String>,
    /// `Approved` (default) or `Pending`: only approved affiliates are credited. One made approved always was: also sales
    /// of the past that name them count.
    status: Option<String>,
    /// What they answered when they applied: at most 50 texts, numbers, truths, lists of texts or objects of texts.
    #[schema(value_type = Option<Object>)]
    application: Option<Map<String, Value>>,
    /// For your own people: at most 4000 characters.
    notes: Option<String>,
    /// Holds from the beginning; change it with `PUT /affiliates/{id}/segment`.
    segment: Option<String>,
    /// Also makes a link of this program, to `destination`.
    #[schema(value_type = Option<String>)]
    program_id: Option<ProgramId>,
    /// Where the link leads: an absolute https URL.
    destination: Option<String>,
    /// The link's host; without it your first one.
    host: Option<String>,
    /// Where they accepted the program's terms with you.
    terms_accepted: Option<TermsAccepted>,
}

/// An affiliate, with the link that was made along.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AffiliateWithLink {
    #[serde(flatten)]
    pub(crate) affiliate: Affiliate,
    #[schema(required)]
    pub(crate) link: Option<Link>,
}

/// Create an affiliate
#[utoipa::path(post, path = "/api/v1/affiliates", tag = "Affiliates", operation_id = "createAffiliate",
    description = "With `programId` and `destination` also their first link.",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Sent again with the same body, the request gives the first one's answer.")),
    request_body = NewAffiliate,
    responses(
        (status = 201, description = "Made", body = AffiliateWithLink),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "No such program", body = ErrorSchema),
        (status = 409, description = "`affiliate_exists` (the e-mail address), `slug_taken`, or `idempotency_conflict`",
            body = ErrorSchema),
        (status = 413, description = "More than 64 KB", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewAffiliate>,
) -> Result<Response> {
    let (organization, now) = (key.organization, state.clock.now());
    let terms = body.value.terms_accepted.as_ref().map(|terms| terms.checked(now)).transpose()?;
    let ready = check(body.value, &state)?;
    let mut write = match Write::begin(&state, &key, idempotency, &body.request_digest).await? {
        ControlFlow::Continue(write) => write,
        ControlFlow::Break(earlier) => return Ok(earlier),
    };
    let made = make(&mut write.tx, &state, organization, ready, now).await?;
    write.audit(entry(&made)).await?;
    if let Some(accepted) = terms {
        terms::accept(&mut write.tx, &state, organization, made.affiliate.id, &accepted, &key.actor).await?;
    }
    let answer = write.answer(StatusCode::CREATED, &made).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

pub(super) fn entry(made: &AffiliateWithLink) -> Entry {
    let AffiliateWithLink { affiliate, link } = made;
    Entry::new("affiliate.created", affiliate.id).after(json!({
        "name": affiliate.name, "slug": affiliate.slug, "status": affiliate.status,
        "segment": affiliate.segment, "link": link.as_ref().map(|link| link.url.clone()),
    }))
}

/// Everything that is to be written.
pub(super) struct Ready {
    pub(super) affiliate: NewRow,
    pub(super) slug_is_derived: bool,
    pub(super) segment: Option<String>,
    pub(super) link: Option<NewLink>,
}

fn check(wanted: NewAffiliate, state: &AppState) -> Result<Ready> {
    let name = checked("name", &wanted.name, NAME_MAX)?;
    let email = text::email("email", &wanted.email)?;
    check_slug(wanted.slug.as_deref())?;
    let status = match wanted.status.as_deref() {
        None | Some("Approved") => "Approved",
        Some("Pending") => "Pending",
        Some(_) => return Err(Error::field("status", "status must be Approved or Pending")),
    };
    let id: AffiliateId = state.new_id();
    let link = match (wanted.program_id, wanted.destination) {
        (None, None) if wanted.host.is_none() => None,
        (None, _) => return Err(Error::field("programId", "programId is needed for a link: whose link is it?")),
        (Some(_), None) => {
            return Err(Error::field("destination", "destination is needed with programId: where does the link lead?"));
        }
        (Some(_), _) if status != "Approved" => {
            return Err(Error::field("status", "status must be Approved for an affiliate with a link"));
        }
        (Some(program_id), Some(destination)) => {
            let link = NewLink { program_id, affiliate_id: id, host: wanted.host, slug: None, destination };
            link.check(state)?;
            Some(link)
        }
    };
    let slug_is_derived = wanted.slug.is_none();
    let slug = wanted.slug.unwrap_or_else(|| derived(&name));
    let segment = maybe("segment", wanted.segment.as_deref(), SEGMENT_MAX)?;
    let application = application::checked(wanted.application)?;
    let notes = notes(wanted.notes)?;
    let affiliate = NewRow { id, slug, email, name, status, application, notes };
    Ok(Ready { affiliate, slug_is_derived, segment, link })
}

/// Several lines; blank is none.
///
/// # Errors
/// 400 naming the field.
pub(super) fn notes(text: Option<String>) -> Result<Option<String>> {
    let Some(text) = text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()) else { return Ok(None) };
    let strange = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    if text.chars().count() > NOTES_MAX || text.chars().any(strange) {
        return Err(Error::field("notes", format!("notes may have at most {NOTES_MAX} characters")));
    }
    Ok(Some(text))
}

pub(super) async fn make(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    ready: Ready,
    now: Timestamp,
) -> Result<AffiliateWithLink> {
    let Ready { mut affiliate, slug_is_derived, segment, link } = ready;
    let id = affiliate.id;
    // Whatever its host, a slug credits one affiliate only.
    link_store::lock_slug(tx, organization, &affiliate.slug).await?;
    if link_store::is_slug_of_another(tx, organization, &affiliate.slug, id).await? {
        if !slug_is_derived {
            return Err(slug_taken());
        }
        affiliate.slug = format!("{}-{}", affiliate.slug, suffix());
        link_store::lock_slug(tx, organization, &affiliate.slug).await?;
    }
    affiliate_store::insert(tx, organization, &affiliate, now)
        .await
        .on_constraint("affiliates_organization_id_email_key", affiliate_exists)?;
    if let Some(key) = arrival::compared(tx, state, organization, &affiliate.email).await? {
        affiliate_store::insert_email(tx, organization, id, &key, Timestamp::EPOCH).await?;
    }
    if let Some(segment) = segment {
        plan_store::insert_segment(tx, organization, id, Some(&segment), at(Timestamp::EPOCH), now).await?;
    }
    if affiliate.status == "Approved" {
        sync::trigger::affiliate(tx, organization, id, sync::Reason::Approved, now).await?;
    }
    let link = match link {
        Some(link) => Some(link::make(tx, state, organization, link, now).await?),
        None => None,
    };
    let affiliate = standing::read(tx, state, organization, id).await?;
    let told = if affiliate.status == "Approved" { EventKind::AffiliateApproved } else { EventKind::AffiliateApplied };
    webhook::announce(tx, organization, now, &[Event::of(told, &affiliate)?]).await?;
    Ok(AffiliateWithLink { affiliate, link })
}

/// `Lauren Vale` as `lauren-vale`.
pub(super) fn derived(name: &str) -> String {
    let mut slug = crate::program::create::hyphenated(name);
    slug.truncate(DERIVED_MAX);
    let slug = slug.trim_end_matches('-');
    if slug.len() < 3 { format!("partner-{}", suffix()) } else { slug.to_owned() }
}

pub(super) fn affiliate_exists() -> Error {
    let body = ErrorBody::new("affiliate_exists", "Another affiliate of yours has this e-mail address.");
    Error::from_body(StatusCode::CONFLICT, body.with_field("email"))
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
}
