//! Acceptance of the program's terms: requested once, and stored with the version that was shown.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};

use super::{home, terms_store};
use engine::{
    book,
    consent::{
        self, Kind, Subject,
        terms::{self, Accepted},
    },
};
use identity::portal::session::AffiliateSession;
use kit::{
    db::TenantTx,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

/// What the portal says about the program's terms.
#[derive(Debug)]
pub enum Terms {
    /// The program has no terms, and the affiliate hasn't accepted any: the portal doesn't mention them.
    None,
    /// Not answered yet; with the error if an attempt was refused.
    Open { wording: Wording, wrong: Option<String> },
    /// The day of the acceptance, its version, and the terms as they are now.
    Accepted { day: String, version: Option<String>, current: Option<Wording> },
    /// They withdrew their consent and have to talk to the brand.
    TakenBack,
}

/// The program's current terms.
#[derive(Debug)]
pub struct Wording {
    /// As recorded in consents: `partners v2`.
    pub version: String,
    /// The version, and since when it is in force.
    pub title: String,
    pub paragraphs: Vec<String>,
}

/// Loads the terms; `None` if the program has none, or has withdrawn them by leaving the text empty.
async fn wording(tx: &mut TenantTx, session: &AffiliateSession) -> Result<Option<Wording>, sqlx::Error> {
    let found = terms_store::of(tx, session.affiliate).await?;
    Ok(found.filter(|(_, terms)| !terms.body.is_empty()).map(|(slug, terms)| {
        let (t, version) = (session.t, format!("{slug} v{}", terms.version));
        let day = session.zone.date_in(t, terms.since);
        Wording {
            title: t.say("portal-terms-version").with("version", &version).with("day", day).to_string(),
            version,
            paragraphs: terms.paragraphs().map(str::to_owned).collect(),
        }
    }))
}

pub async fn of(tx: &mut TenantTx, session: &AffiliateSession, wrong: Option<String>) -> Result<Terms, sqlx::Error> {
    let subject = Subject::Affiliate(session.affiliate);
    let known = consent::latest(tx, subject, Kind::ProgramTerms).await?;
    let current = wording(tx, session).await?;
    Ok(match known {
        None => current.map_or(Terms::None, |wording| Terms::Open { wording, wrong }),
        Some(known) if known.granted => {
            Terms::Accepted { day: session.zone.date_in(session.t, known.decided_at), version: known.version, current }
        }
        Some(_) => Terms::TakenBack,
    })
}

/// `POST /a/terms`: accepts the program's terms, once. Without terms there is nothing to accept, and nothing is recorded.
pub async fn accept(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (organization, subject) = (session.organization, Subject::Affiliate(session.affiliate));
    let mut tx = state.db.tenant(organization).await?;
    // A second submission waits for the first one and finds its consent.
    book::store::lock(&mut tx).await?;
    let Some(shown) = wording(&mut tx, &session).await? else {
        tx.commit().await?;
        return Ok(Redirect::to("/a").into_response());
    };
    let wrong = if !fields.is_ticked("accept") {
        Some("portal-terms-unchecked")
    } else if shown.version != fields.raw("version") {
        Some("portal-terms-changed")
    } else {
        None
    };
    if let Some(wrong) = wrong {
        tx.commit().await?;
        return again(&state, &session, wrong).await;
    }
    if consent::latest(&mut tx, subject, Kind::ProgramTerms).await?.is_none() {
        let accepted = Accepted {
            at: state.clock.now(),
            version: Some(shown.version),
            evidence: format!(
                "Checked “{}” in the portal",
                session.t.say("portal-terms-accept").with("brand", &session.organization_name)
            ),
        };
        terms::accept(&mut tx, &state, session.affiliate, &accepted, &session.actor).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/a").into_response())
}

/// Shows the form again, with the error.
async fn again(state: &AppState, session: &AffiliateSession, wrong: &'static str) -> Result<Response, PageError> {
    let wrong = session.t.say(wrong).to_string();
    Ok((StatusCode::BAD_REQUEST, Html(home::shown_again(state, session, wrong).await?)).into_response())
}
