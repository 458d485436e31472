//! A signed-in person as a member of the organization that a page is about.

use axum::{extract::FromRequestParts, http::request::Parts};
use shared::id::{OrganizationId, UserId};
use url::form_urlencoded;

use super::{actor::Actor, session::Session};
use kit::{
    access::role::{Right, Role},
    config::SignUp,
    error::{Code, Error, Result},
};

#[derive(Debug, Clone)]
pub struct Member {
    pub organization: OrganizationId,
    pub user: UserId,
    pub email: String,
    pub role: Role,
    pub actor: Actor,
}

impl Session {
    /// Returns the person as a member of the organization that a page or form names, or, if it names none, of the first
    /// one they joined.
    ///
    /// # Errors
    /// 404 for an organization that isn't theirs, 403 `second_factor_required` if it requires two-step sign-in and they
    /// haven't turned it on, 409 `organization_closed` if it is scheduled for deletion, 403 `forbidden` if their role
    /// lacks the right, and 403 `email_not_verified` for anything but viewing before they have confirmed their email
    /// address.
    pub fn member(&self, named: Option<&str>, right: Right) -> Result<Member> {
        let found = match named {
            None if self.memberships.is_empty() && !self.barred.is_empty() => return Err(barred()),
            None => self.memberships.first(),
            Some(named) => {
                let named: OrganizationId = named.parse().map_err(|_| Error::not_found())?;
                if self.barred.iter().any(|(barred, _)| *barred == named) {
                    return Err(barred());
                }
                if self.closed.iter().any(|(closed, _)| *closed == named) {
                    return Err(closed());
                }
                self.memberships.iter().find(|(own, _)| *own == named)
            }
        };
        let (organization, role) = *found.ok_or_else(Error::not_found)?;
        if !role.may(right) {
            let message = format!("Your role ({}) doesn't allow this. Ask {}.", role.as_str(), right.whose());
            return Err(Error::forbidden(&message));
        }
        if right != Right::View && !self.verified {
            return Err(Error::new(
                axum::http::StatusCode::FORBIDDEN,
                Code::EmailNotVerified,
                "Confirm your email address first, using the link we sent you.",
            ));
        }
        Ok(Member { organization, user: self.user, email: self.email.clone(), role, actor: self.actor.clone() })
    }

    /// Whether the person may create another organization. Unless anyone can sign up, only an owner may, and not everyone whom
    /// an owner invited.
    pub fn may_found(&self, signup: SignUp) -> bool {
        signup == SignUp::Open || self.memberships.iter().any(|(_, role)| role.may(Right::Govern))
    }
}

fn barred() -> Error {
    let message =
        "This organization requires two-step sign-in. Turn it on in your account (/account/two-factor) and try again.";
    Error::new(axum::http::StatusCode::FORBIDDEN, Code::SecondFactorRequired, message)
}

fn closed() -> Error {
    let message = "This organization is scheduled for deletion. An owner can cancel this under \"Your organizations\".";
    Error::new(axum::http::StatusCode::CONFLICT, Code::OrganizationClosed, message)
}

/// Which of a person's organizations a page is about: `?organization=org_…`, or by default the first one they joined.
#[derive(Debug)]
pub struct Choice(Option<String>);

impl Choice {
    pub fn named(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Choice {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        let query = parts.uri.query().unwrap_or_default();
        let named = form_urlencoded::parse(query.as_bytes())
            .find_map(|(name, value)| (name == "organization" && !value.is_empty()).then(|| value.into_owned()));
        Ok(Self(named))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session(role: Role, verified: bool) -> (Session, OrganizationId) {
        let own = OrganizationId::v7(1, &[1; 10]);
        let session = Session {
            user: UserId::v7(1, &[0; 10]),
            name: String::new(),
            email: "a@b.test".to_owned(),
            verified,
            memberships: vec![(own, role)],
            closed: Vec::new(),
            barred: Vec::new(),
            actor: Actor::system(),
            proved_at: None,
            token_hash: [0; 32],
        };
        (session, own)
    }

    fn refusal(role: Role, verified: bool, right: Right) -> Option<String> {
        let (session, own) = session(role, verified);
        session.member(Some(&own.to_string()), right).err().map(|error| error.body().code.as_str().to_owned())
    }

    #[test]
    fn a_role_goes_as_far_as_it_goes() {
        assert_eq!(refusal(Role::Manager, true, Right::Operate), None);
        assert_eq!(refusal(Role::Viewer, true, Right::Operate).as_deref(), Some("forbidden"));
        assert_eq!(refusal(Role::Manager, true, Right::Configure).as_deref(), Some("forbidden"));
        assert_eq!(refusal(Role::Admin, true, Right::Govern).as_deref(), Some("forbidden"));
    }

    #[test]
    fn who_is_not_verified_looks() {
        assert_eq!(refusal(Role::Owner, false, Right::View), None);
        assert_eq!(refusal(Role::Owner, false, Right::Operate).as_deref(), Some("email_not_verified"));
    }

    #[test]
    fn nothing_is_done_in_an_organization_that_waits_for_its_deletion() {
        let (mut session, own) = session(Role::Owner, true);
        session.closed = std::mem::take(&mut session.memberships);
        let refused = session.member(Some(&own.to_string()), Right::View).unwrap_err();
        assert_eq!((refused.status().as_u16(), refused.body().code.as_str()), (409, "organization_closed"));
        assert_eq!(session.member(None, Right::View).unwrap_err().status(), 404);
    }

    #[test]
    fn without_two_steps_an_organization_that_asks_for_them_is_shut() {
        let (mut session, own) = session(Role::Owner, true);
        session.barred = std::mem::take(&mut session.memberships);
        for named in [Some(own.to_string()), None] {
            let refused = session.member(named.as_deref(), Right::View).unwrap_err();
            assert_eq!((refused.status().as_u16(), refused.body().code.as_str()), (403, "second_factor_required"));
        }
    }

    #[test]
    fn only_owners_found_organizations_where_not_everyone_signs_up() {
        for (role, expected) in
            [(Role::Owner, true), (Role::Admin, false), (Role::Manager, false), (Role::Viewer, false)]
        {
            let (mut session, _) = session(role, true);
            assert!(session.may_found(SignUp::Open), "{}", role.as_str());
            for signup in [SignUp::Closed, SignUp::UntilFirstOwner] {
                assert_eq!(session.may_found(signup), expected, "{}", role.as_str());
            }
            session.closed = std::mem::take(&mut session.memberships);
            assert!(!session.may_found(SignUp::Closed), "{}: one that waits for its deletion", role.as_str());
        }
    }

    #[test]
    fn anothers_organization_is_not_there() {
        let (session, own) = session(Role::Owner, true);
        let other = OrganizationId::v7(1, &[2; 10]).to_string();
        for named in [other.as_str(), "", "org_x"] {
            assert_eq!(session.member(Some(named), Right::View).unwrap_err().status(), 404, "{named}");
        }
        assert_eq!(session.member(None, Right::Govern).unwrap().organization, own);
    }
}
