//! An answer as server-sent events: text as it is written, its finished paragraphs as HTML, tools as they run, and at the end
//! the conversation as its page shows it.

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

use super::{dashboard::Visit, render, run::Event, unfinished::Unfinished, view::AnswerPart};

/// Where the stream is.
enum Stage {
    Begin(UnboundedReceiver<Event>),
    Running(UnboundedReceiver<Event>, Unfinished),
    Over,
}

pub(super) fn stream(visit: Visit, id: CopilotConversationId, receiver: UnboundedReceiver<Event>) -> Response {
    let events = stream::unfold((Stage::Begin(receiver), visit, 0_u32), move |(stage, visit, number)| async move {
        let (event, next) = match stage {
            Stage::Begin(receiver) => {
                (event("open", &json!({"path": visit.page(id)})), Stage::Running(receiver, Unfinished::default()))
            }
            Stage::Running(mut receiver, mut rest) => match receiver.recv().await {
                Some(came) => {
                    let event = shown(came, &mut rest, &visit.context.state.config.public_url);
                    (event, Stage::Running(receiver, rest))
                }
                None => (done(&visit, id).await, Stage::Over),
            },
            Stage::Over => return None,
        };
        Some((Ok::<_, Infallible>(event.id(number.to_string())), (next, visit, number + 1)))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

/// What came, and in `html` what it finishes. The `rest` of the text is what follows that.
fn shown(came: Event, rest: &mut Unfinished, own: &str) -> sse::Event {
    match came {
        Event::Text(text) => match rest.push(&text).and_then(|finished| html(&finished, own)) {
            Some(html) => event("text", &json!({ "delta": text, "html": html, "rest": rest.text() })),
            None => event("text", &json!({ "delta": text })),
        },
        Event::Tool(title) => event("tool", &json!({ "title": title, "html": html(&rest.end(), own) })),
        Event::Problem(words) => event("problem", &json!({ "message": words, "html": html(&rest.end(), own) })),
    }
}

/// Text in the forms of the page, all of it escaped. Ids get their names at the end, when they are looked up.
fn html(text: &str, own: &str) -> Option<String> {
    let parts = render::parts(text, own);
    if parts.is_empty() {
        return None;
    }
    AnswerPart { parts }.render().ok()
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
