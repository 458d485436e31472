//! `/dashboard/settings/webhooks/{id}`: shows one endpoint with its log and actions.

use std::collections::HashMap;

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{DestinationId, MessageId, OrganizationId, WebhookEndpointId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    change::{self, Changes},
    dashboard::may_change,
    endpoint::{self, EndpointKind, OVERLAP_HOURS},
    find,
    log_store::{self, Again, DeliveryFilter},
    view::Message,
    view_model::{DeliveryView, EndpointView, PLACE, TestView},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    audit::{self, Entry},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Error,
    form::Fields,
    page::{Html, PageError, address::Address, compress, list::Pager},
    state::AppState,
};

const PER_PAGE: usize = 25;

#[derive(Debug, askama::Template)]
#[template(path = "webhook.html")]
struct WebhookPage {
    frame: Frame,
    one: EndpointView,
    deliveries: Vec<DeliveryView>,
    pager: Pager,
    file: Address,
    secret: Option<String>,
    tested: Option<TestView>,
    notice: Option<String>,
    remaining: Option<Remaining>,
    problem: Option<String>,
    overlap_hours: i64,
}

/// What remained of a replay that was too large for one request: the fields of its form.
#[derive(Debug)]
struct Remaining {
    days: i64,
    what: &'static str,
    until: Timestamp,
    after: MessageId,
}

/// The result of an action, shown with the page.
#[derive(Debug, Default)]
struct Done {
    secret: Option<String>,
    tested: Option<TestView>,
    notice: Option<String>,
    remaining: Option<Remaining>,
    problem: Option<String>,
}

pub fn parse(id: &str) -> Result<(EndpointKind, Uuid), Error> {
    if let Ok(id) = id.parse::<WebhookEndpointId>() {
        return Ok((EndpointKind::Webhook, id.uuid()));
    }
    let id: DestinationId = id.parse().map_err(|_| Error::not_found())?;
    Ok((EndpointKind::CustomerIo, id.uuid()))
}

/// `GET /dashboard/settings/webhooks/{id}`.
///
/// # Errors
/// 404 for another organization's endpoint; 503 where the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let before: Option<MessageId> = query.id("before")?;
    let page = load(&state, &session, organization, parse(&id)?, before, Done::default()).await?;
    Ok(Html(page).into_response())
}

/// Sends a test and shows the answer.
///
/// # Errors
/// As for every handler in this file: 404 for another organization's endpoint, 403 for a viewer or manager, 503 where
/// the database is unavailable.
pub async fn test(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which) = (may_change(&session, &fields)?, parse(&id)?);
    if which.0 != EndpointKind::Webhook {
        return Err(Error::not_found().into());
    }
    let tested = change::test(&state, member.organization, which.1).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    record(&mut tx, &state, &member, Entry::new("webhook.tested", &id)).await?;
    tx.commit().await?;
    let done = Done { tested: Some(TestView::of(tested)), ..Done::default() };
    let page = load(&state, &session, member.organization, which, None, done).await?;
    Ok(Html(page).into_response())
}

/// Creates a new secret, which is shown once.
pub async fn rotate(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which) = (may_change(&session, &fields)?, parse(&id)?);
    let hours = fields.text("overlapHours");
    let hours = if hours.is_empty() { Ok(OVERLAP_HOURS) } else { hours.parse() };
    let until = hours
        .map_err(|_| Error::field("overlapHours", "Enter the overlap as a number of hours."))
        .and_then(|hours| endpoint::old_until(Some(hours), state.clock.now()));
    let done = match until {
        Err(error) => Done { problem: Some(kit::form::sentence_for(&error)), ..Done::default() },
        Ok(until) => {
            let mut tx = state.db.tenant(member.organization).await?;
            let (_, secret, entry) = change::rotate(&mut tx, &state, which.1, until).await?;
            record(&mut tx, &state, &member, entry).await?;
            tx.commit().await?;
            Done { secret: Some(secret.expose().to_owned()), ..Done::default() }
        }
    };
    let page = load(&state, &session, member.organization, which, None, done).await?;
    Ok(compress::uncompressed(page))
}

/// Enables or disables the endpoint.
pub async fn switch(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which) = (may_change(&session, &fields)?, parse(&id)?);
    let changes = Changes { enabled: Some(fields.raw("enabled") == "true"), ..Changes::default() };
    let mut tx = state.db.tenant(member.organization).await?;
    let (_, entry) = change::update(&mut tx, &state, which, changes).await?;
    if let Some(entry) = entry {
        record(&mut tx, &state, &member, entry).await?;
    }
    tx.commit().await?;
    state.webhooks_due.notify_one();
    Ok(back(member.organization, &format!("/{id}"), ""))
}

/// Deletes the endpoint with its log.
pub async fn delete(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which) = (may_change(&session, &fields)?, parse(&id)?);
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = change::delete(&mut tx, which, state.clock.now()).await?;
    record(&mut tx, &state, &member, entry).await?;
    tx.commit().await?;
    Ok(back(member.organization, "", ""))
}

/// Sends one message again.
pub async fn retry(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which) = (may_change(&session, &fields)?, parse(&id)?);
    let message: MessageId = fields.raw("message").parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(member.organization).await?;
    let entry = change::retry(&mut tx, which, message, state.clock.now()).await?;
    record(&mut tx, &state, &member, entry).await?;
    tx.commit().await?;
    state.webhooks_due.notify_one();
    Ok(back(member.organization, &format!("/{id}"), &format!("#{message}")))
}

/// Sends what the endpoint missed in recent days, or everything. `after` and `until` go on with an earlier replay.
pub async fn replay(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let (member, which, now) = (may_change(&session, &fields)?, parse(&id)?, state.clock.now());
    let days: i64 = fields.raw("days").parse().ok().filter(|days| (1..=30).contains(days)).unwrap_or(1);
    let until = Timestamp::parse_rfc3339(fields.raw("until")).map_or(now, |until| until.min(now));
    let again = Again {
        from: now.plus_days(-days),
        to: until,
        only_failed: fields.raw("what") != "all",
        events: Vec::new(),
        after: fields.raw("after").parse().ok(),
    };
    let done = again_now(&state, &member, which, (again, days), now).await?;
    let page = load(&state, &session, member.organization, which, None, done).await?;
    Ok(Html(page).into_response())
}

async fn again_now(
    state: &AppState,
    member: &Member,
    which: (EndpointKind, Uuid),
    (again, days): (Again, i64),
    now: Timestamp,
) -> Result<Done, Error> {
    let (what, until) = (if again.only_failed { "missed" } else { "all" }, again.to);
    let mut tx = state.db.tenant(member.organization).await?;
    let queued = change::replay(&mut tx, which, again, now).await;
    let (queued, last, entry) = match queued {
        Ok(queued) => queued,
        Err(error) if error.status().is_client_error() => {
            return Ok(Done { problem: Some(kit::form::sentence_for(&error)), ..Done::default() });
        }
        Err(error) => return Err(error),
    };
    record(&mut tx, state, member, entry).await?;
    tx.commit().await?;
    state.webhooks_due.notify_one();
    let notice = match (queued, last) {
        (0, _) => "No events to resend.".to_owned(),
        (1, _) => "1 event is being resent.".to_owned(),
        (count, None) => format!("{count} events are being resent."),
        (count, Some(_)) => format!("{count} events are being resent. There are more."),
    };
    let remaining = last.map(|after| Remaining { days, what, until, after });
    Ok(Done { notice: Some(notice), remaining, ..Done::default() })
}

async fn record(tx: &mut TenantTx, state: &AppState, member: &Member, entry: Entry) -> Result<(), Error> {
    audit::record(tx, &member.actor, state.clock.now(), entry).await
}

fn back(organization: OrganizationId, path: &str, fragment: &str) -> Response {
    Redirect::to(&format!("{PLACE}{path}?organization={organization}{fragment}")).into_response()
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    which: (EndpointKind, Uuid),
    before: Option<MessageId>,
    done: Done,
) -> Result<WebhookPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let endpoint = find::one(&mut tx, which, state.clock.now()).await?;
    let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
    let filter = DeliveryFilter { after: before.map(MessageId::uuid), limit, ..DeliveryFilter::default() };
    let mut deliveries = log_store::deliveries(&mut tx, which.1, &filter).await?;
    let more = deliveries.len() > PER_PAGE;
    deliveries.truncate(PER_PAGE);
    let ids: Vec<Uuid> = deliveries.iter().map(|one| one.message_id.uuid()).collect();
    let messages: HashMap<MessageId, Message> = log_store::messages_of(&mut tx, &ids).await?;
    tx.commit().await?;
    let one = EndpointView::of(endpoint, &frame.zone);
    let here = Address::of(format!("{PLACE}/{}", one.id), organization);
    let later = deliveries.last().filter(|_| more);
    let later = later.map(|last| here.clone().with("before", last.message_id).to_string());
    let is_webhook = which.0 == EndpointKind::Webhook;
    let view = |one: super::view::Delivery| {
        let message = messages.get(&one.message_id);
        DeliveryView::of(one, message, is_webhook, &frame.zone)
    };
    Ok(WebhookPage {
        deliveries: deliveries.into_iter().map(view).collect(),
        pager: Pager { earlier: before.map(|_| here.to_string()), later, ..Pager::default() },
        file: here.at(format!("{PLACE}/{}/deliveries.csv", one.id)),
        one,
        frame,
        secret: done.secret,
        tested: done.tested,
        notice: done.notice,
        remaining: done.remaining,
        problem: done.problem,
        overlap_hours: OVERLAP_HOURS,
    })
}
