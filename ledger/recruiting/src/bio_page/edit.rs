//! `/a/page`: where an affiliate switches their page of links on or off, and chooses what it shows.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use uuid::Uuid;

use super::store::{self, Choice, Page};
use engine::book;
use identity::{
    audit::{self, Entry},
    portal::{frame::Frame, session::AffiliateSession},
};
use kit::{
    access::throttle::CostlyAction,
    api::{query::Query, text},
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use outbox::edge_config::publish;

const HERE: &str = "/a/page";
/// The section of the menu that the page belongs to.
const SECTION: &str = "/a/links";
const INTRODUCTION_MAX: usize = 160;
const ITEMS_MAX: usize = 10;

#[derive(Debug, askama::Template)]
#[template(path = "bio_page_edit.html")]
struct EditPage {
    t: Texts,
    frame: Frame,
    organization: String,
    /// Where the page is, once it is on; `None` if the brand has no public page.
    address: Option<String>,
    page: Page,
    choices: Vec<Choice>,
    problems: Problems,
    done: bool,
}

impl EditPage {
    const fn is_on(&self) -> bool {
        self.page.is_on
    }

    /// Without a page of the brand's, it can only be switched off.
    const fn can_be_set(&self) -> bool {
        self.address.is_some() || self.page.is_on
    }

    fn is_chosen(&self, id: &Uuid) -> bool {
        self.page.items.contains(id)
    }
}

/// `GET /a/page`.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let done = query.text("done").is_some();
    query.finish()?;
    let page = EditPage { done, ..load(&state, &session).await? };
    Ok(Html(page).into_response())
}

async fn load(state: &AppState, session: &AffiliateSession) -> Result<EditPage> {
    let mut tx = state.db.tenant(session.organization).await?;
    let handle = store::handle(&mut tx).await?;
    let slug = store::slug(&mut tx, session.affiliate).await?.ok_or_else(Error::not_found)?;
    let page = store::read(&mut tx, session.affiliate).await?;
    let choices = store::choices(&mut tx, session.affiliate).await?;
    tx.commit().await?;
    Ok(EditPage {
        t: session.t,
        frame: session.frame(SECTION),
        organization: session.organization_name.clone(),
        address: handle.map(|handle| format!("{}/l/{handle}/{slug}", state.config.public_url)),
        page: page.unwrap_or_default(),
        choices,
        problems: Problems::default(),
        done: false,
    })
}

/// `POST /a/page`.
///
/// # Errors
/// 503 if the database is unavailable. Mistakes are shown on the page, with what was typed, and so is 429 if it is
/// saved too often.
pub async fn save(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let may = state.throttle.admit_costly(CostlyAction::Profile, &session.affiliate.to_string(), state.clock.wall());
    let edited = load(&state, &session).await?;
    let (page, mut problems) = read(session.t, &fields, &edited.choices);
    if !may {
        let error = Error::too_often();
        problems.add("", session.t.say("portal-too-often"));
        let shown = Html(EditPage { page, problems, ..edited });
        return Ok((error.status(), error.retry_header(), shown).into_response());
    }
    if !problems.is_empty() {
        return Ok((StatusCode::BAD_REQUEST, Html(EditPage { page, problems, ..edited })).into_response());
    }
    let now = state.clock.now();
    let mut tx = state.db.tenant(session.organization).await?;
    book::store::lock(&mut tx).await?;
    let before = store::read(&mut tx, session.affiliate).await?.unwrap_or_default();
    store::write(&mut tx, session.affiliate, &page, now).await?;
    let entry = Entry::new("affiliate.page_changed", session.affiliate)
        .before(json!({"isOn": before.is_on, "introduction": before.introduction}))
        .after(json!({"isOn": page.is_on, "introduction": page.introduction}));
    audit::record(&mut tx, &session.actor, now, entry).await?;
    // Pages that visitors of the affiliate's links see may greet them with the name that is public now, or no longer is.
    publish::affiliate(&mut tx, session.affiliate, now).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(Redirect::to(&format!("{HERE}?done=yes")).into_response())
}

/// Reads the form; what isn't the affiliate's own is ignored.
fn read(t: Texts, fields: &Fields, choices: &[Choice]) -> (Page, Problems) {
    let given = fields.all("item");
    let chosen = choices.iter().filter(|choice| given.contains(&choice.id.to_string()));
    let page = Page {
        is_on: fields.is_ticked("on"),
        introduction: fields.text("introduction").to_owned(),
        items: chosen.map(|choice| choice.id).collect(),
    };
    let mut problems = Problems::default();
    if !is_introduction(&page.introduction) {
        problems.add("introduction", t.say("portal-page-introduction-wrong").with("count", INTRODUCTION_MAX));
    }
    if page.items.len() > ITEMS_MAX {
        problems.add("item", t.say("portal-page-items-wrong").with("count", ITEMS_MAX));
    }
    (page, problems)
}

/// One line, and nothing that leads anywhere: the page is public, and on the brand's host.
fn is_introduction(given: &str) -> bool {
    let lower = given.to_lowercase();
    let leads = ["://", "www.", "@"].iter().any(|part| lower.contains(part));
    let is_domain = |word: &str| {
        word.trim_end_matches(['.', ',', '!', '?', ')']).split('.').filter(|part| !part.is_empty()).count() > 1
    };
    given.is_empty()
        || (text::checked("introduction", given, INTRODUCTION_MAX).is_ok()
            && !leads
            && !lower.split_whitespace().any(is_domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_introduction_leads_nowhere() {
        for fine in ["", "Hats I wear. Really!", "Meine Lieblingshüte (alle)."] {
            assert!(is_introduction(fine), "{fine}");
        }
        let long = "x".repeat(INTRODUCTION_MAX + 1);
        for bad in ["see https://evil.test", "evil.test/login now", "www.evil", "mail me@evil", "a\nb", long.as_str()] {
            assert!(!is_introduction(bad), "{bad}");
        }
    }
}
