//! Counts tokens, and says when an organization has used those of a day.

use super::{
    chat::{Fault, Prompt, Reply, Usage},
    connection_store,
    context::Context,
    store,
};
use kit::error::Result;

/// About as many bytes are one token, where a server doesn't count.
const BYTES_PER_TOKEN: u64 = 4;
const OVER: &str =
    "Your organization has used its tokens for today (UTC). An admin can raise the limit under Settings, Co-pilot.";

/// What to say if no more may be asked today.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn over_budget(context: &Context) -> Result<Option<String>> {
    let mut tx = context.state.db.tenant(context.member.organization).await?;
    let used = store::tokens_of_day(&mut tx, context.state.clock.now().date()).await?;
    tx.commit().await?;
    Ok((used >= i64::from(context.connection.tokens_per_day)).then(|| OVER.to_owned()))
}

/// Counts a request, and records whether the server accepted the key.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn count(context: &Context, prompt: &Prompt, reply: Option<&Reply>, fault: Option<&Fault>) -> Result<()> {
    let (state, member) = (&context.state, &context.member);
    let usage = reply.map(|reply| reply.usage.unwrap_or_else(|| estimated(prompt, reply))).unwrap_or_default();
    let now = state.clock.now();
    let mut tx = state.db.tenant(member.organization).await?;
    store::count(&mut tx, member.user, now.date(), (0, usage)).await?;
    let is_refused = fault == Some(&Fault::Credentials);
    if !context.connection.is_operators && (is_refused || fault.is_none()) {
        connection_store::set_refused(&mut tx, is_refused.then_some(now)).await?;
    }
    tx.commit().await?;
    let Usage { input, cached, output } = usage;
    tracing::info!(model = prompt.model, input, cached, output, "the co-pilot's model answered");
    Ok(())
}

fn estimated(prompt: &Prompt, reply: &Reply) -> Usage {
    let tokens = |text: &str| u64::try_from(text.len()).unwrap_or_default() / BYTES_PER_TOKEN;
    let messages = serde_json::to_string(&prompt.messages).unwrap_or_default();
    let blocks = serde_json::to_string(&reply.blocks).unwrap_or_default();
    Usage { input: tokens(&messages) + tokens(&prompt.system), cached: 0, output: tokens(&blocks) }
}
