//! For whom a conversation is held: a signed-in person, with their role, at this moment.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};
use tokio::sync::Semaphore;

use super::{
    connection::Connection,
    usage::{Account, User},
};
use crate::{confirmation::exchange::Caller, server::Server};
use identity::access::{
    actor::{Actor, RequestId},
    agent::Agent,
    member::Member,
};
use kit::{
    access::scope::Scope,
    outbound::{Outbound, Reach},
    state::AppState,
};

/// The app through which the person acts, as the audit log names it.
pub const VIA: &str = "co-pilot";
/// Answers that this process works on at once.
const AT_ONCE: usize = 20;

/// The head of a request, for actions of the person who sent it.
#[derive(Debug)]
pub struct Head(pub Parts);

impl<S: Send + Sync> FromRequestParts<S> for Head {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> std::result::Result<Self, Self::Rejection> {
        Ok(Self(parts.clone()))
    }
}

/// What all conversations of this process share.
#[derive(Debug)]
pub struct Copilot {
    pub server: Arc<Server>,
    /// For the operator's model, which may be in their own network.
    operators: Option<Outbound>,
    pub running: Arc<Semaphore>,
}

impl Copilot {
    pub fn new(server: Arc<Server>) -> Self {
        let operators = Outbound::new(Reach::Anywhere);
        if let Err(error) = &operators {
            tracing::error!(event = "copilot.model_unreachable", "the operator's model can't be reached: {error}");
        }
        Self { server, operators: operators.ok(), running: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The client for a connection. An organization's own server has to be public.
    pub fn outbound<'a>(&'a self, state: &'a AppState, connection: &Connection) -> &'a Outbound {
        match &self.operators {
            Some(outbound) if connection.is_operators => outbound,
            _ => &state.outbound,
        }
    }
}

/// Everything that an answer needs.
#[derive(Debug, Clone)]
pub struct Context {
    pub state: AppState,
    pub copilot: Arc<Copilot>,
    pub member: Member,
    /// The head of the request.
    pub parts: Parts,
    pub connection: Connection,
    pub test_mode: bool,
}

impl Context {
    /// The person, through the co-pilot.
    pub fn agent(&self) -> Agent {
        Agent {
            organization: self.member.organization,
            connection: self.member.user.uuid(),
            role: self.member.role,
            scope: Scope::Write,
            actor: Actor::person_via(self.member.user, VIA, &self.parts, &self.state),
            test_mode: self.test_mode,
        }
    }

    /// The person, for what their answers cost.
    pub fn account(&self) -> Account {
        Account {
            state: self.state.clone(),
            organization: self.member.organization,
            user: User::Person(self.member.user),
            connection: self.connection.clone(),
        }
    }

    /// The API, as the person.
    pub fn caller(&self) -> Caller {
        Caller {
            api: self.copilot.server.api.clone(),
            agent: self.agent(),
            request_id: self.parts.extensions.get::<RequestId>().cloned(),
        }
    }
}
