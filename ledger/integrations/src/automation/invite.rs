//! `POST /api/v1/automations/invite`: invites an affiliate by email, unless they already are one.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Serialize;
use shared::{
    id::{PlanVersionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    call::Call,
    response::{NumberOrText, Outcome, Why},
};
use engine::book;
use identity::{
    access::api_key::AutomationKey,
    api::write::Write,
    organization::{gate, plan::Feature},
};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::Affiliate,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use programs::{
    affiliate::{
        accept_invite::{Invitation, InviteEmail, Newcomer, Welcomed},
        create::NAME_MAX,
        invite::Bounty,
        store,
    },
    link::{create::program_in_use, read::link_scheme},
};
use rules::customer::mailbox::email_key;

/// The person to invite, and the program. Send JSON, a form (`firstConversionBounty[amountCents]=5000`) or query
/// parameters. Unknown fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(as = AutomationInvite, rename_all = "camelCase", example = json!({
    "email": "ada@creators.test", "firstName": "Ada", "lastName": "Moss",
    "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "destination": "https://acme.test/pricing",
    "firstConversionBounty": {"amountCents": 5000, "currency": "USD"}
}))]
#[expect(dead_code, reason = "describes what `call` reads")]
pub struct InviteCall {
    /// The person's email, in upper or lower case, with or without spaces around it. An empty value returns
    /// `skipped`.
    #[schema(required)]
    email: Option<String>,
    /// The full name; alternatively, send `firstName` and `lastName`. Defaults to the part of the email before the @.
    name: Option<String>,
    /// The person's first name.
    first_name: Option<String>,
    /// The person's last name.
    last_name: Option<String>,
    program_id: String,
    /// The landing page of their link. Without it, they don't get a link yet.
    destination: Option<String>,
    /// The link's host. Defaults to your first link host.
    host: Option<String>,
    /// A bounty for the first sale of each customer they refer, instead of what the program pays for it. Only an
    /// affiliate that this request creates gets it.
    first_conversion_bounty: Option<BountyCall>,
    /// Whether to email them a sign-in link. Defaults to `true`.
    notify: Option<bool>,
}

/// An amount in the currency's minor unit.
#[derive(Debug, ToSchema)]
#[schema(as = AutomationBounty, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes what `call` reads")]
pub struct BountyCall {
    #[schema(value_type = NumberOrText, example = 5000)]
    amount_cents: NumberOrText,
    #[schema(example = "USD")]
    currency: String,
}

/// The result of the request.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = AutomationInviteResult)]
pub struct InviteResult {
    #[serde(flatten)]
    outcome: Outcome,
    /// The affiliate's current state; `status` says whether they may promote. An invitation never approves an
    /// affiliate who applied or was banned.
    #[schema(required)]
    affiliate: Option<Affiliate>,
    /// The link to share: their first one.
    #[schema(required, example = "https://go.acme.test/ada-moss")]
    link: Option<String>,
    /// Their custom plan, if this request created one for the bounty.
    #[schema(value_type = Option<String>, required, example = "plan_01kdvdna00e6k3t9v2m8x4r7qd")]
    plan_id: Option<PlanVersionId>,
}

/// Invite an affiliate
///
/// Creates an approved affiliate with a link and emails them, unless an affiliate already has this email, or was banned
/// or rejected under another spelling of it. `result` is `invited`, `already` or `skipped`, each with status 200. A
/// repeated request creates nothing and sends no email. An invitation doesn't accept the program's terms: affiliates
/// accept them in their portal.
#[utoipa::path(post, path = "/api/v1/automations/invite", tag = "Automations", operation_id = "inviteAffiliate",
    params(IdempotencyKey),
    request_body = InviteCall,
    responses(
        (status = 200, description = "The result", body = InviteResult),
        (status = 402, description = "`plan_tier_required` (your plan doesn't include this)", body = ErrorSchema),
        (status = 404, description = "The program or link host doesn't exist", body = ErrorSchema),
        (status = 429, description = "`rate_limited`; or `too_many_letters`: you reached the daily limit of emails to \
                                      new people", body = ErrorSchema),
        Refused))]
pub async fn invite(
    State(state): State<AppState>,
    AutomationKey(key): AutomationKey,
    idempotency: IdempotencyKey,
    call: Call,
) -> Result<Response> {
    let (invitation, bounty) = (invitation(&call)?, bounty(&call)?);
    invitation.check(&state)?;
    let (email, name) = (call.email()?, call.name(NAME_MAX)?);
    let mut write = Write::begin(&state, &key, idempotency.with(call.digest)).await?;
    gate::require(&mut write.tx, &state, Feature::BulkInvite).await?;
    program_in_use(&mut write.tx, invitation.program).await?;
    let email = match email {
        Ok(email) => email,
        Err(why) => return write.unchanged(StatusCode::OK, &skipped(why)).await,
    };
    // Serializes invitations, so that the lookup below can't miss an affiliate whom a concurrent request creates.
    book::store::lock(&mut write.tx).await?;
    if let Some(known) = known(&mut write.tx, &email, state.clock.now()).await? {
        let place = store::link_places(&mut write.tx, known.id).await?.into_iter().next();
        let link = place.map(|place| format!("{}://{place}", link_scheme(&state.config)));
        let outcome = Outcome::of("already", known.id);
        let result = InviteResult { outcome, affiliate: Some(known), link, plan_id: None };
        return write.unchanged(StatusCode::OK, &result).await;
    }
    let mut newcomer = Newcomer::new(&state, &email, name.as_deref(), None)?;
    newcomer.bounty = bounty;
    let Welcomed { made, plan } = match invitation.welcome(&mut write.tx, &state, &key.actor, newcomer).await? {
        Ok(welcomed) => welcomed,
        // The day's limit isn't about this person: the CRM repeats the call.
        Err(refusal) if refusal.status() == StatusCode::TOO_MANY_REQUESTS => return Err(refusal),
        Err(_) => return write.unchanged(StatusCode::OK, &skipped(Why::OptedOut)).await,
    };
    write.audited();
    let result = InviteResult {
        outcome: Outcome::of("invited", made.affiliate.id),
        affiliate: Some(made.affiliate),
        link: made.link.map(|link| link.url),
        plan_id: plan.map(|plan| plan.id),
    };
    let answer = write.answer(StatusCode::OK, &result).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// The affiliate with this address, or one who was banned or rejected under another spelling of it: they don't come back
/// that way.
async fn known(tx: &mut TenantTx, email: &str, now: Timestamp) -> Result<Option<Affiliate>> {
    if let Some(known) = store::with_email(tx, email, now).await? {
        return Ok(Some(known));
    }
    let Some(refused) = store::refused_email(tx, &email_key(email)).await? else { return Ok(None) };
    Ok(store::with_email(tx, &refused, now).await?)
}

const fn skipped(why: Why) -> InviteResult {
    InviteResult { outcome: Outcome::because(why, None), affiliate: None, link: None, plan_id: None }
}

fn invitation(call: &Call) -> Result<Invitation> {
    let program: ProgramId = call.program()?;
    let (destination, host) = (call.text("destination")?, call.text("host")?);
    let notify = call.truth("notify")?.unwrap_or(true);
    Ok(Invitation { program, destination, host, notify, email: InviteEmail::Approval, note: None })
}

fn bounty(call: &Call) -> Result<Option<Money>> {
    if !call.has("firstConversionBounty") {
        return Ok(None);
    }
    let amount = call.whole("firstConversionBounty.amountCents")?;
    let currency = call.read("firstConversionBounty.currency", "a currency such as USD", |text| {
        text.to_ascii_uppercase().parse::<Currency>().ok()
    })?;
    match (amount, currency) {
        (Some(amount_cents), Some(currency)) => Bounty { amount_cents, currency }.checked().map(Some),
        _ => Err(Error::field("firstConversionBounty", "firstConversionBounty needs amountCents and currency")),
    }
}
