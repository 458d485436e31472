//! `/dashboard/settings/branding`: the color and the logo of everything that affiliates see.

use axum::{
    Form,
    extract::{DefaultBodyLimit, State},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use kit::route::post as on_post;
use serde_json::json;
use shared::id::OrganizationId;

use crate::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::{self, Entry},
    organization::{api, logo, logo_store, profile::Changes, store},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems, Upload},
    page::{
        Html, PageError,
        color::{self, Rgb, Tone},
        flash::Flash,
        picture,
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/branding";
/// Colors to begin with.
const SWATCHES: [(&str, &str); 8] = [
    ("Green", "#0f6b5c"),
    ("Blue", "#2f6fed"),
    ("Violet", "#7c3aed"),
    ("Pink", "#c2377a"),
    ("Red", "#c0362c"),
    ("Orange", "#c2410c"),
    ("Yellow", "#f5b301"),
    ("Black", "#191b1a"),
];

#[derive(Debug, askama::Template)]
#[template(path = "branding.html")]
struct BrandingPage {
    frame: Frame,
    /// The color as it was typed; empty for ours.
    typed: String,
    /// The color that is shown.
    color: String,
    samples: [Sample; 2],
    logo: Option<String>,
    problems: Problems,
}

/// How the color looks in one scheme.
#[derive(Debug)]
struct Sample {
    scheme: &'static str,
    /// The background, its edge, and the text on it, as in `assets/css/tokens.css`.
    card: &'static str,
    line: &'static str,
    ink: &'static str,
    tone: Tone,
    /// Whether the color itself would be hard to read.
    is_adjusted: bool,
}

impl BrandingPage {
    fn new(frame: Frame, typed: String, logo: Option<String>) -> Self {
        let color = if Rgb::read(&typed).is_some() { typed.clone() } else { color::USUAL.to_owned() };
        let samples = samples(&color);
        Self { frame, typed, color, samples, logo, problems: Problems::default() }
    }

    const fn swatches() -> [(&'static str, &'static str); 8] {
        SWATCHES
    }

    fn other_problem(&self) -> Option<&str> {
        self.problems.elsewhere(&["brandColor", "file"])
    }
}

fn samples(color: &str) -> [Sample; 2] {
    let sample = |scheme, [card, line, ink]: [&'static str; 3], tone: Tone| Sample {
        scheme,
        card,
        line,
        ink,
        is_adjusted: Rgb::read(color).is_some_and(|chosen| tone.color != chosen || tone.steps[8] != chosen),
        tone,
    };
    [
        sample("light", ["#ffffff", "#dde1df", "#191b1a"], color::on_light(Some(color))),
        sample("dark", ["#191d1b", "#313533", "#edf1ef"], color::on_dark(Some(color))),
    ]
}

/// `GET /dashboard/settings/branding`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, None).await?).into_response())
}

/// `POST /dashboard/settings/branding`: saves the color, or shows how it would look.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they may not change settings. A mistake in the form is shown
/// next to its field.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Configure)?;
    let typed = fields.sent("brandColor").map(|text| text.trim().to_lowercase());
    let changes = Changes { brand_color: typed.clone().map(Some), ..Changes::default() };
    let changes = match changes.checked() {
        Ok(changes) => changes,
        Err(error) => return again(&state, &session, &member, (typed, &error)).await,
    };
    if fields.raw("do") == "preview" {
        return Ok(Html(load(&state, &session, member.organization, typed).await?).into_response());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = api::apply(&mut tx, &state, changes).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(saved("Color saved", member.organization))
}

/// Returns the logo's route, which accepts a larger body than other forms.
pub fn post_logo() -> MethodRouter<AppState> {
    on_post(save_logo).layer(DefaultBodyLimit::max(picture::FORM_MAX))
}

/// `POST /dashboard/settings/branding/logo`: replaces or removes the logo.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they may not change settings. What is wrong with the picture
/// is shown next to its field.
async fn save_logo(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    sent: Upload,
) -> std::result::Result<Response, PageError> {
    // If the file is too large, the form's fields are missing, so the URL also names the organization.
    let named = choice.named().unwrap_or_else(|| sent.fields.text("organization"));
    let member = session.member(Some(named), Right::Configure)?;
    if sent.too_large {
        return again(&state, &session, &member, (None, &Error::field("file", picture::TOO_LARGE))).await;
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = Entry::new("organization.logo_changed", member.organization);
    let (entry, done) = if sent.fields.raw("do") == "remove" {
        logo_store::remove(&mut tx).await?;
        (entry.after(json!({"logo": null})), "Logo removed")
    } else {
        let chosen = match picture::check(&sent.file) {
            Ok(chosen) => chosen,
            Err(why) => return again(&state, &session, &member, (None, &Error::field("file", why))).await,
        };
        logo_store::set(&mut tx, (chosen, &sent.file), state.clock.now()).await?;
        let details = json!({"type": chosen.content_type, "width": chosen.width, "height": chosen.height});
        (entry.after(json!({"logo": details})), "Logo saved")
    };
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(saved(done, member.organization))
}

fn saved(done: &str, organization: OrganizationId) -> Response {
    Flash::done(done).redirect(&format!("{PLACE}?organization={organization}"))
}

/// Shows the page again with what was typed and what is wrong with it.
async fn again(
    state: &AppState,
    session: &Session,
    member: &Member,
    (typed, error): (Option<String>, &Error),
) -> std::result::Result<Response, PageError> {
    let mut page = load(state, session, member.organization, typed).await?;
    page.problems = Problems::of_error(error);
    Ok((error.status(), Html(page)).into_response())
}

/// `typed` is a color that isn't saved.
async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    typed: Option<String>,
) -> Result<BrandingPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let profile = store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
    let chosen_at = logo_store::chosen_at(&mut tx).await?;
    tx.commit().await?;
    let typed = typed.unwrap_or_else(|| profile.brand_color.unwrap_or_default());
    Ok(BrandingPage::new(frame, typed, chosen_at.map(|at| logo::url(organization, at))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_color_that_is_hard_to_read_is_adjusted() {
        let adjusted = |color| samples(color).map(|sample| sample.is_adjusted);
        assert_eq!(adjusted("#ffe600"), [true, false], "yellow words on white");
        assert_eq!(adjusted(color::USUAL), [false, true], "dark green on almost black");
    }

    #[test]
    fn every_swatch_is_a_color() {
        assert!(SWATCHES.iter().all(|(_, color)| Rgb::read(color).is_some()));
    }
}
