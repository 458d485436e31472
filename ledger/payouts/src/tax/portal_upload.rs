//! `/a/tax/{kind}/upload`: uploads a PDF of a form that was signed by hand.

use axum::{
    extract::{DefaultBodyLimit, Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::MethodRouter,
};
use kit::route::post as posted;
use payout_core::tax::{
    field::{Given, Mistake},
    form::{Form, Kind},
    uploaded::Uploaded,
};

use super::{
    portal::{self, given},
    questions::{self, Input, Section},
    store::Source,
    submit::Submission,
};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    file::{self, pdf},
    form::{Fields, Upload},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

/// The file, and the other fields.
const BODY_MAX: usize = pdf::SIZE_MAX + 256 * 1024;

#[derive(Debug, askama::Template)]
#[template(path = "tax_upload.html")]
struct UploadPage {
    t: Texts,
    frame: Frame,
    organization: String,
    kind: Kind,
    sections: Vec<Section>,
    mistakes: Vec<Mistake>,
}

impl UploadPage {
    fn of(session: &AffiliateSession, kind: Kind, given: &dyn Given, mistakes: Vec<Mistake>) -> Self {
        Self {
            t: session.t,
            frame: session.frame(portal::PLACE),
            organization: session.organization_name.clone(),
            kind,
            sections: questions::beside_pdf(kind, given, &mistakes),
            mistakes,
        }
    }

    fn problem(&self, field: &str) -> Option<&str> {
        self.mistakes.iter().find(|mistake| mistake.field == field).map(|mistake| mistake.message.as_str())
    }
}

/// `GET /a/tax/{kind}/upload`.
///
/// # Errors
/// 404 for an unknown form.
pub async fn show(session: AffiliateSession, Path(text): Path<String>) -> Result<Response, PageError> {
    let kind = portal::kind(&text)?;
    let known = Fields::from_iter([("name", session.name.clone())]);
    Ok(Html(UploadPage::of(&session, kind, &known.pairs(), Vec::new())).into_response())
}

/// `POST /a/tax/{kind}/upload`: the form waits until the brand has reviewed it.
///
/// # Errors
/// 404 for an unknown form; 503 if the database or the file storage is unavailable.
async fn submit(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(text): Path<String>,
    sent: Upload,
) -> Result<Response, PageError> {
    let kind = portal::kind(&text)?;
    if sent.too_large {
        let mistakes = vec![Mistake { field: "file", message: pdf::Refused::TooLarge.to_string() }];
        let page = UploadPage::of(&session, kind, &Fields::default().pairs(), mistakes);
        return Ok((StatusCode::PAYLOAD_TOO_LARGE, Html(page)).into_response());
    }
    let form = Uploaded::read(kind, &sent.fields.pairs(), state.clock.now().date());
    let refused = pdf::check(&sent.file).err();
    let form = match (form, refused) {
        (Ok(form), None) => Form::Uploaded(form),
        (form, refused) => {
            let mut mistakes = form.err().unwrap_or_default();
            mistakes.extend(refused.map(|why| Mistake { field: "file", message: why.to_string() }));
            let page = UploadPage::of(&session, kind, &sent.fields.pairs(), mistakes);
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    if let Some(mistake) = portal::too_many(&state, &session, "file").await? {
        let page = UploadPage::of(&session, kind, &sent.fields.pairs(), vec![mistake]);
        return Ok((StatusCode::TOO_MANY_REQUESTS, Html(page)).into_response());
    }
    let file = file::keep::put(&state, session.organization, session.affiliate, &sent.file, "file").await?;
    given(&state, &session, &Submission { affiliate: session.affiliate, form: &form, file, source: Source::Uploaded })
        .await?;
    Ok(Redirect::to("/a/tax").into_response())
}

/// This page accepts more than other forms do.
pub fn post() -> MethodRouter<AppState> {
    posted(submit).layer(DefaultBodyLimit::max(BODY_MAX))
}
