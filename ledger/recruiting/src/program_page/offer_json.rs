//! `GET /p/{handle}/offer.json`: what a program page promises, for a brand's own landing page.

use axum::{
    Json,
    extract::{Path, State},
    http::{
        HeaderValue,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, VARY},
    },
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    show,
    view::{self, Form, Offer, Question},
};
use kit::{
    error::Result,
    page::language::{BY_LANGUAGE, PageLanguage},
    state::AppState,
};

const A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// Everyone can read the page itself, so scripts of every site may read this.
const EVERY_SITE: HeaderValue = HeaderValue::from_static("*");

/// The same for everyone who reads it in the same language.
///
/// # Errors
/// 404 if no program has a page there; 503 if the database is unavailable.
pub async fn read(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    language: PageLanguage,
) -> Result<Response> {
    let (mut tx, program) = show::open(&state, &handle).await?;
    let offer = view::load(&mut tx, &state, program, language.t).await?;
    tx.commit().await?;
    let headers = [(CACHE_CONTROL, A_MINUTE), (VARY, BY_LANGUAGE), (ACCESS_CONTROL_ALLOW_ORIGIN, EVERY_SITE)];
    Ok((headers, Json(body(&offer, &state.config.public_url))).into_response())
}

fn body(offer: &Offer, public_url: &str) -> Value {
    let (program, row) = (&offer.program, &offer.row);
    let questions: Vec<Value> = Form::blank(offer).questions.iter().map(question).collect();
    let terms = offer.terms.as_ref().map(|terms| json!({"version": terms.version, "text": terms.body}));
    json!({
        "programId": program.id, "program": program.name, "brand": offer.brand,
        // Where to apply.
        "url": format!("{public_url}/p/{}", row.handle),
        "language": offer.t.language().as_str(), "headline": offer.title(), "introduction": row.introduction,
        "color": offer.color, "logoUrl": offer.logo_url().map(|path| format!("{public_url}{path}")),
        "earnings": offer.lines, "discount": offer.discount, "credit": offer.credit,
        "attributionModel": program.attribution_model, "cookieWindowDays": program.cookie_window_days,
        "holdDays": program.hold_days, "terms": terms, "questions": questions,
    })
}

/// A question of the application form, as a visitor reads it.
fn question(one: &Question) -> Value {
    json!({
        "key": one.field.key, "kind": one.field.kind.name(), "label": one.label, "hint": one.hint,
        "required": one.field.required, "options": one.field.options,
    })
}
