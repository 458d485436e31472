//! `POST` and `GET /api/v1/consents`.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::json;
use shared::{
    id::{AffiliateId, ConsentId, CustomerId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{
    Kind, Subject,
    store::{self, Filter, New},
    terms::{EVIDENCE_MAX, VERSION_MAX, not_ahead},
    view::Consent,
};
use crate::decision;
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
        text::maybe,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::sync::{Reason, trigger};

const KINDS: [&str; 4] = ["program_terms", "marketing_email", "data_processing", "other"];

/// A consent decision of an affiliate or a customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = NewConsent, example = json!({"affiliateId": "aff_01kdvdna00fec9rpb7dk6gd3hy", "kind": "program_terms",
    "version": "2026-07", "granted": true, "evidence": "Application form"}))]
pub struct NewConsent {
    /// Exactly one of `affiliateId` and `customerId` is required.
    affiliate_id: Option<String>,
    /// `cus_…`, or any id of the customer in your system or at your gateway.
    customer_id: Option<String>,
    /// `program_terms`, `marketing_email`, `data_processing` or `other`.
    kind: String,
    /// The version of the terms, or of the wording shown to the person; up to 100 characters.
    version: Option<String>,
    /// False withdraws an earlier consent.
    granted: bool,
    /// When the person decided. Defaults to now; must not be in the future.
    #[schema(value_type = Option<String>, format = DateTime)]
    at: Option<Timestamp>,
    /// Evidence of the decision, up to 1,000 characters.
    evidence: Option<String>,
}

/// Record a consent
///
/// Records that a person gave or withdrew a consent. For each kind, the person's latest decision counts, by the time at
/// which it was made.
#[utoipa::path(post, path = "/api/v1/consents", tag = "Privacy", operation_id = "createConsent",
    params(IdempotencyKey),
    request_body = NewConsent,
    responses(
        (status = 201, description = "The consent", body = Consent),
        (status = 404, description = "The affiliate or customer that `field` names doesn't exist", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewConsent>,
) -> Result<Response> {
    let input = body.value;
    if input.affiliate_id.is_some() == input.customer_id.is_some() {
        return Err(Error::field("affiliateId", "affiliateId or customerId is required, but not both"));
    }
    let kind = Kind::named(&input.kind)
        .ok_or_else(|| Error::field("kind", "kind must be program_terms, marketing_email, data_processing or other"))?;
    let version = maybe("version", input.version.as_deref(), VERSION_MAX)?;
    let evidence = maybe("evidence", input.evidence.as_deref(), EVIDENCE_MAX)?;
    let now = state.clock.now();
    let decided_at = input.at.map_or(Ok(now), |moment| not_ahead("at", moment, now))?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let subject = subject(&mut write.tx, input.affiliate_id.as_deref(), input.customer_id.as_deref()).await?;
    let id: ConsentId = state.new_id();
    let actor = write.actor();
    let new = New {
        id,
        subject,
        kind,
        version: version.as_deref(),
        granted: input.granted,
        decided_at,
        evidence: evidence.as_deref(),
        actor: &actor,
    };
    store::insert(&mut write.tx, &new, now).await?;
    if let (Kind::ProgramTerms, Some(affiliate)) = (kind, subject.affiliate()) {
        trigger::affiliate(&mut write.tx, affiliate, Reason::Consent, now).await?;
    }
    let details = json!({"kind": kind.name(), "version": version, "granted": input.granted});
    write.audit(Entry::new("consent.recorded", id).after(details)).await?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let made = store::list(&mut write.tx, &filter).await?.pop();
    write.answer(StatusCode::CREATED, &made.ok_or_else(|| Error::internal("a consent that went away"))?).await
}

/// Finds the person, of whom one of the two is given.
///
/// # Errors
/// 404 naming the field.
async fn subject(tx: &mut TenantTx, affiliate: Option<&str>, customer: Option<&str>) -> Result<Subject> {
    if let Some(id) = affiliate {
        let unknown = || Error::not_found().with_field("affiliateId");
        let id: AffiliateId = id.parse().map_err(|_| unknown())?;
        return if store::has_affiliate(tx, id).await? { Ok(Subject::Affiliate(id)) } else { Err(unknown()) };
    }
    let found = match customer {
        Some(named) => named_customer(tx, named).await?,
        None => None,
    };
    found.map(Subject::Customer).ok_or_else(|| Error::not_found().with_field("customerId"))
}

/// The named customer. Others who are the same buyer aren't meant: a decision counts for the addresses of this one.
async fn named_customer(tx: &mut TenantTx, named: &str) -> Result<Option<CustomerId>> {
    Ok(decision::store::customer_and_buyer(tx, named).await?.map(|(customer, _)| customer))
}

/// List consents
#[utoipa::path(get, path = "/api/v1/consents", tag = "Privacy", operation_id = "listConsents",
    params(PageParams,
        ("affiliateId" = Option<String>, Query, description = "Only consents of this affiliate",
            example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        ("customerId" = Option<String>, Query, example = "user_42",
            description = "Only consents of this customer: `cus_…`, or any id in your system or at your gateway"),
        ("kind" = Option<String>, Query, description = "`program_terms`, `marketing_email`, `data_processing` or `other`",
            example = "program_terms")),
    responses((status = 200, description = "Newest first", body = Page<Consent>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Consent>>> {
    let pagination: Pagination<uuid::Uuid> = query.page()?;
    let customer = query.text("customerId");
    let mut filter = Filter {
        id: None,
        affiliate: query.id("affiliateId")?,
        customer: None,
        kind: query.one_of("kind", &KINDS)?,
        after: pagination.after,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    if let Some(named) = &customer {
        filter.customer = named_customer(&mut tx, named).await?;
    }
    let is_unknown = customer.is_some() && filter.customer.is_none();
    let rows = if is_unknown { Vec::new() } else { store::list(&mut tx, &filter).await? };
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}
