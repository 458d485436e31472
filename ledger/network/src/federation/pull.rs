//! Reads the feed of one peer, page by page, until nothing is left or something is wrong.

use kit::{
    db::{Holder, constraint},
    error::Result,
    state::AppState,
};
use shared::id::NetworkPeerId;

use super::{
    admit::{self, Change, Page},
    feed,
    fetch::{self, Problem},
    listing_store::{self, NewListing},
    peer::{DOCUMENT_DAYS, INVALID_MAX, Peer, pause_ms},
    peer_store::{self, Failed},
    signature::Invalid,
};
use crate::words;

/// The most pages that one turn reads; the rest waits for the next one, which is due at once.
const PAGES_MAX: usize = 20;
/// The most programs of one peer; others are counted as dropped.
const LISTINGS_MAX: i64 = 2_000;
/// Longer than a turn takes, so that a lease ends by itself only after a crash.
const LEASE_MS: i64 = 10 * 60 * 1_000;

/// How a turn ended.
enum Progress {
    Done,
    /// There is more to read.
    Unfinished,
    /// The operator paused or removed the peer meanwhile.
    Gone,
}

/// Reads one peer: one that is due, or this one. Returns false if there is none, or another process reads it now.
///
/// # Errors
/// If the database is unavailable. What is wrong with the peer is stored for the operator.
pub async fn one(state: &AppState, only: Option<NetworkPeerId>) -> Result<bool> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let leased = peer_store::lease(&mut tx, only, (now, now.plus_millis(LEASE_MS))).await?;
    let peer = match leased {
        Some(id) => peer_store::list(&mut tx, Some(id)).await?.pop(),
        None => None,
    };
    tx.commit().await?;
    let Some(peer) = peer else { return Ok(false) };
    let turn = read(state, &peer).await?;
    if matches!(turn, Ok(Progress::Done)) {
        look_again(state, &peer).await?;
    }
    let now = state.clock.now();
    let percent = rand::random::<u8>() % 11;
    let mut tx = state.db.global(Holder::Nothing).await?;
    match turn {
        Ok(Progress::Gone) => {}
        Ok(Progress::Done) => {
            peer_store::succeeded(&mut tx, peer.id, (now, now.plus_millis(pause_ms(0, percent)))).await?;
        }
        Ok(Progress::Unfinished) => peer_store::succeeded(&mut tx, peer.id, (now, now)).await?,
        Err(problem) => {
            tracing::warn!(event = "federation.peer_unread", host = peer.host, "reading a peer failed: {problem}");
            let words: String = problem.to_string().chars().take(500).collect();
            let due_at = now.plus_millis(pause_ms(peer.failures.saturating_add(1), percent));
            let is_invalid = problem.is_invalid();
            let failed = Failed { problem: &words, is_invalid, due_at, invalid_max: INVALID_MAX };
            peer_store::failed(&mut tx, peer.id, failed, now).await?;
        }
    }
    tx.commit().await?;
    Ok(true)
}

/// The outer error is ours, the inner one the peer's.
async fn read(state: &AppState, peer: &Peer) -> Result<std::result::Result<Progress, Problem>> {
    let mut peer = peer.clone();
    let mut has_new_keys = false;
    for _ in 0..PAGES_MAX {
        let page = match page(state, &peer).await {
            // It may have changed its keys. Once in a turn its document is asked.
            Err(Problem::Signature(Invalid::UnknownKey)) if !has_new_keys => {
                has_new_keys = true;
                match renew(state, &mut peer).await? {
                    Ok(()) => continue,
                    Err(problem) => return Ok(Err(problem)),
                }
            }
            Err(problem) => return Ok(Err(problem)),
            Ok(page) => page,
        };
        let more = page.more || page.restart;
        match keep(state, &peer, page).await? {
            Ok(Some(cursor)) => peer.cursor = cursor,
            Ok(None) => return Ok(Ok(Progress::Gone)),
            Err(problem) => return Ok(Err(problem)),
        }
        if !more {
            return Ok(Ok(Progress::Done));
        }
    }
    Ok(Ok(Progress::Unfinished))
}

async fn page(state: &AppState, peer: &Peer) -> std::result::Result<Page, Problem> {
    let separator = if peer.programs_url.contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}after={}", peer.programs_url, peer.cursor);
    let fetched = fetch::get(state, &url, feed::BYTES_MAX).await?;
    fetched.verify(state, &peer.keys.0)?;
    admit::read(&fetched.body, &peer.origin, peer.cursor).map_err(Problem::Content)
}

/// Takes new keys of a peer if one that we trust signed their document; otherwise they wait for an operator.
async fn renew(state: &AppState, peer: &mut Peer) -> Result<std::result::Result<(), Problem>> {
    let introduced = match fetch::document(state, &peer.origin, &peer.keys.0).await {
        Ok(introduced) => introduced,
        Err(problem) => return Ok(Err(problem)),
    };
    let mut tx = state.db.global(Holder::Nothing).await?;
    if peer_store::lock(&mut tx, peer.id).await? {
        let document = (&introduced.document, introduced.is_trusted, true);
        peer_store::keep_document(&mut tx, peer.id, document, state.clock.now()).await?;
    }
    tx.commit().await?;
    if !introduced.is_trusted {
        return Ok(Err(Problem::NewKeys));
    }
    peer.keys.0 = introduced.document.keys;
    peer.programs_url = introduced.document.programs;
    Ok(Ok(()))
}

/// Reads the document of a peer again once a day: an inbox may have come or moved. A failure means nothing, because the
/// feed is what tells whether the peer is all right.
async fn look_again(state: &AppState, peer: &Peer) -> Result<()> {
    let now = state.clock.now();
    if peer.document_at.is_some_and(|at| at > now.plus_days(-DOCUMENT_DAYS)) {
        return Ok(());
    }
    let introduced = match fetch::document(state, &peer.origin, &peer.keys.0).await {
        Ok(introduced) => introduced,
        Err(problem) => {
            tracing::warn!(
                event = "federation.document_unread",
                host = peer.host,
                "reading the document of a peer failed: {problem}"
            );
            return Ok(());
        }
    };
    let mut tx = state.db.global(Holder::Nothing).await?;
    if peer_store::lock(&mut tx, peer.id).await? {
        let document = (&introduced.document, introduced.is_trusted, false);
        peer_store::keep_document(&mut tx, peer.id, document, now).await?;
    }
    Ok(tx.commit().await?)
}

/// Keeps a page's changes, and returns where the next page begins; `None` if the peer isn't active any more. The outer
/// error is ours, the inner one the peer's: what it says can't be stored.
async fn keep(state: &AppState, peer: &Peer, page: Page) -> Result<std::result::Result<Option<i64>, Problem>> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    if !peer_store::lock(&mut tx, peer.id).await? {
        return Ok(Ok(None));
    }
    let mut dropped = page.dropped;
    if page.restart {
        listing_store::clear(&mut tx, peer.id).await?;
    }
    for change in &page.changes {
        match change {
            Change::Remove { program } => listing_store::remove(&mut tx, peer.id, program).await?,
            Change::Keep { program, version, listing, earnings } => {
                let topic_words = words::topic_words(&listing.topics);
                let id = state.new_id::<shared::id::Program>().uuid();
                let kept = NewListing {
                    id,
                    peer: peer.id,
                    program,
                    version: *version,
                    listing,
                    earnings,
                    topic_words: &topic_words,
                };
                let is_kept = match listing_store::keep(&mut tx, &kept, LISTINGS_MAX, now).await {
                    Err(error) if constraint::is_about_data(&error) => {
                        return Ok(Err(Problem::Content("its feed has something that can’t be stored")));
                    }
                    outcome => outcome?,
                };
                dropped = dropped.saturating_add(usize::from(!is_kept));
            }
        }
    }
    peer_store::advance(&mut tx, peer.id, (page.next, i64::try_from(dropped).unwrap_or(i64::MAX))).await?;
    tx.commit().await?;
    Ok(Ok(Some(page.next)))
}
