//! `GET /dashboard/events`: a stream that only says when something changed.
//!
//! Intake notifies it after its commit. Intake in another ledger process can't, so a job checks for changes in the
//! organizations whose dashboards are open in this process. What changes after a page was rendered and before its stream
//! is open is found by the fingerprint that the page sends along.

use std::{collections::BTreeMap, convert::Infallible, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::stream;
use shared::id::OrganizationId;
use tokio::{
    sync::broadcast::{self, error::RecvError},
    time::Instant,
};

use super::store;
use identity::access::{
    member::Choice,
    session::{Session, SignedOut},
};
use kit::{access::role::Right, api::query::Query, error::Error, jobs::Rounds, state::AppState};

/// A burst of batches counts as one notification.
const LOAD: Duration = Duration::from_millis(250);
/// After this time the browser reconnects automatically, and its session is checked again.
const LIFE: Duration = Duration::from_secs(600);
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Counts an open stream as long as it exists.
struct Watching {
    state: AppState,
    organization: OrganizationId,
}

impl Watching {
    fn start(state: &AppState, organization: OrganizationId) -> Self {
        state.watched.change(organization, |count| count + 1);
        Self { state: state.clone(), organization }
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        self.state.watched.change(self.organization, |count| count.saturating_sub(1));
    }
}

/// `fingerprint` is the page's, see [`store::fingerprint`]: if it has changed, the stream begins with news.
///
/// # Errors
/// 401 if no one is signed in, 404 if they aren't a member of the organization.
pub async fn stream(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    // Before looking for changes, so that none is between the two.
    let news = state.news.subscribe();
    let is_old = match query.text("fingerprint") {
        Some(seen) => {
            let mut tx = state.db.tenant(organization).await?;
            let current = store::fingerprint(&mut tx, state.clock.wall()).await?;
            tx.commit().await?;
            current != seen
        }
        None => false,
    };
    let watching = Watching::start(&state, organization);
    let until = Instant::now() + LIFE;
    let events = stream::unfold((watching, news, is_old), move |(watching, mut news, is_old)| async move {
        if !is_old {
            wait(&watching, &mut news, until).await?;
        }
        // Browsers drop an event without data.
        Some((Ok::<_, Infallible>(Event::default().event("news").data("1")), (watching, news, false)))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// Resolves with the next news of the organization; `None` ends the stream.
async fn wait(watching: &Watching, news: &mut broadcast::Receiver<OrganizationId>, until: Instant) -> Option<()> {
    loop {
        let content = tokio::select! {
            content = news.recv() => content,
            () = watching.state.stopped() => return None,
            () = tokio::time::sleep_until(until) => return None,
        };
        match content {
            Ok(organization) if organization != watching.organization => {}
            // The skipped messages may have included this organization.
            Ok(_) | Err(RecvError::Lagged(_)) => break,
            Err(RecvError::Closed) => return None,
        }
    }
    tokio::time::sleep(LOAD).await;
    *news = news.resubscribe();
    Some(())
}

/// Checks for changes that other processes booked. Runs until the process stops.
pub async fn look_for_news(state: AppState, mut rounds: Rounds) {
    let mut seen = BTreeMap::new();
    while rounds.begin() {
        let outcome = look(&state, &mut seen).await;
        rounds.ended(&outcome);
        if let Err(error) = outcome {
            tracing::warn!(
                event = "dashboard.news_failed",
                job = "dashboard_events",
                "looking for dashboard events failed: {error}"
            );
        }
        rounds.pause(LOOK_EVERY).await;
    }
}

async fn look(state: &AppState, seen: &mut BTreeMap<OrganizationId, String>) -> Result<(), sqlx::Error> {
    let watched = state.watched.organizations();
    seen.retain(|organization, _| watched.contains(organization));
    if watched.is_empty() {
        return Ok(());
    }
    let mut tx = state.db.tenants(watched).await?;
    let prints = store::fingerprints(&mut tx, state.clock.wall()).await?;
    tx.commit().await?;
    for (organization, print) in prints {
        let changed = seen.get(&organization).is_some_and(|earlier| *earlier != print);
        seen.insert(organization, print);
        if changed {
            // An error means that no one is listening anymore.
            drop(state.news.send(organization));
        }
    }
    Ok(())
}
