//! `/dashboard/affiliates/new`: adds an affiliate manually.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AffiliateId, OrganizationId};

use super::{PLACE, commands, list::Offer, store};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};
use programs::{affiliate::create::NewAffiliate, dashboard::pick_store};

#[derive(Debug, askama::Template)]
#[template(path = "affiliate_new.html")]
struct NewPage {
    frame: Frame,
    offer: Offer,
    segments: Vec<String>,
    typed: Fields,
    problems: Problems,
}

impl NewPage {
    fn typed(&self, name: &str) -> &str {
        self.typed.raw(name)
    }

    /// Returns what was typed, or the suggestion if nothing was submitted yet.
    fn or<'a>(&'a self, name: &str, offered: &'a str) -> &'a str {
        if self.typed.pairs().is_empty() { offered } else { self.typed(name) }
    }

    fn wrong(&self, name: &str) -> Option<&str> {
        self.problems.of(name)
    }

    /// The error, if it belongs to none of the form's fields.
    fn wrong_elsewhere(&self) -> Option<&str> {
        const FIELDS: [&str; 8] = ["name", "email", "slug", "status", "segment", "notes", "programId", "destination"];
        self.problems.elsewhere(&FIELDS)
    }

    fn program(&self) -> &str {
        let only = self.offer.program.as_ref().map_or("", |(id, _)| id.as_str());
        self.or("programId", if self.offer.destination.is_empty() { "" } else { only })
    }
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let page = load(&state, &session, organization, Fields::default(), Problems::default()).await?;
    Ok(Html(page).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    typed: Fields,
    problems: Problems,
) -> Result<NewPage> {
    let frame = Frame::load(state, session, organization, "/dashboard/affiliates/new").await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = pick_store::programs(&mut tx).await?;
    let segments = store::segments(&mut tx).await?;
    tx.commit().await?;
    Ok(NewPage { frame, offer: Offer::of(&programs), segments, typed, problems })
}

/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Other errors are shown next
/// to their field.
pub async fn create(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let made = make(&state, &member, &fields).await;
    match made {
        Ok(id) => Ok(Redirect::to(&format!("{PLACE}/{id}?organization={organization}&done=new")).into_response()),
        Err(error) if error.status().is_client_error() => {
            let page = load(&state, &session, organization, fields, Problems::of_error(&error)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn make(state: &AppState, member: &Member, fields: &Fields) -> Result<AffiliateId> {
    let mut requested = pagination(fields)?;
    commands::lead_somewhere(state, member, requested.program_id, &mut requested.destination).await?;
    commands::create(state, member, requested).await
}

fn pagination(fields: &Fields) -> Result<NewAffiliate> {
    let given = |name: &str| fields.given(name).map(str::to_owned);
    // Pending affiliates get their link when they are approved.
    let waits = given("status").as_deref() == Some("Pending");
    let program_id = given("programId")
        .filter(|_| !waits)
        .map(|id| id.parse().map_err(|_| Error::field("programId", "Choose one of your programs.")))
        .transpose()?;
    Ok(NewAffiliate {
        name: given("name").unwrap_or_default(),
        email: given("email").unwrap_or_default(),
        slug: given("slug"),
        status: given("status"),
        application: None,
        notes: given("notes"),
        segment: given("segment"),
        // Without a program, the suggested destination has no meaning.
        destination: given("destination").filter(|_| program_id.is_some()),
        program_id,
        host: None,
        terms_accepted: None,
    })
}
