//! Sends what is due about applications elsewhere: the passport itself, the question what became of it, or that it is taken
//! back.
//!
//! Whatever is sent twice has the same name, so that the peer takes it once: the process may end between sending and
//! storing the answer. Each message is signed anew, because it is valid for minutes only.

use kit::{
    db::Holder,
    error::{Error, Result},
    state::AppState,
};
use serde::Serialize;

use super::{
    FORMAT, Receipt,
    message::{Message, Passport, host},
    store::{self, Due, Outcome},
};
use crate::{
    arrival::store::exchange,
    federation::{
        self,
        fetch::{self, Problem},
        jws::{self, Kind},
        key::SigningKey,
        peer::Peer,
        serve,
    },
};

/// How often a peer is asked about an application.
const ASK_EVERY_MS: i64 = 60 * 60 * 1_000;
/// After a failure; each further one doubles the pause.
const AGAIN_MS: i64 = 60 * 1_000;
const AGAIN_MS_MAX: i64 = 6 * 60 * 60 * 1_000;
/// A passport that failed so often, which takes five days, is given up. What is taken back is never given up.
const FAILURES_MAX: i32 = 28;
/// Longer than sending takes, so that a lease ends by itself only after a crash.
const LEASE_MS: i64 = 5 * 60 * 1_000;
const ANSWER_BYTES_MAX: usize = 8 * 1_024;
/// What a peer may say.
const STATUSES: [&str; 5] = ["Sent", "Applied", "Joined", "Rejected", "Withdrawn"];

/// What the creator reads of a passport that was given up.
const GIVEN_UP: &str = "unavailable";

/// When to try again after so many failures in a row.
fn pause_ms(failures: i32) -> i64 {
    let doublings = u32::try_from(failures.clamp(0, 20)).unwrap_or_default();
    AGAIN_MS.saturating_mul(2_i64.saturating_pow(doublings)).min(AGAIN_MS_MAX)
}

/// What a refusal means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// The same may be taken later.
    Later,
    /// It never will be.
    Never,
    /// The peer knows no such application.
    Unknown,
}

fn meaning(problem: &Problem) -> Meaning {
    match problem {
        Problem::Refused(404 | 410, _) => Meaning::Unknown,
        // Limits pass, clocks are set, and the peer learns newer keys when it reads our feed.
        Problem::Refused(status, code)
            if *status != 429 && !["unknown_key", "message_expired"].contains(&code.as_str()) =>
        {
            Meaning::Never
        }
        _ => Meaning::Later,
    }
}

/// Sends one message that is due. Returns false if there is none.
///
/// # Errors
/// If the database is unavailable. What is wrong with the peer decides when it is tried again.
pub(super) async fn one(state: &AppState) -> Result<bool> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    exchange(tx.conn()).await?;
    let due = store::lease(&mut tx, (now, now.plus_millis(LEASE_MS))).await?;
    tx.commit().await?;
    let Some(due) = due else { return Ok(false) };
    let answer = send(state, &due).await?;
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    exchange(tx.conn()).await?;
    match outcome(&due, &answer) {
        Some((status, problem)) => {
            let due_at = ["Sent", "Applied"].contains(&status.as_str()).then(|| now.plus_millis(ASK_EVERY_MS));
            let outcome = Outcome { status: &status, problem: problem.as_deref(), due_at };
            store::became(&mut tx, &due, &outcome, now).await?;
        }
        None => store::failed(&mut tx, &due, now.plus_millis(pause_ms(due.failures))).await?,
    }
    store::release(&mut tx, due.id).await?;
    tx.commit().await?;
    Ok(true)
}

/// What an answer makes of an application, with the code of a refusal; `None` to try again.
fn outcome(due: &Due, answer: &std::result::Result<Receipt, Problem>) -> Option<(String, Option<String>)> {
    let problem = match answer {
        Ok(receipt) => return Some((receipt.status.clone(), None)),
        Err(problem) => problem,
    };
    tracing::warn!(
        event = "federation.passport_not_delivered",
        status = due.status,
        "a peer didn't take a message about an application: {problem}"
    );
    let code = || match problem {
        Problem::Refused(_, code) => Some(code.clone()),
        _ => None,
    };
    match (due.status.as_str(), meaning(problem)) {
        ("Sending", Meaning::Later) if due.failures >= FAILURES_MAX => {
            Some(("Refused".to_owned(), Some(GIVEN_UP.to_owned())))
        }
        ("Sending", Meaning::Never | Meaning::Unknown) => Some(("Refused".to_owned(), code())),
        ("Revoking", Meaning::Unknown) => Some(("Withdrawn".to_owned(), None)),
        (_, Meaning::Unknown) => Some(("Expired".to_owned(), None)),
        // Nothing is erased or over there before the peer says so.
        (_, Meaning::Later | Meaning::Never) => None,
    }
}

/// The outer error is ours, the inner one the peer's.
async fn send(state: &AppState, due: &Due) -> Result<std::result::Result<Receipt, Problem>> {
    let Some(peer) = federation::active(state, due.peer).await? else {
        return Ok(Err(Problem::Content("it isn’t read now")));
    };
    let Some(inbox) = &peer.inbox_url else { return Ok(Err(Problem::Content("it takes no applications now"))) };
    let (iss, aud) = (serve::installation(state)?, peer.origin.clone());
    let message = Message::new(iss, aud, due.id.to_string(), state.clock.wall().seconds());
    let token = match (due.status.as_str(), &due.person) {
        ("Sending", Some(person)) => {
            let program = format!("{}/{}", host(&peer.origin), due.program);
            signed(state, Kind::Passport, &Passport { message, program, creator: person.0.clone() })?
        }
        ("Revoking", _) => signed(state, Kind::Revocation, &message)?,
        _ => signed(state, Kind::StatusRequest, &message)?,
    };
    Ok(ask(state, &peer, (inbox, token), due).await)
}

fn signed(state: &AppState, kind: Kind, claims: &impl Serialize) -> Result<String> {
    let claims = serde_json::to_vec(claims).map_err(|error| Error::internal(error))?;
    Ok(jws::sign(kind, &claims, &SigningKey::current(&state.config.keys.federation)?))
}

async fn ask(
    state: &AppState,
    peer: &Peer,
    (inbox, token): (&str, String),
    due: &Due,
) -> std::result::Result<Receipt, Problem> {
    let fetched = fetch::post(state, inbox, token, ANSWER_BYTES_MAX).await?;
    fetched.verify(state, &peer.keys.0)?;
    let unreadable = Problem::Content("its answer can’t be read");
    let receipt: Receipt = serde_json::from_slice(&fetched.body).map_err(|_| unreadable.clone())?;
    let is_about = receipt.format == FORMAT && receipt.application == due.id.to_string();
    if is_about && STATUSES.contains(&receipt.status.as_str()) { Ok(receipt) } else { Err(unreadable) }
}

#[cfg(test)]
mod tests {
    use kit::outbound::Failure;
    use shared::id::NetworkPeerId;
    use uuid::Uuid;

    use super::*;

    fn due(status: &str, failures: i32) -> Due {
        let (id, peer) = (Uuid::from_u128(1), NetworkPeerId::from_bytes([1; 16]));
        Due { id, peer, program: "prog_1".to_owned(), status: status.to_owned(), person: None, failures }
    }

    fn refused(status: u16, code: &str) -> std::result::Result<Receipt, Problem> {
        Err(Problem::Refused(status, code.to_owned()))
    }

    /// What becomes of an application, or an empty text if it is tried again.
    fn becomes(before: &str, failures: i32, answer: &std::result::Result<Receipt, Problem>) -> String {
        outcome(&due(before, failures), answer).map(|(status, _)| status).unwrap_or_default()
    }

    #[test]
    fn a_passport_is_sent_until_it_is_taken_or_refused() {
        for later in [
            Err(Problem::Unreachable(Failure::Timeout)),
            Err(Problem::Status(503)),
            refused(429, "too_many_requests"),
            refused(403, "unknown_key"),
        ] {
            assert_eq!(becomes("Sending", FAILURES_MAX - 1, &later), "", "{later:?}");
            assert_eq!(becomes("Sending", FAILURES_MAX, &later), "Refused", "{later:?}");
        }
        for never in [refused(403, "unknown_peer"), refused(404, "not_found"), refused(410, "application_revoked")] {
            assert_eq!(becomes("Sending", 0, &never), "Refused", "{never:?}");
        }
        let code = outcome(&due("Sending", 0), &refused(403, "unknown_peer")).and_then(|(_, code)| code);
        assert_eq!(code.as_deref(), Some("unknown_peer"));
    }

    #[test]
    fn what_is_taken_back_is_never_given_up() {
        for failure in [Err(Problem::Status(503)), refused(403, "unknown_peer"), refused(400, "message_malformed")] {
            assert_eq!(becomes("Revoking", 10_000, &failure), "", "{failure:?}");
        }
        assert_eq!(becomes("Revoking", 0, &refused(404, "not_found")), "Withdrawn");
    }

    #[test]
    fn an_application_that_the_peer_forgot_is_over() {
        assert_eq!(becomes("Sent", 0, &refused(404, "not_found")), "Expired");
        assert_eq!(becomes("Applied", 0, &refused(403, "unknown_peer")), "", "until it answers again");
    }

    #[test]
    fn failures_make_us_wait() {
        assert_eq!([0, 1, 2, 8, 9, 100].map(|failures| pause_ms(failures) / 60_000), [1, 2, 4, 256, 360, 360]);
    }
}
