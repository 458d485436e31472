//! `POST /api/v1/affiliates/bulk-invite`: invites many affiliates in one request, with a result for each.

use std::collections::HashSet;

use axum::{extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::{
    id::{AffiliateId, PlanVersionId, ProgramId},
    money::{Currency, Money},
};
use utoipa::ToSchema;

use super::{
    accept_invite::{Invitation, InviteEmail, Newcomer},
    create, store,
};
use crate::link::create::program_in_use;
use engine::{book, consent::terms::TermsAccepted};
use identity::{
    access::{actor::Actor, api_key::WriteKey},
    api::write::Write,
    organization::{gate, plan::Feature},
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::commission::plan::{self, Pays};

pub const ROWS_MAX: usize = 500;
const BODY_MAX: usize = 512 * 1024;

/// The affiliates to invite, and the destination of their links.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq",
    "destination": "https://acme.test/pricing",
    "affiliates": [
        {"email": "lauren@creators.test", "name": "Lauren Vale", "slug": "lauren",
         "firstConversionBounty": {"amountCents": 5000, "currency": "USD"}},
        {"email": "nina@creators.test"}
    ]
}))]
pub struct BulkInvite {
    #[schema(value_type = String)]
    program_id: ProgramId,
    /// The destination of each affiliate's link. If you omit it, no links are created.
    destination: Option<String>,
    /// The links' host. Defaults to your first link host.
    host: Option<String>,
    /// Whether to email each affiliate a sign-in link. Defaults to true.
    notify: Option<bool>,
    /// 1 to 500 affiliates.
    #[schema(min_items = 1, max_items = 500)]
    affiliates: Vec<Invited>,
}

/// An affiliate to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Invited {
    #[schema(example = "lauren@creators.test")]
    pub email: String,
    /// Defaults to the part of the email address before the @.
    #[schema(example = "Lauren Vale")]
    pub name: Option<String>,
    /// Derived from the name if you omit it.
    #[schema(example = "lauren")]
    pub slug: Option<String>,
    /// The amount paid for the first sale of each customer they refer, in place of what the program pays for it. The
    /// affiliate gets their own plan: the program's current plan with this bounty. If the program already pays the same
    /// amount, they get no plan of their own.
    pub first_conversion_bounty: Option<Bounty>,
    /// The affiliate's acceptance of the program's terms, if they accepted them with you. An invitation alone isn't an
    /// acceptance.
    pub terms_accepted: Option<TermsAccepted>,
}

/// An amount of money.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Bounty {
    /// Amount in the currency's minor unit.
    #[schema(minimum = 1, example = 5000)]
    pub amount_cents: i64,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
}

/// The result of each row, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BulkInviteResult {
    /// The number of people who were invited.
    #[schema(example = 1)]
    invited: usize,
    /// The number of people who were left out.
    #[schema(example = 1)]
    skipped: usize,
    /// The result for each row, in the order of the request.
    rows: Vec<InvitedRow>,
}

/// The result of one row.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct InvitedRow {
    #[schema(example = "lauren@creators.test")]
    pub email: String,
    /// `Invited` or `Skipped`.
    #[schema(example = "Invited")]
    pub result: &'static str,
    /// Why the row was skipped: `affiliate_exists`, `duplicate` (the same address appears in an earlier row),
    /// `opted_out` (one of your customers who withdrew consent to be contacted, or a person who declined invitations;
    /// only with `notify`), `too_many_letters` (you reached the daily limit of emails), `slug_taken` or
    /// `validation_failed`.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// The reason in words.
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    /// The affiliate that was created, or that already existed.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// The link to share.
    #[schema(required, example = "https://go.acme.test/lauren")]
    pub link: Option<String>,
    /// The affiliate's own plan, if a bounty created one.
    #[schema(value_type = Option<String>, required, example = "plan_01kdvdna00e6k3t9v2m8x4r7qd")]
    pub plan_id: Option<PlanVersionId>,
}

/// Invite affiliates in bulk
///
/// Creates an approved affiliate for each row, with a link if you send a `destination`, and emails them a sign-in link.
/// An invalid row is skipped with a reason, and the other rows are still created. At most 500 rows and 512 KB.
#[utoipa::path(post, path = "/api/v1/affiliates/bulk-invite", tag = "Affiliates", operation_id = "bulkInviteAffiliates",
    params(IdempotencyKey),
    request_body = BulkInvite,
    responses(
        (status = 200, description = "The result of each row", body = BulkInviteResult),
        (status = 402, description = "`plan_tier_required`: your plan doesn't include it", body = ErrorSchema),
        (status = 404, description = "The program doesn't exist", body = ErrorSchema),
        (status = 413, description = "The body exceeds 512 KB", body = ErrorSchema),
        Refused))]
pub async fn bulk(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<BulkInvite, BODY_MAX>,
) -> Result<Response> {
    let requested = body.value;
    if !(1..=ROWS_MAX).contains(&requested.affiliates.len()) {
        return Err(Error::field("affiliates", format!("affiliates must have 1 to {ROWS_MAX} entries")));
    }
    let invitation = Invitation {
        program: requested.program_id,
        destination: requested.destination,
        host: requested.host,
        notify: requested.notify.unwrap_or(true),
        email: InviteEmail::Approval,
        note: None,
    };
    invitation.check(&state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    gate::require(&mut write.tx, &state, Feature::BulkInvite).await?;
    program_in_use(&mut write.tx, invitation.program).await?;
    // One list at a time: known affiliates can't change in the meantime.
    book::store::lock(&mut write.tx).await?;
    let (mut rows, mut seen) = (Vec::with_capacity(requested.affiliates.len()), HashSet::new());
    for person in &requested.affiliates {
        rows.push(invite(&mut write.tx, &state, &key.actor, &invitation, person, &mut seen).await?);
    }
    let invited = rows.iter().filter(|row| row.reason.is_none()).count();
    let result = BulkInviteResult { invited, skipped: rows.len() - invited, rows };
    let answer = if invited == 0 {
        write.unchanged(StatusCode::OK, &result).await?
    } else {
        write.audited();
        write.answer(StatusCode::OK, &result).await?
    };
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Invites one person of a list; requires the lock on the organization's tenant.
///
/// # Errors
/// Errors that affect the whole list.
pub async fn invite(
    tx: &mut TenantTx,
    state: &AppState,
    actor: &Actor,
    invitation: &Invitation,
    person: &Invited,
    seen: &mut HashSet<String>,
) -> Result<InvitedRow> {
    let newcomer = match newcomer(state, person) {
        Ok(newcomer) => newcomer,
        Err(error) => return Ok(skipped(person, &error, None)),
    };
    let email = newcomer.row.email.clone();
    if !seen.insert(email.clone()) {
        return Ok(InvitedRow {
            reason: Some("duplicate".to_owned()),
            message: Some("This email address appears earlier in the list.".to_owned()),
            ..blank(person, "Skipped")
        });
    }
    let now = state.clock.now();
    if let Some(known) = store::with_email(tx, &email, now).await? {
        return Ok(skipped(person, &create::affiliate_exists(), Some(known.id)));
    }
    match invitation.welcome(tx, state, actor, newcomer).await? {
        Ok(welcomed) => Ok(InvitedRow {
            affiliate_id: Some(welcomed.made.affiliate.id),
            link: welcomed.made.link.map(|link| link.url),
            plan_id: welcomed.plan.map(|plan| plan.id),
            ..blank(person, "Invited")
        }),
        Err(refusal) => Ok(skipped(person, &refusal, None)),
    }
}

fn newcomer(state: &AppState, person: &Invited) -> Result<Newcomer> {
    let mut newcomer = Newcomer::new(state, &person.email, person.name.as_deref(), person.slug.clone())?;
    newcomer.bounty = person.first_conversion_bounty.map(Bounty::checked).transpose()?;
    let terms = person.terms_accepted.as_ref().map(|terms| terms.checked(state.clock.now()));
    newcomer.terms = terms.transpose()?;
    Ok(newcomer)
}

impl Bounty {
    /// # Errors
    /// 400 naming the field.
    pub fn checked(self) -> Result<Money> {
        let bounty = Money::new(self.amount_cents, self.currency);
        plan::validate(&[Pays::FirstConversion(bounty).into()])
            .map_err(|invalid| Error::field("firstConversionBounty.amountCents", invalid.message))?;
        if bounty.minor < 1 {
            return Err(Error::field("firstConversionBounty.amountCents", "must be at least 1"));
        }
        Ok(bounty)
    }
}

fn blank(person: &Invited, result: &'static str) -> InvitedRow {
    InvitedRow {
        email: person.email.clone(),
        result,
        reason: None,
        message: None,
        affiliate_id: None,
        link: None,
        plan_id: None,
    }
}

fn skipped(person: &Invited, error: &Error, known: Option<AffiliateId>) -> InvitedRow {
    InvitedRow {
        reason: Some(error.body().code.as_str().to_owned()),
        message: Some(error.body().message.clone()),
        affiliate_id: known,
        ..blank(person, "Skipped")
    }
}
