//! `/api/v1/events`: lists every event of the last 30 days, whether or not an endpoint received it.

use axum::{Json, extract::State};
use shared::id::MessageId;
use uuid::Uuid;

use super::{
    log_store::{self, MessageFilter},
    view::Message,
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
    },
    error::{Error, Result},
    state::AppState,
};
use outbox::webhook::event::EventKind;

/// How long an event can still be added before later ones: its transaction still runs, or the clocks of two processes
/// differ. A program that reads from the oldest on continues after the last one, and would miss it.
const SETTLES_MILLIS: i64 = 60_000;

/// List events
#[utoipa::path(get, path = "/api/v1/events", tag = "Webhooks", operation_id = "listEvents",
    description = "Lists the events of the last 30 days, whether or not a webhook received them. Use it to catch up, \
                   or to poll instead of receiving webhooks: with `sort=oldest`, and as `from` the `timestamp` of the \
                   last event that you have. Skip the IDs that you have. In this order, an event is listed only a \
                   minute after it occurred: by then, all earlier ones are there.",
    params(PageParams, SortParam,
        ("type" = Option<String>, Query, description = "The name of an event", example = "payout_sent"),
        ("from" = Option<String>, Query, description = "Occurred on or after this date or time",
            example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Occurred before this time; a date includes the whole day",
            example = "2026-11-20")),
    responses((status = 200, description = "The events, newest first by default", body = Page<Message>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Message>>> {
    let pagination: Pagination<Uuid> = query.sorted_page()?;
    let names: Vec<&'static str> = EventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    let mut filter = MessageFilter {
        id: None,
        kind: query.one_of("type", &names)?,
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    if filter.oldest {
        let settled = state.clock.now().plus_millis(-SETTLES_MILLIS);
        filter.to = Some(filter.to.map_or(settled, |to| to.min(settled)));
    }
    let mut tx = key.tx(&state).await?;
    let rows = log_store::messages(&mut tx, &filter).await?;
    tx.commit().await?;
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve an event
#[utoipa::path(get, path = "/api/v1/events/{id}", tag = "Webhooks", operation_id = "getEvent",
    params(("id" = String, Path, example = "msg_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The event", body = Message), Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, PathId(id): PathId<MessageId>) -> Result<Json<Message>> {
    let filter = MessageFilter { id: Some(id.uuid()), limit: 1, ..MessageFilter::default() };
    let mut tx = key.reader(&state).await?;
    let found = log_store::messages(&mut tx, &filter).await?;
    tx.end();
    found.into_iter().next().map(Json).ok_or_else(Error::not_found)
}
