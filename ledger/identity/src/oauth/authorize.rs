//! `/oauth/authorize`: an app sends a person here, who signs in, chooses an organization, and decides.
//!
//! Nothing is answered before the person has signed in: apps can name any address that they registered, and no one who
//! just clicks a link is to be led there. A request whose app or address isn't known ends on a page of ours; any other
//! answer goes back to the app.

use axum::{
    Form,
    extract::{RawQuery, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{
    client::{self, Client},
    grant::{self, Allowed},
    redirect,
    request::{AuthorizationRequest, Parameters, Refusal, answer},
    scope::Access,
};
use crate::access::{finish_login::AUTHORIZE_MAX, session::Session, store as access_store};
use kit::{
    access::role::Right,
    error::{Code, Error, Result},
    form::{Fields, sentence_for},
    page::{PageError, leading_to},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "oauth_consent.html")]
struct ConsentPage {
    email: String,
    verified: bool,
    app: String,
    /// The host that vouches for the app's name, if any does.
    document_host: Option<String>,
    /// Where the person is sent back to.
    host: String,
    is_local: bool,
    /// Whether the app asks for more than reading.
    writes: bool,
    /// Each organization that the app can be connected to, with its name.
    organizations: Vec<(OrganizationId, String)>,
    /// The one that is chosen already.
    chosen: Option<OrganizationId>,
    /// Whether an organization is missing because it requires two-step sign-in.
    is_barred: bool,
    problem: Option<String>,
    /// The app's request, which the form sends once more.
    fields: Vec<(String, String)>,
}

/// An app's request, from an app that we know and to an address of it.
struct Arrived {
    client: Client,
    redirect_uri: String,
    given: Parameters,
}

impl Arrived {
    /// # Errors
    /// 400, in words for the person: the app isn't known, or the address isn't the app's.
    async fn of(state: &AppState, session: &Session, given: Option<Parameters>) -> Result<Self> {
        let given = given.ok_or_else(|| refused("The app\u{2019}s request has a parameter twice."))?;
        let incomplete = || refused("The app\u{2019}s request is incomplete. Go back to the app and connect it again.");
        let (id, redirect_uri) = (given.get("client_id"), given.get("redirect_uri"));
        let (id, redirect_uri) = id.zip(redirect_uri).ok_or_else(incomplete)?;
        let client = client::find(state, session.user, id).await?;
        if !client.leads_to(redirect_uri) {
            return Err(refused("The app asked to be answered at an address that isn\u{2019}t its own."));
        }
        Ok(Self { redirect_uri: redirect_uri.to_owned(), client, given })
    }

    /// Sends the person back to the app.
    fn back(&self, state: &AppState, parameters: &[(&str, &str)]) -> Response {
        let address = answer(&self.redirect_uri, &state.config.public_url, self.given.get("state"), parameters);
        Redirect::to(&address).into_response()
    }

    fn refuse(&self, state: &AppState, (code, description): Refusal) -> Response {
        self.back(state, &[("error", code), ("error_description", description)])
    }

    async fn page(&self, state: &AppState, session: &Session, access: Access) -> Result<ConsentPage> {
        let own = session.memberships.iter().map(|(organization, _)| *organization).collect();
        let mut tx = state.db.tenants(own).await?;
        let found = access_store::organizations(&mut tx).await?;
        tx.commit().await?;
        let name = |name: String, is_test| if is_test { format!("{name} (test mode)") } else { name };
        let organizations: Vec<_> = found.into_iter().map(|(id, text, is_test)| (id, name(text, is_test))).collect();
        Ok(ConsentPage {
            email: session.email.clone(),
            verified: session.verified,
            app: self.client.name.clone(),
            document_host: self.client.document_host(),
            host: redirect::host(&self.redirect_uri),
            is_local: redirect::is_local(&self.redirect_uri),
            writes: access == Access::Write,
            chosen: session.memberships.first().map(|(first, _)| *first),
            organizations,
            is_barred: !session.barred.is_empty(),
            problem: None,
            fields: self.given.pairs(),
        })
    }
}

/// `GET /oauth/authorize`.
///
/// # Errors
/// 400 if the app or its address isn't known, 429 after too many apps, 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    RawQuery(query): RawQuery,
) -> std::result::Result<Response, PageError> {
    let query = query.unwrap_or_default();
    if query.len() > AUTHORIZE_MAX {
        return Err(refused("The app\u{2019}s request is too long.").into());
    }
    let arrived = Arrived::of(&state, &session, Parameters::of_query(&query)).await?;
    match AuthorizationRequest::read(&arrived.given, &state.config.public_url) {
        Ok(request) => {
            let page = arrived.page(&state, &session, request.access).await?;
            Ok(leading_to(&redirect::policy(&arrived.redirect_uri), page))
        }
        Err(refusal) => Ok(arrived.refuse(&state, refusal)),
    }
}

/// `POST /oauth/authorize`: what the person decided.
///
/// # Errors
/// As [`show`]. A mistake is shown on the page.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Parameters::of(fields.pairs().iter().map(|(name, value)| (name, value.as_str())));
    let arrived = Arrived::of(&state, &session, given).await?;
    let request = match AuthorizationRequest::read(&arrived.given, &state.config.public_url) {
        Ok(request) => request,
        Err(refusal) => return Ok(arrived.refuse(&state, refusal)),
    };
    if fields.text("decision") != "allow" {
        return Ok(arrived.refuse(&state, ("access_denied", "The person didn\u{2019}t allow it.")));
    }
    match allow(&state, &session, &arrived, &request, &fields).await {
        Ok(code) => Ok(arrived.back(&state, &[("code", &code)])),
        Err(error) if error.status().is_client_error() => {
            let page = arrived.page(&state, &session, request.access).await?;
            let chosen = fields.text("organization").parse().ok().or(page.chosen);
            let page = ConsentPage { chosen, problem: Some(sentence_for(&error)), ..page };
            Ok((error.status(), leading_to(&redirect::policy(&arrived.redirect_uri), page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Returns the code.
async fn allow(
    state: &AppState,
    session: &Session,
    arrived: &Arrived,
    request: &AuthorizationRequest,
    fields: &Fields,
) -> Result<String> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    if !session.verified {
        let message = "Confirm your email address first, using the link we sent you.";
        return Err(Error::new(StatusCode::FORBIDDEN, Code::EmailNotVerified, message));
    }
    // The person may allow less than the app asks for.
    let access = if fields.text("access") == "write" { request.access } else { Access::Read };
    let allowed = Allowed { client: &arrived.client, redirect_uri: &arrived.redirect_uri, request, access };
    let mut tx = state.db.tenant(member.organization).await?;
    let code = grant::allow(&mut tx, state, &member, &allowed).await?;
    tx.commit().await?;
    Ok(code.expose().to_owned())
}

fn refused(message: &str) -> Error {
    Error::new(StatusCode::BAD_REQUEST, Code::BadRequest, message)
}
