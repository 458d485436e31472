//! `POST /api/v1/tax-forms`: uploads a form that reached the brand another way, as a PDF with its content.

use std::collections::BTreeMap;

use axum::{extract::State, http::StatusCode, response::Response};
use payout_core::tax::{
    field::Mistake,
    form::{Form, Kind},
    uploaded::Uploaded,
};
use serde::Deserialize;
use shared::id::AffiliateId;
use utoipa::ToSchema;

use super::{
    store::{self, Source},
    submit::{self, Submission},
    view::TaxForm,
};
use engine::lookup_store;
use identity::{access::api_key::ConfigureKey, api::write::Write};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        text::decoded,
    },
    error::{Error, Result},
    file,
    state::AppState,
};

/// 10 MB in base64, and the other fields.
pub const BODY_MAX: usize = file::pdf::SIZE_MAX / 3 * 4 + 64 * 1024;

/// A tax form as a PDF, with its content.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewTaxForm {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    /// `W9`, `W8BEN` or `W8BENE`.
    #[schema(example = "W9")]
    kind: String,
    /// The PDF in base64, at most 10 MB before encoding. It must not contain scripts or embedded files, or have a
    /// password.
    #[schema(example = "JVBERi0xLjcK…")]
    pdf: String,
    /// Line 1: the name.
    #[schema(example = "Lauren Pope")]
    name: String,
    /// The date next to the signature.
    #[schema(format = Date, example = "2026-11-20")]
    signed_on: String,
    /// W-9, line 3a: `Individual`, `CCorporation`, `SCorporation`, `Partnership`, `TrustOrEstate`, `LlcC`, `LlcS`,
    /// `LlcP` or `Other`.
    #[schema(example = "Individual")]
    classification: Option<String>,
    /// W-9, line 5: the street address.
    #[schema(example = "12 Market Street")]
    street: Option<String>,
    /// W-9, line 6: the city.
    #[schema(example = "San Francisco")]
    city: Option<String>,
    /// W-9, line 6: the two-letter state code.
    #[schema(example = "CA")]
    region: Option<String>,
    /// W-9, line 6: the ZIP code.
    #[schema(example = "94103")]
    postal_code: Option<String>,
    /// W-8: the two-letter country code of the permanent residence address.
    #[schema(example = json!(null))]
    country: Option<String>,
    /// W-9: `SSN`, `ITIN` or `EIN`.
    #[schema(example = "SSN")]
    tin_type: Option<String>,
    /// W-9, Part I: the taxpayer number.
    #[schema(example = "123-45-6789")]
    tin: Option<String>,
    /// W-8: the taxpayer number in the payee's own country.
    #[schema(example = json!(null))]
    foreign_tin: Option<String>,
    /// W-8: whether the payee isn't legally required to have a `foreignTin`.
    #[schema(example = json!(null))]
    foreign_tin_not_required: Option<bool>,
    /// W-9: whether item 2 of the certification is crossed out.
    #[schema(example = false)]
    subject_to_withholding: Option<bool>,
}

impl std::fmt::Debug for NewTaxForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewTaxForm").field("affiliate_id", &self.affiliate_id).finish_non_exhaustive()
    }
}

impl NewTaxForm {
    fn fields(&self) -> BTreeMap<String, String> {
        let yes = |flag: Option<bool>| flag.unwrap_or_default().then(|| "yes".to_owned());
        let fields = [
            ("name", Some(self.name.clone())),
            ("signedOn", Some(self.signed_on.clone())),
            ("classification", self.classification.clone()),
            ("street", self.street.clone()),
            ("city", self.city.clone()),
            ("region", self.region.clone()),
            ("postalCode", self.postal_code.clone()),
            ("country", self.country.clone()),
            ("tinType", self.tin_type.clone()),
            ("tin", self.tin.clone()),
            ("foreignTin", self.foreign_tin.clone()),
            ("foreignTinNotRequired", yes(self.foreign_tin_not_required)),
            ("subjectToWithholding", yes(self.subject_to_withholding)),
        ];
        fields.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?))).collect()
    }
}

/// Upload a tax form
#[utoipa::path(post, path = "/api/v1/tax-forms", tag = "Tax", operation_id = "uploadTaxForm",
    security(("bearer" = ["admin"])),
    description = "Uploads a form that you received another way. It stays `Submitted` until someone accepts it. The \
                   PDF is encrypted before it is stored.",
    params(IdempotencyKey),
    request_body = NewTaxForm,
    responses(
        (status = 201, description = "The form, awaiting review", body = TaxForm),
        (status = 404, description = "The affiliate doesn't exist, or belongs to another organization",
            body = ErrorSchema),
        (status = 413, description = "The body exceeds 13,717 KB (a PDF of 10 MB in base64, and the other fields)",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewTaxForm, BODY_MAX>,
) -> Result<Response> {
    let input = body.value;
    let kind = Kind::parse(&input.kind).ok_or_else(|| Error::field("kind", "kind must be W9, W8BEN or W8BENE"))?;
    let form = Uploaded::read(kind, &input.fields(), state.clock.now().date()).map_err(|found| first(&found))?;
    let form = Form::Uploaded(form);
    let pdf = decoded("pdf", &input.pdf)?;
    let mut tx = key.reader(&state).await?;
    let found = lookup_store::affiliate(&mut tx, input.affiliate_id).await?;
    tx.end();
    found.ok_or_else(Error::not_found)?;
    // Before the idempotency key is claimed, so that no transaction waits for the storage. For a repeated request, the
    // second file is never recorded, and is deleted later.
    let file = file::keep::put(&state, key.organization, input.affiliate_id, &pdf, "pdf").await?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let submission = Submission { affiliate: input.affiliate_id, form: &form, file, source: Source::Uploaded };
    let id = submit::submit(&mut write.tx, &state, &submission, &key.actor).await?;
    write.audited();
    let made = store::read(&mut write.tx, id).await?;
    let made = made.ok_or_else(|| Error::internal("a tax form that went away"))?;
    write.answer(StatusCode::CREATED, &TaxForm::from(made)).await
}

fn first(mistakes: &[Mistake]) -> Error {
    mistakes.first().map_or_else(
        || Error::internal("a form without a mistake was refused"),
        |mistake| Error::field(mistake.field, mistake.message.clone()),
    )
}
