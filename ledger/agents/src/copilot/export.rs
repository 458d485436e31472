//! A person's conversations as a file: what they wrote, and what was answered.

use axum::http::{
    HeaderName, HeaderValue,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION},
};
use serde::Serialize;
use shared::{id::CopilotConversationId, timestamp::Timestamp};

use super::{chat::Block, context::Context, conversation, store};
use kit::error::Result;

/// Far more than anyone has.
const EXPORTED_MAX: i64 = 10_000;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Exported {
    id: CopilotConversationId,
    title: String,
    messages: Vec<ExportedMessage>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ExportedMessage {
    from: &'static str,
    at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    content: Vec<Block>,
}

/// # Errors
/// 503 if the database is unavailable.
pub async fn all(context: &Context) -> Result<Vec<Exported>> {
    let mut tx = context.state.db.tenant(context.member.organization).await?;
    let rows = store::list(&mut tx, context.member.user, (None, EXPORTED_MAX)).await?;
    tx.commit().await?;
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        let thread = conversation::load(context, CopilotConversationId::new(row.id)).await?;
        let messages = thread.entries.into_iter().map(|entry| ExportedMessage {
            from: entry.from.as_str(),
            at: entry.at,
            note: entry.note,
            content: entry.blocks,
        });
        kept.push(Exported { id: thread.id, title: thread.title, messages: messages.collect() });
    }
    Ok(kept)
}

pub const fn headers() -> [(HeaderName, HeaderValue); 2] {
    [
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"co-pilot.json\"")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ]
}
