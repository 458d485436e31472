//! `POST /api/v1/affiliates/bulk-invite`: many affiliates at once, each told apart.

use std::{collections::HashSet, ops::ControlFlow};

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::id::{AffiliateId, OrganizationId, ProgramId};
use utoipa::ToSchema;

use super::{
    affiliate_store::{self, Filter, NewAffiliate as NewRow},
    create::{self, NAME_MAX, Ready, derived},
    letter,
};
use crate::{
    access::api_key::WriteKey,
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::{self, checked},
        write::Write,
    },
    book,
    db::TenantTx,
    error::{Error, Result},
    link::{
        create::{NewLink, check_slug, program_in_use, slug_taken},
        link_store,
    },
    organization::{gate, plan::Feature},
    state::AppState,
};

const ROWS_MAX: usize = 500;
const BODY_MAX: usize = 512 * 1024;

/// Whom to invite, and where their links lead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "destination": "https://acme.test/pricing",
    "affiliates": [
        {"email": "lauren@creators.test", "name": "Lauren Vale", "slug": "lauren"},
        {"email": "nina@creators.test"}
    ]
}))]
pub struct BulkInvite {
    #[schema(value_type = String)]
    program_id: ProgramId,
    /// Where each one's link leads; without it nobody gets a link yet.
    destination: Option<String>,
    /// The links' host; without it your first one.
    host: Option<String>,
    /// Whether they are told by mail, with a way to sign in; true, if not given.
    notify: Option<bool>,
    /// 1 to 500.
    #[schema(min_items = 1, max_items = 500)]
    affiliates: Vec<Invited>,
}

/// Whom.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invited {
    #[schema(example = "lauren@creators.test")]
    email: String,
    /// Without it, what stands before the @.
    #[schema(example = "Lauren Vale")]
    name: Option<String>,
    /// Without it, made from the name.
    #[schema(example = "lauren")]
    slug: Option<String>,
}

/// What became of each row, in their order.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkInviteResult {
    #[schema(example = 1)]
    invited: usize,
    #[schema(example = 1)]
    skipped: usize,
    rows: Vec<InvitedRow>,
}

/// What became of one row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedRow {
    #[schema(example = "lauren@creators.test")]
    email: String,
    /// `Invited` or `Skipped`.
    #[schema(example = "Invited")]
    result: &'static str,
    /// Why it was skipped: `affiliate_exists`, `duplicate` (the address stands further up), `slug_taken` or
    /// `validation_failed`.
    #[schema(required, example = json!(null))]
    reason: Option<String>,
    /// The same in words.
    #[schema(required, example = json!(null))]
    message: Option<String>,
    /// Who was made, or was there before.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: Option<AffiliateId>,
    /// What to share.
    #[schema(required, example = "https://go.acme.test/lauren")]
    link: Option<String>,
}

/// Invite many affiliates
///
/// Each becomes an approved affiliate, with a link where there is a `destination`, and gets a mail with a way to sign in.
/// A row that can't be taken is skipped with its reason; the others are made all the same. At most 500 rows and 512 KB.
#[utoipa::path(post, path = "/api/v1/affiliates/bulk-invite", tag = "Affiliates", operation_id = "bulkInviteAffiliates",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Sent again with the same body, the request gives the first one's answer.")),
    request_body = BulkInvite,
    responses(
        (status = 200, description = "What became of each row", body = BulkInviteResult),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include it", body = ErrorSchema),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "No such program", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn bulk(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<BulkInvite, BODY_MAX>,
) -> Result<Response> {
    let (organization, wanted) = (key.organization, body.value);
    if !(1..=ROWS_MAX).contains(&wanted.affiliates.len()) {
        return Err(Error::field("affiliates", format!("affiliates must be 1 to {ROWS_MAX}")));
    }
    if wanted.host.is_some() && wanted.destination.is_none() {
        return Err(Error::field("destination", "destination is needed with host: where do the links lead?"));
    }
    // Whose link it is doesn't matter for what can be said of it by now.
    link_of(&wanted, state.new_id()).map_or(Ok(()), |link| link.check(&state))?;
    let mut write = match Write::begin(&state, &key, idempotency, &body.request_digest).await? {
        ControlFlow::Continue(write) => write,
        ControlFlow::Break(earlier) => return Ok(earlier),
    };
    gate::require(&mut write.tx, &state, organization, Feature::BulkInvite).await?;
    program_in_use(&mut write.tx, organization, wanted.program_id).await?;
    // One list at a time: who is known by then stays known.
    book::store::lock(&mut write.tx, &[organization]).await?;
    let (mut rows, mut seen) = (Vec::with_capacity(wanted.affiliates.len()), HashSet::new());
    for person in &wanted.affiliates {
        rows.push(invite(&mut write, &state, &wanted, person, &mut seen).await?);
    }
    let invited = rows.iter().filter(|row| row.reason.is_none()).count();
    let result = BulkInviteResult { invited, skipped: rows.len() - invited, rows };
    let answer = if invited == 0 {
        write.unchanged(StatusCode::OK, &result).await?
    } else {
        write.answer(StatusCode::OK, &result).await?
    };
    state.edge_config_changed.notify_one();
    Ok(answer)
}

fn link_of(wanted: &BulkInvite, affiliate_id: AffiliateId) -> Option<NewLink> {
    let destination = wanted.destination.clone()?;
    Some(NewLink { program_id: wanted.program_id, affiliate_id, host: wanted.host.clone(), slug: None, destination })
}

async fn invite(
    write: &mut Write<'_>,
    state: &AppState,
    wanted: &BulkInvite,
    person: &Invited,
    seen: &mut HashSet<String>,
) -> Result<InvitedRow> {
    let organization = write.key.organization;
    let row = match new_row(state, person) {
        Ok(row) => row,
        Err(error) => return Ok(skipped(person, &error, None)),
    };
    if !seen.insert(row.email.clone()) {
        return Ok(InvitedRow {
            reason: Some("duplicate".to_owned()),
            message: Some("This address stands further up in the list.".to_owned()),
            ..blank(person, "Skipped")
        });
    }
    let filter = Filter { email: Some(row.email.clone()), limit: 1, ..Filter::default() };
    if let Some(known) = affiliate_store::list(&mut write.tx, organization, &filter, state.clock.now()).await?.pop() {
        return Ok(skipped(person, &create::affiliate_exists(), Some(known.id)));
    }
    if person.slug.is_some() && is_taken(&mut write.tx, organization, &row).await? {
        return Ok(skipped(person, &slug_taken(), None));
    }
    let ready =
        Ready { link: link_of(wanted, row.id), affiliate: row, slug_is_derived: person.slug.is_none(), segment: None };
    let made = create::make(&mut write.tx, state, organization, ready, state.clock.now()).await?;
    if wanted.notify.unwrap_or(true) {
        letter::approved(&mut write.tx, state, organization, &made.affiliate).await?;
    }
    write.audit(create::entry(&made)).await?;
    Ok(InvitedRow {
        affiliate_id: Some(made.affiliate.id),
        link: made.link.map(|link| link.url),
        ..blank(person, "Invited")
    })
}

async fn is_taken(tx: &mut TenantTx, organization: OrganizationId, row: &NewRow) -> Result<bool> {
    link_store::lock_slug(tx, organization, &row.slug).await?;
    Ok(link_store::is_slug_of_another(tx, organization, &row.slug, row.id).await?)
}

fn new_row(state: &AppState, person: &Invited) -> Result<NewRow> {
    let email = text::email("email", &person.email)?;
    let name = match person.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) {
        Some(name) => checked("name", name, NAME_MAX)?,
        None => email.split('@').next().unwrap_or_default().chars().take(NAME_MAX).collect(),
    };
    check_slug(person.slug.as_deref())?;
    let slug = person.slug.clone().unwrap_or_else(|| derived(&name));
    Ok(NewRow { id: state.new_id(), slug, email, name, status: "Approved", application: None, notes: None })
}

fn blank(person: &Invited, result: &'static str) -> InvitedRow {
    InvitedRow { email: person.email.clone(), result, reason: None, message: None, affiliate_id: None, link: None }
}

fn skipped(person: &Invited, error: &Error, known: Option<AffiliateId>) -> InvitedRow {
    InvitedRow {
        reason: Some(error.body().code.clone()),
        message: Some(error.body().message.clone()),
        affiliate_id: known,
        ..blank(person, "Skipped")
    }
}
