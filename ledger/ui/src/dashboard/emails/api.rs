//! `/api/v1/emails`: the words of emails to affiliates, and what the emails look like.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    about,
    words::{self, Loaded, Which},
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::{JsonBody, Nothing, OptionalBody, given},
        document::Refused,
        idempotency::IdempotencyKey,
        pagination::Page,
        query::Query,
    },
    error::{Error, Result},
    mail::EmailKind,
    state::AppState,
    text::Language,
};

/// Where a preview is addressed to; no mail is sent.
const SAMPLE_ADDRESS: &str = "nina@creators.test";

/// The words of an email to affiliates, in one language.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AffiliateEmail {
    /// `affiliate_invited`, `application_received`, `application_approved`, `application_rejected`, `imported`,
    /// `affiliate_link`, `first_click`, `commission_earned`, `payout_setup` or `payout_sent`.
    #[schema(example = "first_click")]
    kind: &'static str,
    /// `en`, `de` or `es`: the language of the affiliates who get it in these words.
    #[schema(example = "en")]
    language: &'static str,
    /// What the email is called in the dashboard.
    #[schema(example = "First click")]
    title: &'static str,
    /// When it is sent.
    #[schema(example = "When an affiliate’s link gets its first click")]
    sent_when: &'static str,
    /// What you can write in braces in `subject`, `opening` and `button`, such as `{name}`; `{link}` only in `opening`,
    /// with spaces around it.
    #[schema(example = json!(["name", "brand", "link"]))]
    variables: Vec<&'static str>,
    /// Your own subject. Null uses the standard one.
    #[schema(required, example = "{name}, your link works")]
    subject: Option<String>,
    /// Your own first paragraph. Null uses the standard one.
    #[schema(required, example = json!(null))]
    opening: Option<String>,
    /// Your own text for the button. Null uses the standard one.
    #[schema(required, example = json!(null))]
    button: Option<String>,
    /// What it says where you have no words of your own.
    standard: StandardWords,
}

/// What an email says without words of your own, with sample values.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StandardWords {
    /// The subject, with sample values.
    #[schema(example = "Your link got its first click!")]
    subject: String,
    /// The first paragraph, with sample values.
    #[schema(example = "Someone just clicked your link to Acme SaaS for the first time.")]
    opening: String,
    /// Null for an email without a button.
    #[schema(required, example = "View clicks")]
    button: Option<String>,
}

impl AffiliateEmail {
    fn of(which: Which, loaded: &Loaded) -> Self {
        let (title, sent_when) = about(which.kind);
        let (opening, button) = loaded.content.opening_and_button();
        let own = loaded.own.clone();
        Self {
            kind: which.kind.as_str(),
            language: which.language.as_str(),
            title,
            sent_when,
            variables: loaded.content.variables(),
            subject: own.as_ref().and_then(|own| own.subject.clone()),
            opening: own.as_ref().and_then(|own| own.opening.clone()),
            button: own.and_then(|own| own.button),
            standard: StandardWords {
                subject: loaded.content.subject.clone(),
                opening: opening.unwrap_or_default().to_owned(),
                button: button.map(str::to_owned),
            },
        }
    }
}

/// Your own words. Null, or a blank text, uses the standard ones.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"subject": "{name}, your link works", "opening": null, "button": null}))]
pub struct OwnWords {
    /// At most 100 characters.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    subject: Option<String>,
    /// At most 1000 characters: the first paragraph.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    opening: Option<String>,
    /// At most 40 characters.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    button: Option<String>,
}

/// The words to preview. Without any of them, it is the email as it is now.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"subject": "{name}, your link works"}))]
pub struct PreviewedWords {
    /// At most 100 characters.
    subject: Option<String>,
    /// At most 1000 characters: the first paragraph.
    opening: Option<String>,
    /// At most 40 characters.
    button: Option<String>,
}

/// An email with sample values.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EmailPreview {
    /// The subject, with sample values.
    #[schema(example = "Nina Berg, your link works")]
    subject: String,
    /// The form for mail programs that show HTML.
    #[schema(example = "<!doctype html>…")]
    html: String,
    /// The form for mail programs that don't.
    #[schema(example = "Hi Nina Berg,\n\nSomeone just clicked your link to Acme SaaS for the first time.")]
    text: String,
}

/// # Errors
/// 404 for a kind whose words can't be changed, and for another language.
fn which((kind, language): (String, String)) -> Result<Which> {
    let language = Language::parse(&language).ok_or_else(Error::not_found)?;
    Which::read(&kind, Some(language.as_str()))
}

/// List emails to affiliates
#[utoipa::path(get, path = "/api/v1/emails", tag = "Emails", operation_id = "listEmails",
    description = "Returns every email whose words you can change, in each language. Emails about an account, a \
                   payment, a tax form or a claim aren't among them: their words are fixed.",
    params(("language" = Option<String>, Query, description = "`en`, `de` or `es`", example = "en")),
    responses((status = 200, description = "By language, in the order of the dashboard", body = Page<AffiliateEmail>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<AffiliateEmail>>> {
    let only = query.one_of("language", &["en", "de", "es"])?;
    query.finish()?;
    let kinds: Vec<EmailKind> = EmailKind::ALL.iter().copied().filter(|kind| kind.is_editable()).collect();
    let mut data = Vec::new();
    let mut tx = key.reader(&state).await?;
    for language in Language::ALL.iter().filter(|one| only.is_none_or(|only| one.as_str() == only)) {
        let all = words::load_all(&mut tx, *language, &kinds).await?;
        data.extend(all.iter().map(|(which, loaded)| AffiliateEmail::of(*which, loaded)));
    }
    tx.end();
    Ok(Json(Page { data, next_cursor: None }))
}

/// Retrieve an email to affiliates
#[utoipa::path(get, path = "/api/v1/emails/{kind}/{language}", tag = "Emails", operation_id = "getEmail",
    params(("kind" = String, Path, description = "An email's `kind`, as the list names it", example = "first_click"),
        ("language" = String, Path, description = "`en`, `de` or `es`", example = "en")),
    responses((status = 200, description = "The email", body = AffiliateEmail), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(path): Path<(String, String)>,
) -> Result<Json<AffiliateEmail>> {
    let which = which(path)?;
    let mut tx = key.reader(&state).await?;
    let loaded = words::load(&mut tx, which).await?;
    tx.end();
    Ok(Json(AffiliateEmail::of(which, &loaded)))
}

/// Set the words of an email to affiliates
///
/// Emails that are sent from now on use them. The greeting, tables and the end of the email stay as they are.
#[utoipa::path(put, path = "/api/v1/emails/{kind}/{language}", tag = "Emails", operation_id = "setEmail",
    security(("bearer" = ["admin"])),
    params(("kind" = String, Path, description = "An email's `kind`, as the list names it", example = "first_click"),
        ("language" = String, Path, description = "`en`, `de` or `es`", example = "en"),
        IdempotencyKey),
    request_body = OwnWords,
    responses((status = 200, description = "The email", body = AffiliateEmail), Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(path): Path<(String, String)>,
    idempotency: IdempotencyKey,
    body: JsonBody<OwnWords>,
) -> Result<Response> {
    let which = which(path)?;
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    saved(write, &state, which, Some(&body.value)).await
}

/// Reset the words of an email to affiliates
///
/// Emails that are sent from now on use the standard words.
#[utoipa::path(delete, path = "/api/v1/emails/{kind}/{language}", tag = "Emails", operation_id = "resetEmail",
    security(("bearer" = ["admin"])),
    params(("kind" = String, Path, description = "An email's `kind`, as the list names it", example = "first_click"),
        ("language" = String, Path, description = "`en`, `de` or `es`", example = "en"),
        IdempotencyKey),
    responses((status = 200, description = "The email", body = AffiliateEmail), Refused))]
pub async fn reset(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(path): Path<(String, String)>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    let which = which(path)?;
    let write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    saved(write, &state, which, None).await
}

async fn saved(mut write: Write<'_>, state: &AppState, which: Which, given: Option<&OwnWords>) -> Result<Response> {
    let mut loaded = words::load(&mut write.tx, which).await?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let wording = match given {
        Some(own) => loaded.checked(which, (&text(&own.subject), &text(&own.opening), &text(&own.button)))?,
        None => None,
    };
    let entry = words::save(&mut write.tx, which, wording.as_ref(), state.clock.now()).await?;
    loaded.own = wording;
    let shown = AffiliateEmail::of(which, &loaded);
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &shown).await };
    write.audit(entry).await?;
    write.answer(StatusCode::OK, &shown).await
}

/// Preview an email to affiliates
///
/// Returns the email with sample values, in the words that you send or, if you send none, in those that it has now.
/// Nothing is saved or sent.
#[utoipa::path(post, path = "/api/v1/emails/{kind}/{language}/preview", tag = "Emails", operation_id = "previewEmail",
    params(("kind" = String, Path, description = "An email's `kind`, as the list names it", example = "first_click"),
        ("language" = String, Path, description = "`en`, `de` or `es`", example = "en")),
    request_body(content = Option<PreviewedWords>, description = "Optional"),
    responses((status = 200, description = "The email", body = EmailPreview), Refused))]
pub async fn preview(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(path): Path<(String, String)>,
    body: OptionalBody<PreviewedWords>,
) -> Result<Json<EmailPreview>> {
    let which = which(path)?;
    let mut tx = key.reader(&state).await?;
    let loaded = words::load(&mut tx, which).await?;
    tx.end();
    let PreviewedWords { subject, opening, button } = body.value;
    let wording = if subject.is_none() && opening.is_none() && button.is_none() {
        loaded.own.clone()
    } else {
        let [subject, opening, button] = [subject, opening, button].map(Option::unwrap_or_default);
        loaded.checked(which, (&subject, &opening, &button))?
    };
    let email = loaded.worded(which, wording)?.to(SAMPLE_ADDRESS, which.kind)?;
    Ok(Json(EmailPreview { subject: email.subject, html: email.html, text: email.text }))
}
