//! Counts tokens, and says when an organization has used those of a day.

use shared::id::{AffiliateId, OrganizationId, UserId};

use super::{
    chat::{Fault, Prompt, Reply, Usage},
    connection::Connection,
    connection_store, store,
};
use identity::portal::ask_store;
use kit::{error::Result, state::AppState};

/// About as many bytes are one token, where a server doesn't count.
const BYTES_PER_TOKEN: u64 = 4;
const OVER: &str =
    "Your organization has used its tokens for today (UTC). An admin can raise the limit under Settings, Co-pilot.";

/// Whose tokens are counted.
#[derive(Debug, Clone, Copy)]
pub enum User {
    /// A person of the team.
    Person(UserId),
    /// An affiliate who asks in the portal.
    Affiliate(AffiliateId),
}

/// For whom a model answers, and with which connection.
#[derive(Debug, Clone)]
pub struct Account {
    pub state: AppState,
    pub organization: OrganizationId,
    pub user: User,
    pub connection: Connection,
}

/// What to say if no more may be asked today.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn over_budget(account: &Account) -> Result<Option<String>> {
    let mut tx = account.state.db.tenant(account.organization).await?;
    let used = store::tokens_of_day(&mut tx, account.state.clock.now().date()).await?;
    tx.commit().await?;
    Ok((used >= i64::from(account.connection.tokens_per_day)).then(|| OVER.to_owned()))
}

/// Counts a request, and records whether the server accepted the key.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn count(account: &Account, prompt: &Prompt, reply: Option<&Reply>, fault: Option<&Fault>) -> Result<()> {
    let usage = reply.map(|reply| reply.usage.unwrap_or_else(|| estimated(prompt, reply))).unwrap_or_default();
    let now = account.state.clock.now();
    let mut tx = account.state.db.tenant(account.organization).await?;
    let Usage { input, cached, output } = usage;
    match account.user {
        User::Person(user) => store::count(&mut tx, user, now.date(), (0, usage)).await?,
        User::Affiliate(affiliate) => {
            ask_store::count(&mut tx, affiliate, now.date(), (0, [input, cached, output])).await?;
        }
    }
    let is_refused = fault == Some(&Fault::Credentials);
    if !account.connection.is_operators && (is_refused || fault.is_none()) {
        connection_store::set_refused(&mut tx, is_refused.then_some(now)).await?;
    }
    tx.commit().await?;
    tracing::info!(
        event = "copilot.model_answered",
        model = prompt.model,
        input,
        cached,
        output,
        "the co-pilot's model answered"
    );
    Ok(())
}

fn estimated(prompt: &Prompt, reply: &Reply) -> Usage {
    let tokens = |text: &str| u64::try_from(text.len()).unwrap_or_default() / BYTES_PER_TOKEN;
    let messages = serde_json::to_string(&prompt.messages).unwrap_or_default();
    let tools = prompt.tools.iter().map(|tool| tokens(&tool.description) + tokens(&tool.schema.to_string()));
    let blocks = serde_json::to_string(&reply.blocks).unwrap_or_default();
    let input = tokens(&messages) + tokens(&prompt.system) + tools.sum::<u64>();
    Usage { input, cached: 0, output: tokens(&blocks) }
}
