//! `POST /api/v1/conversions/{id}/reattribute`: a person decides who is credited, or that no one is.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use serde_json::json;
use shared::id::{AffiliateId, ConversionId, ProgramId};
use utoipa::ToSchema;

use super::{apply, reason, store};
use crate::{
    api::{
        store::{Filter, conversions},
        unknown,
    },
    conversion,
    history::{Decision, DecisionKind, Reach},
    lookup_store,
};
use identity::{access::api_key::WriteKey, api::write::Write, audit::Entry};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        view::Conversion as View,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::conversion::Conversion;

/// The affiliate to credit.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reattribution {
    /// An approved affiliate. Null removes the credit.
    #[serde(deserialize_with = "Option::deserialize")]
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// Defaults to the conversion's own program, else to the only program in which the affiliate has a link.
    #[schema(value_type = Option<String>, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: Option<ProgramId>,
    /// `Customer` (default) or `Conversion`: this conversion and everything the customer buys later, or this conversion
    /// only.
    #[schema(example = "Customer")]
    pub reach: Option<String>,
    /// 1 to 1000 characters.
    #[schema(example = "The customer wrote that Lauren sent them.")]
    pub reason: String,
}

/// Re-attribute a conversion
#[utoipa::path(post, path = "/api/v1/conversions/{id}/reattribute", tag = "Decisions",
    operation_id = "reattributeConversion",
    description = "Records a decision, not an edit: it is stored with its author and reason, and takes precedence \
                   over every attribution rule. The conversion's commissions are reversed and earned again under the \
                   new affiliate's plan; any amount already paid becomes a negative balance of the previous \
                   affiliate. A customer who was bound in the program keeps the date from which months are counted, \
                   and the plan of that date. If you remove the credit with the reach `Customer`, earlier clicks, \
                   coupons and leads no longer credit anyone with the customer's later purchases.",
    params(("id" = String, Path, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = Reattribution,
    responses(
        (status = 200, description = "The updated conversion", body = View),
        (status = 404, description = "The conversion, affiliate or program doesn't exist; `field` names the affiliate \
                                      or program", body = ErrorSchema),
        Refused))]
pub async fn reattribute(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Reattribution>,
) -> Result<Response> {
    let ready = Ready::check(body.value)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = write.actor();
    let (conversion, entry) = reattribute_one(&mut write.tx, &state, &id, ready, &actor).await?;
    write.audit(entry).await?;
    let view = read(&mut write.tx, conversion).await?;
    write.answer(StatusCode::OK, &view).await
}

/// A re-attribution that passed all checks that don't need the database.
#[derive(Debug)]
pub struct Ready {
    pub affiliate: Option<AffiliateId>,
    pub program: Option<ProgramId>,
    pub reach: Reach,
    pub reason: String,
}

impl Ready {
    /// Validates the request.
    ///
    /// # Errors
    /// 400 naming `reach` or `reason`.
    pub fn check(requested: Reattribution) -> Result<Self> {
        let reason = reason::checked(&requested.reason)?;
        let reach = match requested.reach.as_deref() {
            None => Reach::Customer,
            Some(text) => {
                Reach::parse(text).ok_or_else(|| Error::field("reach", "reach must be Customer or Conversion"))?
            }
        };
        Ok(Self { affiliate: requested.affiliate_id, program: requested.program_id, reach, reason })
    }
}

/// Changes the credit of a conversion; returns its id and the audit log entry.
///
/// # Errors
/// 400 or 404 naming the field; the caller must then roll back.
pub async fn reattribute_one(
    tx: &mut TenantTx,
    state: &AppState,
    id: &str,
    ready: Ready,
    actor: &str,
) -> Result<(ConversionId, Entry)> {
    let Ready { affiliate, program: named, reach, reason } = ready;
    let conversion = known(tx, id).await?;
    let credit = match affiliate {
        Some(affiliate) => Some((program(tx, &conversion, affiliate, named).await?, affiliate)),
        None => None,
    };
    let decision = Decision {
        id: state.new_id::<shared::id::Decision>().uuid(),
        kind: DecisionKind::Reattribute,
        conversion_id: Some(conversion.id),
        commission_id: None,
        credit,
        reach: Some(reach),
        reason,
        about_claim: false,
        repeats_from: None,
        decided_at: state.clock.now(),
    };
    let details = json!({
        "programId": credit.map(|(program, _)| program), "affiliateId": credit.map(|(_, affiliate)| affiliate),
        "reach": reach.as_str(), "reason": decision.reason,
    });
    apply::apply(tx, state, &[decision], actor).await?;
    Ok((conversion.id, Entry::new("conversion.reattributed", conversion.id).after(details)))
}

/// The conversion with that id.
///
/// # Errors
/// 404 for an unknown conversion.
pub async fn known(tx: &mut TenantTx, id: &str) -> Result<Conversion> {
    let id: ConversionId = id.parse().map_err(|_| Error::not_found())?;
    let found = conversion::store::by_id(tx, &[id]).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// Loads the conversion as the API shows it.
pub(super) async fn read(tx: &mut TenantTx, id: ConversionId) -> Result<View> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let found = conversions(tx, &filter).await?;
    found.into_iter().next().ok_or_else(|| Error::internal("a conversion that went away"))
}

/// Returns the program in which the affiliate is credited.
async fn program(
    tx: &mut TenantTx,
    conversion: &Conversion,
    affiliate: AffiliateId,
    named: Option<ProgramId>,
) -> Result<ProgramId> {
    let known = lookup_store::affiliate(tx, affiliate).await?.ok_or_else(|| unknown("affiliateId"))?;
    if known.status != "Approved" {
        let message = format!("affiliateId must be an approved affiliate. This one is {}.", known.status);
        return Err(Error::field("affiliateId", message));
    }
    if let Some(program) = named {
        return if lookup_store::has_program(tx, program).await? { Ok(program) } else { Err(unknown("programId")) };
    }
    let credited = conversion.outcome.credit.as_ref().map(|credit| credit.program_id);
    if let Some(program) = credited.or(conversion.reported_program_id) {
        return Ok(program);
    }
    match store::programs_of(tx, affiliate).await?.as_slice() {
        [program] => Ok(*program),
        _ => Err(Error::field("programId", "programId is required unless the affiliate has links in only one program")),
    }
}
