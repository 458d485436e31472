//! `/p/{handle}`: serves the public page, with its style sheet and logo.

use axum::{
    extract::{Path, State},
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE, VARY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    gate, recruiter, settings,
    store::{self, Logo},
    view::{self, Form, Offer},
};
use identity::portal::session;
use kit::{
    api::query::Query,
    db::{Holder, TenantTx},
    error::{Error, Result},
    page::{
        Html, PageError,
        address::Address,
        color,
        language::{BY_LANGUAGE, PageLanguage, Translation},
        picture,
    },
    state::AppState,
    text::Texts,
};

/// A page may be cached for a minute, but only by the visitor's own browser: its form's token lasts a day and can be
/// used once, by the person it was shown to.
const OWN_MINUTE: HeaderValue = HeaderValue::from_static("private, max-age=60");
const A_MINUTE: HeaderValue = HeaderValue::from_static("public, max-age=60");
const NOT_KEPT: HeaderValue = HeaderValue::from_static("private, no-store");
/// The URL of a style sheet changes with its content.
const A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

#[derive(Debug, askama::Template)]
#[template(path = "program_page.html")]
pub(super) struct ProgramPage {
    t: Texts,
    offer: Offer,
    form: Form,
    public_url: String,
    /// The page's path, with the language if the visitor chose it.
    path: String,
    /// The page in each language.
    translations: Vec<Translation>,
    sheet: String,
    logo: Option<String>,
    /// The URL back to the editor in a preview, where the form can't be sent; `None` on the public page.
    preview: Option<String>,
}

impl ProgramPage {
    fn new(offer: Offer, mut form: Form, state: &AppState, language: PageLanguage) -> Self {
        if form.shown.is_empty() {
            let (ring, now) = (&state.config.keys.pages, state.clock.wall());
            form.shown = gate::token(ring, &offer.row.handle, offer.terms_version(), now);
        }
        let (sheet, logo) = (offer.sheet(), offer.logo_url());
        let address = address(&offer.row.handle);
        Self {
            t: language.t,
            offer,
            form,
            public_url: state.config.public_url.clone(),
            translations: language.translations(&address),
            path: language.keep(address).to_string(),
            sheet,
            logo,
            preview: None,
        }
    }

    fn picture(&self) -> Option<(&str, Logo)> {
        self.logo.as_deref().zip(self.offer.logo)
    }

    /// Renders a preview, whose style sheet and logo come from the dashboard because the page may not be published.
    pub(super) fn preview(
        offer: Offer,
        form: Form,
        state: &AppState,
        (organization, language): (OrganizationId, PageLanguage),
    ) -> Self {
        let at = |what: &str| {
            let path = format!("/dashboard/programs/{}/page{what}", offer.program.id);
            Address::of(path, organization)
        };
        let sheet = at("/style.css").to_string();
        let logo = offer.logo.map(|_| at("/logo").to_string());
        let translations = language.translations(&at("/preview"));
        let preview = Some(at("").to_string());
        Self { sheet, logo, translations, preview, ..Self::new(offer, form, state, language) }
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "program_thanks.html")]
struct ThanksPage {
    t: Texts,
    offer: Offer,
    /// The path back to the program page, and its URL to share.
    back: String,
    url: String,
    share: [(String, String); 4],
}

fn address(handle: &str) -> Address {
    Address::new(format!("/p/{handle}"))
}

/// Finds a published page, and begins a transaction of its tenant.
///
/// # Errors
/// 404 if no such page exists.
pub(crate) async fn open(state: &AppState, handle: &str) -> Result<(TenantTx, ProgramId)> {
    if !settings::is_handle(handle) {
        return Err(Error::not_found());
    }
    let mut tx = state.db.global(Holder::Handle(handle)).await?;
    let found = store::find(&mut tx, handle).await?;
    tx.commit().await?;
    let (organization, program) = found.ok_or_else(Error::not_found)?;
    Ok((state.db.tenant(organization).await?, program))
}

/// `GET /p/{handle}`: the same for every visitor with the same language, except that the name and email of an affiliate
/// who is signed in to a portal are filled in.
///
/// # Errors
/// 404 if no program has a page there; 503 if the database is unavailable.
pub async fn page(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    language: PageLanguage,
    headers: HeaderMap,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let (mut tx, program) = open(&state, &handle).await?;
    let offer = view::load(&mut tx, &state, program, language.t).await?;
    tx.commit().await?;
    let by = query.text(recruiter::PARAMETER).filter(|slug| offer.pays_recruiters && recruiter::is_slug(slug));
    let remembered = recruiter::remembered(&headers, &handle).filter(|_| offer.pays_recruiters);
    let recruiter = by.clone().or_else(|| remembered.map(str::to_owned));
    let (mut form, mut kept) = match session::visitor(&state, &headers).await? {
        Some(known) => (Form::known(&offer, known), NOT_KEPT),
        None => (Form::blank(&offer), OWN_MINUTE),
    };
    if let Some(recruiter) = recruiter {
        form.recruiter = recruiter;
        kept = NOT_KEPT;
    }
    let page = ProgramPage::new(offer, form, &state, language);
    let mut response = ([(CACHE_CONTROL, kept), (VARY, BY_LANGUAGE)], Html(page)).into_response();
    let cookie = by.and_then(|slug| recruiter::remember(&headers, &handle, &slug));
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// Renders the page again, with what was typed and the mistakes.
pub(super) fn again(
    state: &AppState,
    (offer, form): (Offer, Form),
    language: PageLanguage,
    status: StatusCode,
) -> Response {
    (status, [(VARY, BY_LANGUAGE)], Html(ProgramPage::new(offer, form, state, language))).into_response()
}

/// Returns the path of the page that thanks for an application.
pub(super) fn thanks_path(handle: &str, language: PageLanguage) -> String {
    language.keep(Address::new(format!("/p/{handle}/thanks"))).to_string()
}

/// Returns the previous token for the form that is shown again, if it is still valid, so that the person doesn't have
/// to wait again.
pub(super) fn shown_again(state: &AppState, offer: &Offer, presented: &str) -> Option<String> {
    let shown = gate::shown(&state.config.keys.pages, &offer.row.handle, presented, state.clock.wall());
    (shown.pace != gate::Pace::Over && shown.terms == offer.terms_version()).then(|| presented.to_owned())
}

/// `GET /p/{handle}/thanks`: explains what happens next, with the same text for every applicant.
pub async fn thanks(
    State(state): State<AppState>,
    Path(handle): Path<String>,
    language: PageLanguage,
) -> std::result::Result<Response, PageError> {
    let (mut tx, program) = open(&state, &handle).await?;
    let offer = view::load(&mut tx, &state, program, language.t).await?;
    tx.commit().await?;
    let back = language.keep(address(&handle)).to_string();
    let url = format!("{}/p/{handle}", state.config.public_url);
    let share = offer.share(&url);
    let page = ThanksPage { t: language.t, offer, back, url, share };
    Ok(([(CACHE_CONTROL, A_MINUTE), (VARY, BY_LANGUAGE)], Html(page)).into_response())
}

/// `GET /p/{handle}/style.css`: serves our design tokens in the brand's color.
pub async fn style(
    State(state): State<AppState>,
    Path(handle): Path<String>,
) -> std::result::Result<Response, PageError> {
    let (mut tx, program) = open(&state, &handle).await?;
    let sheet = sheet(&mut tx, program).await?;
    tx.commit().await?;
    Ok(as_sheet(sheet))
}

/// The page's own color, or else the organization's.
///
/// # Errors
/// 404 if there is no such organization.
pub(super) async fn sheet(tx: &mut TenantTx, program: ProgramId) -> Result<String> {
    let own = store::read(tx, program).await?.and_then(|row| row.color);
    let brand = store::brand(tx).await?.ok_or_else(Error::not_found)?;
    Ok(color::sheet(own.or(brand.color).as_deref()))
}

pub(super) fn as_sheet(sheet: String) -> Response {
    let kind = HeaderValue::from_static("text/css; charset=utf-8");
    let sniff = HeaderValue::from_static("nosniff");
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, A_DAY), (X_CONTENT_TYPE_OPTIONS, sniff)], sheet).into_response()
}

/// `GET /p/{handle}/logo`.
///
/// # Errors
/// As [`page`], and 404 if neither the page nor its brand has a logo.
pub async fn logo(
    State(state): State<AppState>,
    Path(handle): Path<String>,
) -> std::result::Result<Response, PageError> {
    let (mut tx, program) = open(&state, &handle).await?;
    let found = store::picture(&mut tx, program).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(picture::answer(found)?)
}
