//! `/files/{token}`: serves a file by its link.

use axum::{
    extract::{FromRequestParts, Path, Request, State},
    http::{
        HeaderName, HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY,
            X_CONTENT_TYPE_OPTIONS,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use crate::{
    access::{actor::Actor, session::Session},
    audit::{self, Entry},
    portal::session::AffiliateSession,
};
use kit::{
    access::role::Right,
    error::{Code, Error, Result},
    file::{keep, link::Link, store},
    page::PageError,
    state::AppState,
};

/// The headers prevent the file from being displayed inside a page of ours and from running anything when opened.
const HEADERS: [(HeaderName, &str); 6] = [
    (CONTENT_TYPE, "application/pdf"),
    (CONTENT_SECURITY_POLICY, "sandbox; default-src 'none'; frame-ancestors 'none'"),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (CACHE_CONTROL, "no-store, private"),
    (REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// `GET /files/{token}`. A person's link works only in a browser in which they are signed in, an affiliate's only where
/// they are signed in to the portal. An API key's link works without a session, because programs fetch without cookies,
/// and only for one minute.
///
/// # Errors
/// 404 for a link that isn't ours, 403 for another person's, 410 for an expired one. The audit log records both
/// downloads and refusals.
pub async fn fetch(
    State(state): State<AppState>,
    Path(token): Path<String>,
    request: Request,
) -> std::result::Result<Response, PageError> {
    let link = Link::read(&state.config.keys.pages, &token).ok_or_else(Error::not_found)?;
    let (mut parts, _) = request.into_parts();
    let actor = asking(&link, &mut parts, &state).await;
    let refused = match &actor {
        _ if link.is_over(state.clock.now()) => Some(Refusal::Over),
        None => Some(Refusal::SomebodyElse),
        Some(_) => None,
    };
    let actor = actor.unwrap_or_else(Actor::system);
    if let Some(refusal) = refused {
        note(
            &state,
            &link,
            &actor,
            Entry::new("file.refused", link.file).after(json!({
                "reason": refusal.name(), "linkOf": link.who,
            })),
        )
        .await?;
        return Err(refusal.error().into());
    }
    let mut tx = state.db.tenant(link.organization).await?;
    let row = store::read(&mut tx, link.file).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let bytes = keep::open(&state, link.organization, link.file, &row).await?;
    // Recorded before the file is sent.
    let details = json!({"affiliate": row.affiliate.map(|id| id.to_string())});
    note(&state, &link, &actor, Entry::new("file.read", link.file).after(details)).await?;
    let mut response = bytes.into_response();
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    let name = format!("attachment; filename=\"{}.pdf\"", link.file);
    let name = HeaderValue::from_str(&name).map_err(|error| Error::internal(error))?;
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The reason a genuine link is refused.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    Over,
    SomebodyElse,
}

impl Refusal {
    const fn name(self) -> &'static str {
        match self {
            Self::Over => "link_expired",
            Self::SomebodyElse => "somebody_else",
        }
    }

    fn error(self) -> Error {
        match self {
            Self::Over => Error::new(
                axum::http::StatusCode::GONE,
                Code::LinkExpired,
                "This link has expired. Go back to where you found it and request the file again.",
            ),
            Self::SomebodyElse => {
                Error::forbidden("This link was created for someone else. Sign in and request the file yourself.")
            }
        }
    }
}

/// Returns the actor who follows the link, if the link was created for them and they still have access.
async fn asking(link: &Link, parts: &mut Parts, state: &AppState) -> Option<Actor> {
    if link.who.starts_with("user:") {
        let session = Session::from_request_parts(parts, state).await.ok()?;
        let member = session.member(Some(&link.organization.to_string()), Right::Configure).ok()?;
        return Some(member.actor).filter(|actor| actor.who == link.who);
    }
    if link.who.starts_with("affiliate:") {
        let session = AffiliateSession::from_request_parts(parts, state).await.ok()?;
        let own = session.organization == link.organization && session.actor.who == link.who;
        return own.then_some(session.actor);
    }
    Some(Actor { who: link.who.clone(), ..Actor::source_of(parts, state) })
}

async fn note(state: &AppState, link: &Link, actor: &Actor, entry: Entry) -> Result<()> {
    let mut tx = state.db.tenant(link.organization).await?;
    audit::record(&mut tx, actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}
