//! The page of a confirmation.

use axum::http::request::Parts;
use serde_json::{Map, Value};
use shared::id::AgentConfirmationId;

use super::{digest, effect::Effect, exchange::Caller, status::Status, store::Row, subject::Names, words};
use crate::{
    server::Server,
    tool::{catalog::Tool, table::Class},
};
use identity::{
    access::{
        actor::{Actor, RequestId},
        agent::Agent,
        member::Member,
        session::Session,
        step_up::{self, Challenge},
    },
    audit::names,
    page::frame::Frame,
};
use kit::{
    access::scope::Scope,
    db::TenantTx,
    error::{Error, Result},
    form::Problems,
    page::zone::When,
    state::AppState,
};

/// The menu's entry that the page belongs to.
pub(super) const PLACE: &str = "/dashboard/settings/ai-assistants";
/// Pages of what an operation made or changed, by how its id begins.
const PAGES: [(&str, &str); 5] = [
    ("aff_", "affiliates"),
    ("prog_", "programs"),
    ("conv_", "conversions"),
    ("com_", "commissions"),
    ("run_", "payouts/runs"),
];
const ASSISTANT: &str = "AI assistant ";
const NAME_MAX: usize = 100;

#[derive(Debug, askama::Template)]
#[template(path = "agent_confirmation.html")]
pub struct ConfirmPage {
    frame: Frame,
    id: AgentConfirmationId,
    /// Who asks.
    assistant: String,
    title: &'static str,
    effect: &'static str,
    will: Effect,
    /// Whether it would still do what it would have done when it was requested.
    pub is_same: bool,
    status: Status,
    requested: When,
    expires: When,
    decided: Option<(String, When)>,
    result: Option<String>,
    /// Where what was made or changed is.
    page: Option<String>,
    challenge: Challenge,
    pub problems: Problems,
}

/// A confirmation with everything that showing or running it needs.
#[derive(Debug)]
pub struct Request<'s> {
    pub row: Row,
    pub tool: &'s Tool,
    pub arguments: Map<String, Value>,
    /// The name of the assistant or app that asks.
    pub assistant: String,
}

impl<'s> Request<'s> {
    /// # Errors
    /// 404 if the tool is gone; 500 if the row isn't what was requested.
    pub async fn of(row: Row, server: &'s Server, tx: &mut TenantTx) -> Result<Self> {
        let tool = server.catalog().await?.named(&row.tool).ok_or_else(Error::not_found)?;
        if digest::of_call(row.connection, &row.tool, &row.arguments)[..] != row.digest[..] {
            return Err(Error::internal("a confirmation that isn't what was requested"));
        }
        let arguments = serde_json::from_str(&row.arguments).map_err(|error| Error::internal(error))?;
        let assistant = assistant(tx, &row.requested_by, row.via.as_deref()).await?;
        Ok(Self { row, tool, arguments, assistant })
    }

    /// The API as the person who looks at the page, through the assistant.
    pub fn caller(&self, server: &Server, member: &Member, parts: &Parts, state: &AppState, test_mode: bool) -> Caller {
        let actor = Actor::person_via(member.user, &self.assistant, parts, state);
        let agent = Agent {
            organization: member.organization,
            connection: self.row.connection,
            role: member.role,
            scope: Scope::Write,
            actor,
            test_mode,
        };
        Caller { api: server.api.clone(), agent, request_id: parts.extensions.get::<RequestId>().cloned() }
    }

    pub fn is_money(&self) -> bool {
        self.tool.entry.class == Class::Money
    }
}

/// The app that a person connected, or the assistant's own name.
pub async fn assistant(tx: &mut TenantTx, requested_by: &str, via: Option<&str>) -> Result<String> {
    if let Some(via) = via {
        return Ok(via.to_owned());
    }
    let known = names::of(tx, [requested_by].into_iter()).await?;
    let name = names::actor_name(&known, requested_by);
    Ok(name.strip_prefix(ASSISTANT).unwrap_or(&name).chars().take(NAME_MAX).collect())
}

/// What the person sees now.
///
/// # Errors
/// 503 if the database or the API is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    (server, member, parts): (&Server, &Member, &Parts),
    request: &Request<'_>,
) -> Result<ConfirmPage> {
    let frame = Frame::load(state, session, member.organization, PLACE).await?;
    let Request { row, tool, arguments, .. } = request;
    let status = row.status(state.clock.now());
    let caller = request.caller(server, member, parts, state, frame.test_mode);
    let mut problems = Problems::default();
    let mut will = Effect::read(tool, arguments, &caller).await?.unwrap_or_else(|mistake| {
        problems.add(&mistake.field, mistake.message);
        Effect { lines: words::lines(tool, arguments, &Names::new()), preview: Vec::new() }
    });
    let is_same = will.digest()[..] == row.effect[..];
    let status = match status {
        Status::Open if !is_same => Status::Void,
        Status::Open => Status::Open,
        other => {
            // What has been decided isn't predicted any more.
            (problems, will.preview) = (Problems::default(), Vec::new());
            other
        }
    };
    let has_to_prove = status == Status::Open && request.is_money();
    let challenge = if has_to_prove { step_up::challenge_for(state, session).await? } else { Challenge::Nothing };
    Ok(ConfirmPage {
        id: row.id,
        assistant: request.assistant.clone(),
        title: tool.entry.title,
        effect: words::effect(tool.entry.name),
        will,
        is_same,
        status,
        requested: frame.zone.when(row.created_at),
        expires: frame.zone.when(row.expires_at),
        decided: if status == Status::Void { None } else { decided(state, member, row, &frame).await? },
        result: row.result_text.clone(),
        page: row.result_id.as_deref().and_then(|id| page_of(id, &frame)),
        challenge,
        problems,
        frame,
    })
}

async fn decided(state: &AppState, member: &Member, row: &Row, frame: &Frame) -> Result<Option<(String, When)>> {
    let (Some(by), Some(at)) = (&row.decided_by, row.decided_at) else { return Ok(None) };
    let mut tx = state.db.tenant(member.organization).await?;
    let known = names::own(&mut tx, [by.as_str()].into_iter()).await?;
    tx.commit().await?;
    Ok(Some((names::actor_name(&known, by), frame.zone.when(at))))
}

fn page_of(id: &str, frame: &Frame) -> Option<String> {
    let (_, page) = PAGES.iter().find(|(prefix, _)| id.starts_with(prefix))?;
    Some(format!("/dashboard/{page}/{id}?organization={}", frame.organization))
}
