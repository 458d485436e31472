//! `POST /dashboard/copilot/{id}/actions/{action}`: a person confirms or declines a card.

use std::{collections::BTreeSet, sync::Arc};

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AgentConfirmationId, CopilotConversationId};

use super::{
    action_store as store,
    card::{self, Card, LATE, Stage, State as CardState},
    chat::Block,
    context::{Copilot, Head},
    conversation::{self, Draft},
    dashboard::Visit,
    mask::{Level, masked},
    store::Sender,
};
use crate::confirmation::run::{self, Run};
use identity::access::{
    session::Session,
    step_up::{self, Given},
};
use kit::{
    access::role::Right,
    api::path::parse_id,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};

const CHANGED: &str = "This has changed since you opened the page. Nothing has happened. Check it again.";
const OVER: &str = "This can no longer be decided.";

/// `do` is `confirm` or `decline`; `seen` is the digest of the card that the person saw.
///
/// # Errors
/// 404 for a card that isn't the person's, 403 if their role doesn't allow it any more. If it can't be confirmed any more
/// or what it would do has changed, the page says so.
pub async fn decide(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Path((id, action)): Path<(String, String)>,
    Head(parts): Head,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = Given::take(&mut fields);
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let (id, action) = (parse_id(&id)?, parse_id(&action)?);
    let Decision { message, status } = match fields.text("do") {
        "confirm" => confirm(&visit, id, action, fields.text("seen"), given).await?,
        "decline" => decline(&visit, id, action).await?,
        _ => return Err(Error::field("do", "do must be confirm or decline").into()),
    };
    let Some(status) = status else {
        let to = format!("{}#{action}", visit.page(id));
        return Ok(if message.is_empty() {
            Redirect::to(&to).into_response()
        } else {
            Flash::done(message).redirect(&to)
        });
    };
    let mut page = visit.one(id, "", Problems::default()).await?;
    page.set_problem(action, message);
    Ok((status, Html(page)).into_response())
}

/// What came of it: a message for the next page, or with a status why nothing happened.
struct Decision {
    message: String,
    status: Option<StatusCode>,
}

impl Decision {
    fn done(message: &str) -> Self {
        Self { message: message.to_owned(), status: None }
    }

    fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self { message: message.into(), status: Some(status) }
    }
}

async fn find(visit: &Visit, id: CopilotConversationId, action: AgentConfirmationId) -> Result<Card<'_>> {
    let context = &visit.context;
    let mut tx = context.state.db.tenant(context.member.organization).await?;
    let rows = store::list(&mut tx, id.uuid(), context.member.user).await?;
    tx.commit().await?;
    let row = rows.into_iter().find(|row| row.id == action.uuid()).ok_or_else(Error::not_found)?;
    let card = Card::of(row, context).await?;
    if !context.member.role.may(card.tool.right()) {
        return Err(Error::forbidden(&format!("Ask {}.", card.tool.right().whose())));
    }
    Ok(card)
}

async fn decline(visit: &Visit, id: CopilotConversationId, action: AgentConfirmationId) -> Result<Decision> {
    let card = find(visit, id, action).await?;
    let (state, member) = (&visit.context.state, &visit.context.member);
    let mut tx = state.db.tenant(member.organization).await?;
    let declined = store::decline(&mut tx, action, member.user, state.clock.now()).await?;
    tx.commit().await?;
    if !declined {
        return Ok(Decision::refused(LATE, OVER));
    }
    note(visit, id, (&card, CardState::Declined), (None, None), &BTreeSet::new()).await?;
    Ok(Decision::done("Declined"))
}

async fn confirm(
    visit: &Visit,
    id: CopilotConversationId,
    action: AgentConfirmationId,
    seen: &str,
    given: Given,
) -> Result<Decision> {
    let card = find(visit, id, action).await?;
    let (context, state, member) = (&visit.context, &visit.context.state, &visit.context.member);
    match card.stage(state.clock.now()) {
        Stage::Open => {
            if let Some(refused) = refusal(visit, &card, seen, given).await? {
                return Ok(refused);
            }
        }
        Stage::Stuck => {}
        _ => return Ok(Decision::refused(LATE, OVER)),
    }
    let mut tx = state.db.tenant(member.organization).await?;
    let taken = store::take(&mut tx, action, member.user, state.clock.now()).await?;
    tx.commit().await?;
    if !taken {
        return Ok(Decision::refused(LATE, OVER));
    }
    let Run { outcome, answered, .. } = run::run(card.tool, &card.arguments, action, &context.caller(), state).await?;
    let became = if outcome.is_done { CardState::Done } else { CardState::Failed };
    let (text, made) = (outcome.text.as_deref(), outcome.id.as_deref());
    let mut tx = state.db.tenant(member.organization).await?;
    let is_first = store::finish(&mut tx, action, became, (outcome.status, text, made)).await?;
    tx.commit().await?;
    if is_first {
        // People who were invited may be erased later, and are found by these.
        let ids = masked(&answered, &card.tool.untrusted, Level::Figures).ids;
        note(visit, id, (&card, became), (text, made), &ids).await?;
    }
    Ok(Decision::done(if outcome.is_done { "Done" } else { "This couldn\u{2019}t be done" }))
}

/// Why it isn't confirmed: the person saw something else than what would happen now, or has to prove who they are.
async fn refusal(visit: &Visit, card: &Card<'_>, seen: &str, given: Given) -> Result<Option<Decision>> {
    let now = card.seen(&visit.context).await?;
    if let Some(mistake) = now.problem {
        return Ok(Some(Decision::refused(LATE, mistake.message)));
    }
    if now.digest != seen {
        return Ok(Some(Decision::refused(LATE, CHANGED)));
    }
    if card.is_money()
        && let Err(error) = step_up::prove(&visit.context.state, &visit.session, given).await
    {
        if !error.status().is_client_error() {
            return Err(error);
        }
        let words = Problems::of_error(&error).pairs().first().map(|(_, words)| words.clone()).unwrap_or_default();
        return Ok(Some(Decision::refused(error.status(), words)));
    }
    Ok(None)
}

/// Lets the model know with the next message.
async fn note(
    visit: &Visit,
    id: CopilotConversationId,
    (card, became): (&Card<'_>, CardState),
    (text, made): (Option<&str>, Option<&str>),
    ids: &BTreeSet<String>,
) -> Result<()> {
    let text = text.map(super::mask::without_addresses);
    let blocks = [Block::Text { text: card::note(card, became, text.as_deref(), made) }];
    let draft = Draft { from: Sender::Note, blocks: &blocks, ids, source: None, note: None };
    match conversation::append(&visit.context, id, &[draft]).await {
        // The person deleted it in the meantime; what was done is done.
        Err(error) if error.status() == StatusCode::NOT_FOUND => Ok(()),
        other => other,
    }
}
