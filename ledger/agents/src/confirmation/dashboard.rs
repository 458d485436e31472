//! `/dashboard/confirm/{id}`: a person sees what an assistant requests, and confirms or declines it.

use std::sync::Arc;

use axum::{
    Extension, Form,
    extract::{FromRequestParts, Path, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use shared::id::{AgentConfirmationId, OrganizationId};

use super::{
    run,
    status::Status,
    store,
    view::{self, Request},
};
use crate::server::Server;
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
        step_up::{self, Given},
    },
    organization,
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};

pub(super) const PLACE: &str = "/dashboard/confirm";

/// The head of a request, which requests to the API are made from.
#[derive(Debug)]
pub struct Head(Parts);

impl<S: Send + Sync> FromRequestParts<S> for Head {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self(parts.clone()))
    }
}

/// What every handler here needs.
struct Visit<'v> {
    state: &'v AppState,
    server: &'v Server,
    session: &'v Session,
    member: &'v Member,
    parts: &'v Parts,
}

/// `GET /dashboard/confirm/{id}`.
///
/// # Errors
/// 404 for what isn't the organization's, 403 for a viewer, 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Extension(server): Extension<Arc<Server>>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    Head(parts): Head,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Operate)?;
    let visit = Visit { state: &state, server: &server, session: &session, member: &member, parts: &parts };
    let request = visit.find(parse_id(&id)?).await?;
    Ok(visit.page(&request, StatusCode::OK, Problems::default()).await?)
}

/// `POST /dashboard/confirm/{id}`: `do` is `confirm` or `decline`.
///
/// # Errors
/// As [`show`]. If it can't be confirmed any more or what it would do has changed, the page says so.
pub async fn decide(
    State(state): State<AppState>,
    Extension(server): Extension<Arc<Server>>,
    session: Session,
    Path(id): Path<String>,
    Head(parts): Head,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let visit = Visit { state: &state, server: &server, session: &session, member: &member, parts: &parts };
    let request = visit.find(parse_id(&id)?).await?;
    match fields.text("do") {
        "confirm" => Ok(visit.confirm(request, given).await?),
        "decline" => Ok(visit.decline(request).await?),
        _ => Err(Error::field("do", "do must be confirm or decline").into()),
    }
}

impl<'v> Visit<'v> {
    async fn find(&self, id: AgentConfirmationId) -> Result<Request<'v>> {
        let mut tx = self.state.db.tenant(self.member.organization).await?;
        let row = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
        let request = Request::of(row, self.server, &mut tx).await?;
        tx.commit().await?;
        if !self.member.role.may(request.tool.right()) {
            return Err(Error::forbidden(&format!("Ask {}.", request.tool.right().whose())));
        }
        Ok(request)
    }

    async fn page(&self, request: &Request<'_>, status: StatusCode, problems: Problems) -> Result<Response> {
        let mut page = view::load(self.state, self.session, (self.server, self.member, self.parts), request).await?;
        for (field, problem) in problems.pairs() {
            page.problems.add(field, problem);
        }
        Ok((status, Html(page)).into_response())
    }

    /// The page as it is now, after it can't be decided any more.
    async fn late(&self, id: AgentConfirmationId) -> Result<Response> {
        let request = self.find(id).await?;
        self.page(&request, StatusCode::CONFLICT, Problems::default()).await
    }

    async fn decline(&self, request: Request<'_>) -> Result<Response> {
        let id = request.row.id;
        if request.row.status(self.state.clock.now()) != Status::Open {
            return self.late(id).await;
        }
        let mut tx = self.state.db.tenant(self.member.organization).await?;
        let declined = store::decline(&mut tx, id, &self.member.actor.who, self.state.clock.now()).await?;
        tx.commit().await?;
        if declined { Ok(to("Declined", self.member.organization, id)) } else { self.late(id).await }
    }

    async fn confirm(&self, request: Request<'_>, given: Given) -> Result<Response> {
        let id = request.row.id;
        match request.row.status(self.state.clock.now()) {
            Status::Open => {
                if let Some(refused) = self.refusal(&request, given).await? {
                    return Ok(refused);
                }
            }
            Status::Stuck => {}
            _ => return self.late(id).await,
        }
        let mut tx = self.state.db.tenant(self.member.organization).await?;
        let taken = store::take(&mut tx, id, &self.member.actor.who, self.state.clock.now()).await?;
        let kin = organization::store::kinship(&mut tx).await?;
        tx.commit().await?;
        if !taken {
            return self.late(id).await;
        }
        let is_test = kin.is_some_and(|kin| kin.test_of.is_some());
        let caller = request.caller(self.server, self.member, self.parts, self.state, is_test);
        let run = run::run(request.tool, &request.arguments, id, &caller, self.state).await?;
        let mut tx = self.state.db.tenant(self.member.organization).await?;
        store::finish(&mut tx, id, &run.outcome).await?;
        tx.commit().await?;
        let message = if run.outcome.is_done { "Done" } else { "This couldn\u{2019}t be done" };
        Ok(to(message, self.member.organization, id))
    }

    /// The page again, if what it would do has changed, which voids it, or if the person has to prove who they are.
    async fn refusal(&self, request: &Request<'_>, given: Given) -> Result<Option<Response>> {
        let page = view::load(self.state, self.session, (self.server, self.member, self.parts), request).await?;
        if !page.is_same {
            let (id, now) = (request.row.id, self.state.clock.now());
            let mut tx = self.state.db.tenant(self.member.organization).await?;
            store::void(&mut tx, id, &self.member.actor.who, now).await?;
            tx.commit().await?;
            return Ok(Some(self.late(id).await?));
        }
        if request.is_money()
            && let Err(error) = step_up::prove(self.state, self.session, given).await
        {
            if !error.status().is_client_error() {
                return Err(error);
            }
            return Ok(Some(self.page(request, error.status(), Problems::of_error(&error)).await?));
        }
        Ok(None)
    }
}

fn to(message: &str, organization: OrganizationId, id: AgentConfirmationId) -> Response {
    Flash::done(message).redirect(&format!("{PLACE}/{id}?organization={organization}"))
}
