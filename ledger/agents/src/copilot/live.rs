//! An answer as server-sent events: text as it is written, tools as they run, and at the end the conversation as its page
//! shows it.

use std::convert::Infallible;

use askama::Template;
use axum::response::{
    IntoResponse, Response,
    sse::{self, KeepAlive, Sse},
};
use futures_util::stream;
use serde_json::json;
use shared::id::CopilotConversationId;
use tokio::sync::mpsc::UnboundedReceiver;

use super::{dashboard::Visit, run::Event};

/// Where the stream is.
enum Stage {
    Begin(UnboundedReceiver<Event>),
    Running(UnboundedReceiver<Event>),
    Over,
}

pub(super) fn stream(visit: Visit, id: CopilotConversationId, receiver: UnboundedReceiver<Event>) -> Response {
    let events = stream::unfold((Stage::Begin(receiver), visit, 0_u32), move |(stage, visit, number)| async move {
        let (event, next) = match stage {
            Stage::Begin(receiver) => (event("open", &json!({"path": visit.page(id)})), Stage::Running(receiver)),
            Stage::Running(mut receiver) => match receiver.recv().await {
                Some(Event::Text(text)) => (event("text", &json!({ "delta": text })), Stage::Running(receiver)),
                Some(Event::Tool(title)) => (event("tool", &json!({ "title": title })), Stage::Running(receiver)),
                Some(Event::Problem(words)) => {
                    (event("problem", &json!({ "message": words })), Stage::Running(receiver))
                }
                None => (done(&visit, id).await, Stage::Over),
            },
            Stage::Over => return None,
        };
        Some((Ok::<_, Infallible>(event.id(number.to_string())), (next, visit, number + 1)))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn event(name: &str, data: &serde_json::Value) -> sse::Event {
    sse::Event::default().event(name).data(data.to_string())
}

/// The whole conversation; without it, the script loads the page.
async fn done(visit: &Visit, id: CopilotConversationId) -> sse::Event {
    let html = match visit.thread(id).await {
        Ok(thread) => thread.render().ok(),
        Err(error) => {
            tracing::warn!(
                event = "copilot.conversation_not_shown",
                "an answered conversation can't be shown: {error:?}"
            );
            None
        }
    };
    event("done", &json!({ "html": html }))
}
