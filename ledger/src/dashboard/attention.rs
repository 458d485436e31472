//! `POST /dashboard/quarantine/{id}`: a person decides about an event that could not be applied.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use serde_json::value::RawValue;
use shared::{batch::Verdict, id::OrganizationId};
use uuid::Uuid;

use crate::{
    access::session::Session,
    error::Error,
    intake::receive,
    page::PageError,
    quarantine::store::{self, Decision},
    state::AppState,
};

/// The form's fields.
#[derive(Debug, Deserialize)]
pub struct Choice {
    organization: String,
    decision: String,
}

/// Applies the event once more, or puts it aside, and goes back to the dashboard.
///
/// # Errors
/// 404 for what is not the person's, 403 for a viewer, 503 where the database is away.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(choice): Form<Choice>,
) -> Result<Response, PageError> {
    let organization = may_decide(&session, &choice.organization)?;
    let id: Uuid = id.parse().map_err(|_| Error::not_found())?;
    let decision = match choice.decision.as_str() {
        "replay" => replay(&state, organization, id).await?,
        "dismiss" => Some(Decision::Dismissed),
        _ => return Err(Error::field("decision", "must be replay or dismiss").into()),
    };
    if let Some(decision) = decision {
        let mut tx = state.db.tenant(organization).await?;
        let settled = store::settle(&mut tx, organization, id, decision).await?;
        tx.commit().await?;
        // Applying an event closes it by itself.
        if !settled && decision == Decision::Dismissed {
            return Err(Error::not_found().into());
        }
    }
    Ok(Redirect::to(&format!("/dashboard?organization={organization}")).into_response())
}

/// The organization that a form names, where the person may decide for it.
///
/// # Errors
/// 404 for another's organization, 403 for a viewer.
pub(super) fn may_decide(session: &Session, named: &str) -> Result<OrganizationId, Error> {
    let named: OrganizationId = named.parse().map_err(|_| Error::not_found())?;
    let (organization, role) =
        session.memberships.iter().find(|(own, _)| *own == named).ok_or_else(Error::not_found)?;
    if role == "viewer" {
        return Err(Error::forbidden("Viewers may look, not decide. Ask an owner, admin or manager."));
    }
    Ok(*organization)
}

/// `None` where it still can't be applied: it stays where it is.
async fn replay(state: &AppState, organization: OrganizationId, id: Uuid) -> Result<Option<Decision>, Error> {
    let mut tx = state.db.tenant(organization).await?;
    let body = store::open_body(&mut tx, organization, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let raw: &RawValue = serde_json::from_str(&body).map_err(Error::internal)?;
    let verdicts = receive::batch(state, &[raw]).await?;
    let applied = verdicts.iter().all(|item| matches!(item.verdict, Verdict::Accepted | Verdict::Duplicate));
    Ok(applied.then_some(Decision::Replayed))
}

#[cfg(test)]
mod tests {
    use shared::id::UserId;

    use super::*;

    #[test]
    fn only_those_who_may_change_things_decide() {
        let (own, other) = (OrganizationId::v7(1, &[1; 10]), OrganizationId::v7(1, &[2; 10]));
        let session = |role: &str| Session {
            user: UserId::v7(1, &[0; 10]),
            email: "a@b.test".to_owned(),
            memberships: vec![(own, role.to_owned())],
        };
        assert_eq!(may_decide(&session("manager"), &own.to_string()).unwrap(), own);
        assert_eq!(may_decide(&session("viewer"), &own.to_string()).unwrap_err().status(), 403);
        assert_eq!(may_decide(&session("owner"), &other.to_string()).unwrap_err().status(), 404);
    }
}
