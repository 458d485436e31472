//! `POST /api/v1/affiliates/{id}/approve` and `/reject`: the decision on an application.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::id::{AffiliateId, ProgramId};
use utoipa::ToSchema;

use super::{
    create::AffiliateWithLink, email, first_link_store::first_links, first_login, status_change, store,
    unsolicited_email::NotSent,
};
use crate::link::create::{self as link, NewLink};
use engine::{
    book,
    consent::terms::{self, Accepted, TermsAccepted},
};
use identity::{
    access::{actor::Actor, api_key::WriteKey},
    api::write::Write,
    audit::{self, Entry},
};
use kit::{
    api::{
        body::OptionalBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        path::PathId,
        text,
        view::Affiliate,
    },
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use outbox::webhook::{self, Event, EventKind};

pub const REASON_MAX: usize = 1_000;

/// Options for an approval. All of them are optional.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "destination": "https://acme.test/pricing"
}))]
pub struct Approval {
    /// Also creates a link of this program to `destination`. If you omit both, an applicant from a program page gets
    /// the link that the page promises.
    #[schema(value_type = Option<String>)]
    pub program_id: Option<ProgramId>,
    /// The link's destination: an absolute https URL.
    pub destination: Option<String>,
    /// The link's host. Defaults to your first link host.
    pub host: Option<String>,
    /// Whether to email the affiliate a sign-in link. Defaults to true. People who declined such emails and didn't
    /// apply on one of your pages get none.
    pub notify: Option<bool>,
    /// The affiliate's acceptance of the program's terms, if they accepted them with you.
    pub terms_accepted: Option<TermsAccepted>,
}

/// The reason for a rejection, and whether to notify the applicant.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"reason": "We work with creators who write about cooking.", "notify": true}))]
pub struct Rejection {
    /// 1 to 1000 characters. Included in the email.
    reason: Option<String>,
    /// Whether to email the applicant. Defaults to true.
    notify: Option<bool>,
}

/// Approve an affiliate
///
/// Approves a Pending or Rejected affiliate. They earn on sales from now on; earlier sales aren't credited to them.
/// They get an email with their tracking links and a single-use sign-in link that is valid for 14 days. An affiliate
/// who is already approved is returned unchanged, and no email is sent again. To reinstate a banned or archived
/// affiliate, `PATCH` the status.
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/approve", tag = "Affiliates", operation_id = "approveAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body(content = Option<Approval>, description = "Optional"),
    responses(
        (status = 200, description = "The affiliate, with the link that was created", body = AffiliateWithLink),
        (status = 404, description = "The affiliate doesn't exist, or (with `field`) the program doesn't exist",
            body = ErrorSchema),
        (status = 409, description = "`wrong_status`: the affiliate is banned or archived; `slug_taken`; or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn approve(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Approval>,
) -> Result<Response> {
    let ready = ReadyApproval::check(id, body.value, &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (approved, entry) = approve_one(&mut write.tx, &state, &key.actor, ready).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &approved).await };
    write.audit(entry).await?;
    let answer = write.answer(StatusCode::OK, &approved).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// An approval after all checks that don't need the database.
#[derive(Debug)]
pub struct ReadyApproval {
    id: AffiliateId,
    link: Option<NewLink>,
    notify: bool,
    terms: Option<Accepted>,
}

impl ReadyApproval {
    /// # Errors
    /// 400 naming the field.
    pub fn check(id: AffiliateId, input: Approval, state: &AppState) -> Result<Self> {
        let terms = input.terms_accepted.as_ref().map(|terms| terms.checked(state.clock.now())).transpose()?;
        let notify = input.notify.unwrap_or(true);
        Ok(Self { id, link: first_link(id, input, state)?, notify, terms })
    }
}

/// Approves one affiliate. Returns no audit entry if they are already approved. Locks the organization's tenant; after
/// the commit, the caller must wake the pusher.
///
/// # Errors
/// 404; 409 `wrong_status` or `slug_taken`; the caller must roll back then.
pub async fn approve_one(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    ready: ReadyApproval,
) -> Result<(AffiliateWithLink, Option<Entry>)> {
    let ReadyApproval { id, link, notify, terms } = ready;
    book::store::lock(tx).await?;
    let before = status_change::read(tx, state, id).await?;
    if before.status == "Approved" {
        return Ok((AffiliateWithLink { affiliate: before, link: None }, None));
    }
    may_be_decided(&before)?;
    first_login::decided(tx, state, id, actor).await?;
    let approved = make_approved(tx, state, (id, actor), link.map(|link| vec![link])).await?;
    if let Some(accepted) = terms {
        terms::accept(tx, state, id, &accepted, actor).await?;
    }
    let notify = notify && notified(email::approved(tx, state, &approved.affiliate, None).await?)?;
    let entry = Entry::new("affiliate.approved", id).before(json!({"status": before.status})).after(json!({
        "status": "Approved", "notify": notify, "link": approved.link.as_ref().map(|link| link.url.clone()),
    }));
    Ok((approved, Some(entry)))
}

fn first_link(id: AffiliateId, input: Approval, state: &AppState) -> Result<Option<NewLink>> {
    let Approval { program_id, destination, host, .. } = input;
    let link = match (program_id, destination) {
        (None, None) if host.is_none() => return Ok(None),
        (None, _) => return Err(Error::field("programId", "programId is required to create a link")),
        (Some(_), None) => {
            return Err(Error::field("destination", "destination is required with programId"));
        }
        (Some(program_id), Some(destination)) => {
            NewLink { program_id, affiliate_id: id, host, slug: None, destination }
        }
    };
    link.check(state)?;
    Ok(Some(link))
}

/// Approves the affiliate and creates the link; requires the lock on the organization's tenant. Someone who was approved
/// before, such as an archived affiliate who applied again, is announced as reinstated.
pub(super) async fn make_approved(
    tx: &mut TenantTx,
    state: &AppState,
    (id, actor): (AffiliateId, &Actor),
    links: Option<Vec<NewLink>>,
) -> Result<AffiliateWithLink> {
    let now = state.clock.now();
    let was_approved = store::was_approved(tx, id).await?;
    status_change::change(tx, state, id, "Approved", None).await?;
    // An applicant gets the links that the pages of their programs promise.
    let requested = match links {
        None => first_links(tx, id).await?,
        Some(requested) => requested,
    };
    let mut links = link::make_all(tx, state, requested, now).await?.into_iter();
    // The entry about the approval names the first one.
    let link = links.next();
    for other in links {
        audit::record(tx, actor, now, link::entry(&other)).await?;
    }
    let affiliate = status_change::read(tx, state, id).await?;
    let kind = if was_approved { EventKind::AffiliateReinstated } else { EventKind::AffiliateApproved };
    webhook::announce(tx, now, &[Event::of(kind, &affiliate)?]).await?;
    Ok(AffiliateWithLink { affiliate, link })
}

/// Approves an affiliate who accepts the brand's invitation to a program, whose link the caller creates. Requires the lock
/// on the organization's tenant; after the commit, the caller must wake the pusher.
///
/// # Errors
/// Database and booking errors; the caller must roll back then.
pub async fn by_invitation(tx: &mut TenantTx, state: &AppState, before: &Affiliate, actor: &Actor) -> Result<()> {
    first_login::decided(tx, state, before.id, actor).await?;
    // An invitation to one program doesn't bring the links of those for which the brand rejected them.
    let links = (before.status == "Rejected").then(Vec::new);
    let approved = make_approved(tx, state, (before.id, actor), links).await?;
    let entry = Entry::new("affiliate.approved", before.id).before(json!({"status": before.status})).after(json!({
        "status": "Approved", "automatic": true, "link": approved.link.map(|link| link.url),
    }));
    audit::record(tx, actor, state.clock.now(), entry).await
}

/// Reject an application
///
/// Rejects a Pending application. The audit log records the reason and whether the applicant was notified. An
/// application that is already rejected is returned unchanged, and no email is sent again.
#[utoipa::path(post, path = "/api/v1/affiliates/{id}/reject", tag = "Affiliates", operation_id = "rejectAffiliate",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        IdempotencyKey),
    request_body(content = Option<Rejection>, description = "Optional"),
    responses(
        (status = 200, description = "The affiliate", body = Affiliate),
        (status = 409, description = "`wrong_status`: the affiliate is approved, banned or archived; or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn reject(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<AffiliateId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Rejection>,
) -> Result<Response> {
    let reason = text::maybe("reason", body.value.reason.as_deref(), REASON_MAX)?;
    let notify = body.value.notify.unwrap_or(true);
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let (after, entry) = reject_one(&mut write.tx, &state, id, reason.as_deref(), notify).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &after).await };
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &after).await
}

/// Rejects one application with a validated reason. Returns no audit entry if it is already rejected. Locks the
/// organization's tenant.
///
/// # Errors
/// 404; 409 `wrong_status`; the caller must roll back then.
pub async fn reject_one(
    tx: &mut TenantTx,
    state: &AppState,
    id: AffiliateId,
    reason: Option<&str>,
    notify: bool,
) -> Result<(Affiliate, Option<Entry>)> {
    book::store::lock(tx).await?;
    let before = status_change::read(tx, state, id).await?;
    if before.status == "Rejected" {
        return Ok((before, None));
    }
    if before.status == "Approved" {
        return Err(wrong_status("The affiliate is already approved. Ban or archive them instead."));
    }
    may_be_decided(&before)?;
    status_change::change(tx, state, id, "Rejected", reason).await?;
    let after = status_change::read(tx, state, id).await?;
    let notified = Event::of(EventKind::AffiliateRejected, &after)?;
    webhook::announce(tx, state.clock.now(), &[notified]).await?;
    let notify = notify && self::notified(email::rejected(tx, state, &after).await?)?;
    let entry = Entry::new("affiliate.rejected", id)
        .before(json!({"status": before.status}))
        .after(json!({"status": "Rejected", "reason": reason, "notify": notify}));
    Ok((after, Some(entry)))
}

/// Whether the email was sent. An opt-out doesn't prevent the decision.
fn notified(kept: Option<NotSent>) -> Result<bool> {
    match kept {
        None => Ok(true),
        Some(NotSent::OptedOut | NotSent::Unsubscribed) => Ok(false),
        Some(kept @ NotSent::TooMany(_)) => Err(kept.error()),
    }
}

fn may_be_decided(affiliate: &Affiliate) -> Result<()> {
    match affiliate.status.as_str() {
        "Pending" | "Rejected" => Ok(()),
        "Invited" => Err(wrong_status("The affiliate hasn't accepted the invitation yet.")),
        other => Err(wrong_status(&format!("The affiliate's status is {other}. Change the status instead."))),
    }
}

pub fn wrong_status(message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, Code::WrongStatus, message)
}
