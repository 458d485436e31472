//! `/dashboard/network/creators/{id}`: a creator's public profile, the reasons of the score, and the form to invite them.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{CreatorId, OrganizationId, ProgramId};

use super::{
    Contact, dashboard,
    dashboard_view::badge,
    invite::{self, Remaining},
    store::{self, Filter},
};
use crate::{
    creator::card::PublicCard,
    listing::open,
    matching::{
        creators::{self, MatchedCreator},
        dashboard::{PLACE, creator as creator_address},
        store as matching_store,
    },
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, address::Address, flash::Flash, status::Badge},
    state::AppState,
    text::Texts,
};

#[derive(Debug, askama::Template)]
#[template(path = "network_creator.html")]
struct CreatorPage {
    t: Texts,
    frame: Frame,
    /// The listed programs that may search for creators.
    programs: Vec<(ProgramId, String)>,
    program: ProgramId,
    creator: MatchedCreator,
    card: PublicCard,
    is_ignored: bool,
    /// The contact about this program, if there is one.
    contact: Option<Contact>,
    /// Why the creator can't be invited to this program now.
    refusal: Option<String>,
    remaining: Remaining,
    message: String,
    problems: Problems,
}

/// `GET /dashboard/network/creators/{id}`; `program` is the one that the score is for.
///
/// # Errors
/// 404 for a creator whom the brand doesn't see, and a program that isn't listed or may not search for creators.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(creator): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    let creator: CreatorId = creator.parse().map_err(|_| Error::not_found())?;
    let wish = (organization, creator, query.id("program")?);
    let page = load(&state, &session, wish, (String::new(), Problems::default())).await?;
    let mut tx = state.db.tenant(organization).await?;
    matching_store::mark(&mut tx, creator, ("Seen", true), state.clock.now()).await?;
    tx.commit().await?;
    Ok(Html(page).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    (organization, creator, named): (OrganizationId, CreatorId, Option<ProgramId>),
    (message, problems): (String, Problems),
) -> Result<CreatorPage> {
    let now = state.clock.now();
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let programs = matching_store::searching(&mut tx).await?;
    let program = named.or_else(|| programs.first().map(|(program, _)| *program)).ok_or_else(Error::not_found)?;
    let found = creators::one(&mut tx, (program, creator), (now, Texts::default())).await?;
    let pair = Filter { program: Some(program), creator: Some(creator), limit: 1, ..Filter::default() };
    let contact = store::list(&mut tx, &pair, now).await?.pop();
    let remaining = invite::remaining(&mut tx, state).await?;
    tx.commit().await?;
    let known = contact.as_ref().map_or(Ok(()), |contact| invite::may_follow(contact, now));
    let refusal = known.err().map(|error| kit::form::message_for(&error)).or_else(|| remaining.refusal.clone());
    Ok(CreatorPage {
        t: Texts::default(),
        frame,
        programs,
        program,
        creator: found.creator,
        card: found.profile,
        is_ignored: found.is_ignored,
        contact,
        refusal,
        remaining,
        message,
        problems,
    })
}

impl CreatorPage {
    fn badge(&self, contact: &Contact) -> Badge {
        badge(contact, &self.frame.zone)
    }

    fn thread(&self) -> Address {
        dashboard::thread_address(self.frame.organization, self.creator.id)
    }

    fn list(&self) -> Address {
        Address::of(PLACE, self.frame.organization).with("program", self.program)
    }

    fn is_chosen(&self, program: &ProgramId) -> bool {
        self.program == *program
    }

    fn of(&self, field: &str) -> Option<&str> {
        self.problems.of(field)
    }

    fn elsewhere(&self) -> Option<&str> {
        self.problems.elsewhere(&["message"])
    }

    /// How many invitations are left, and why not more.
    fn allowance(&self) -> String {
        let Remaining { left, day_max, because, .. } = &self.remaining;
        let invitations = if *left == 1 { "invitation" } else { "invitations" };
        let sentence = format!("You can send {left} more {invitations} now, and at most {day_max} in 24 hours.");
        because.map_or_else(|| sentence.clone(), |because| format!("{sentence} {because}"))
    }
}

/// `POST /dashboard/network/creators/{id}/invite`.
///
/// # Errors
/// 404 for what the brand doesn't see, 403 for a viewer. A mistake or a limit is shown at the form.
pub async fn invite(
    State(state): State<AppState>,
    session: Session,
    Path(creator): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    open(&state)?;
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let creator: CreatorId = creator.parse().map_err(|_| Error::not_found())?;
    let program: ProgramId = fields.text("program").parse().map_err(|_| Error::not_found())?;
    let organization = member.organization;
    match send(&state, &member, (program, creator), fields.raw("message")).await {
        Ok(()) => {
            let to = creator_address(organization, creator, Some(program)).to_string();
            Ok(Flash::done("Invitation sent").redirect(&to))
        }
        Err(error) if dashboard::is_shown(&error) => {
            let given = (fields.raw("message").to_owned(), Problems::of_error(&error));
            let page = load(&state, &session, (organization, creator, Some(program)), given).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn send(state: &AppState, member: &Member, pair: (ProgramId, CreatorId), message: &str) -> Result<()> {
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = match invite::invite(&mut tx, state, pair, message).await {
        Ok(invited) => invited,
        Err(error) => {
            tx.rollback().await?;
            return Err(invite::refused(state, member.organization, error).await);
        }
    };
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}
