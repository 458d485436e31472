//! Logs in at vendors that replace the refresh token with each use. One process at a time exchanges it, and the next
//! one is stored, sealed, before the access token is used. Access tokens stay in memory.
//!
//! What can be lost: the vendor replaces the token, and this process dies (or loses the response) before the new one is
//! stored. The stored one is used up then, and nothing can bring back the new one. The vendor refuses the next
//! exchange, so the connection is paused, and its owners get an email that says why and asks for a new refresh token. A
//! database that is restored from a backup has an old token, too.

use std::{
    fmt,
    time::{Duration, Instant},
};

use connector::{Account, Descriptor, Fault, FaultKind, Login, Token};
use sha2::{Digest, Sha256};
use shared::{
    id::OrganizationId,
    seal::{self, Place, Secret},
};
use uuid::Uuid;

use super::{
    mask::MASK,
    refresh_token_store as store,
    wire::{TOKENS, Unanswered, call},
};
use kit::{access::secret::SecretError, state::AppState};

pub const TABLE: &str = "crm_refresh_tokens";
pub const COLUMN: &str = "sealed_token";

/// How long to wait for an exchange that another task or process makes, and how often to look.
const PATIENCE: Duration = Duration::from_secs(20);
const LOOKS_AGAIN: Duration = Duration::from_millis(250);
/// How often storing a new token is tried, once a second: together with the call, less than an exchange may take
/// (`store::EXCHANGE_SECONDS`).
const STORE_TRIES_MAX: u32 = 60;

/// What an organization was granted at a vendor, by the credentials as they were entered. They never change, while the
/// refresh token among them does.
#[derive(Clone, Copy)]
pub struct Grant {
    pub(super) organization: OrganizationId,
    pub(super) credentials_hash: [u8; 32],
}

/// Omits the hash.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant").field("organization", &self.organization).finish_non_exhaustive()
    }
}

/// An exchange that only this process may make now.
struct Exchange {
    id: Uuid,
    /// The newest refresh token that was stored.
    newest: String,
    /// Whether the result of the exchange before it isn't known.
    was_interrupted: bool,
}

impl Grant {
    pub fn of(organization: OrganizationId, descriptor: &Descriptor, account: &Account) -> Self {
        let credentials = serde_json::to_vec(&account.credentials).unwrap_or_default();
        let parts = [b"crm credentials\0".as_slice(), descriptor.slug.as_bytes(), b"\0", &credentials];
        Self { organization, credentials_hash: Sha256::digest(parts.concat()).into() }
    }

    /// Prepares for credentials that were entered just now. If the vendor refused the newest refresh token, the one
    /// that was entered counts again, as its account may have been reset.
    ///
    /// # Errors
    /// A database error.
    pub(super) async fn entered(&self, state: &AppState) -> Result<(), sqlx::Error> {
        let mut tx = state.db.tenant(self.organization).await?;
        store::forget_refused(&mut tx, &self.credentials_hash).await?;
        tx.commit().await
    }

    /// Obtains an access token with the newest refresh token, and stores the next one.
    ///
    /// # Errors
    /// The vendor's fault, or a passing one where another process is still exchanging, or the database can't be used.
    pub(super) async fn exchange(&self, state: &AppState, login: &Login) -> Result<Token, Fault> {
        // A task of its own: people who stop waiting, and syncs whose turn ends, must not interrupt it.
        let (grant, state, login) = (*self, state.clone(), login.clone());
        let exchanged = tokio::spawn(async move { grant.wait_and_exchange(&state, &login).await });
        exchanged.await.unwrap_or_else(|_| Err(ours()))
    }

    async fn wait_and_exchange(&self, state: &AppState, login: &Login) -> Result<Token, Fault> {
        let started = Instant::now();
        loop {
            // Another task of this process may have obtained one in the meantime.
            if let Some(token) = TOKENS.get(login, state.clock.wall()) {
                return Ok(token);
            }
            if let Some(exchange) = self.begin(state, login).await? {
                return self.exchange_alone(state, login, &exchange).await;
            }
            if started.elapsed() > PATIENCE {
                return Err(Fault::passing("login_in_progress", "another process is still logging in"));
            }
            tokio::time::sleep(LOOKS_AGAIN).await;
        }
    }

    /// Begins an exchange, unless another process is making one.
    async fn begin(&self, state: &AppState, login: &Login) -> Result<Option<Exchange>, Fault> {
        let entered = login.refresh_token().unwrap_or_default();
        let sealed = self.seal(state, entered).map_err(|error| unusable(&error))?;
        let begun = async {
            let mut tx = state.db.tenant(self.organization).await?;
            let begun = store::begin(&mut tx, &self.credentials_hash, &sealed).await?;
            tx.commit().await?;
            Ok::<_, sqlx::Error>(begun)
        };
        let Some(begun) = begun.await.map_err(|error| unusable(&error.into()))? else { return Ok(None) };
        let newest = match self.open(state, &begun.sealed_token) {
            Ok(newest) => newest,
            Err(error) => {
                tracing::error!(
                    event = "crm.token_unreadable", organization = %self.organization,
                    "a stored refresh token can't be opened: {error}"
                );
                return Err(Fault::credentials(
                    "The stored refresh token can\u{2019}t be decrypted. Get a new one, and reconnect",
                ));
            }
        };
        Ok(Some(Exchange { id: begun.id, newest, was_interrupted: begun.was_unsettled }))
    }

    async fn exchange_alone(&self, state: &AppState, login: &Login, exchange: &Exchange) -> Result<Token, Fault> {
        let sent = login.with_refresh_token(&exchange.newest);
        let answer = call(state, &sent.request).await;
        let now = state.clock.wall();
        let result = match &answer {
            Ok(answer) => sent.token(answer, now),
            Err(Unanswered { fault, .. }) => Err(fault.clone()),
        };
        let next = answer.as_ref().ok().and_then(|answer| sent.next_refresh_token(answer));
        let settled = Settled {
            next: next.as_deref(),
            is_unsettled: is_unsettled(exchange, answer.is_ok(), &result),
            is_refused: result.as_ref().is_err_and(|fault| fault.kind == FaultKind::Credentials),
        };
        self.settle(state, exchange, &settled).await?;
        match result {
            Ok(token) => {
                TOKENS.keep(login, token.clone(), now);
                Ok(token)
            }
            Err(fault) => Err(explained(fault, exchange)),
        }
    }

    /// Stores the outcome, and tries for a while: without the next token, the connection is lost.
    async fn settle(&self, state: &AppState, exchange: &Exchange, settled: &Settled<'_>) -> Result<(), Fault> {
        let sealed = settled.next.map(|next| self.seal(state, next)).transpose().map_err(|error| unusable(&error))?;
        let mut tries = 1;
        loop {
            let stored = async {
                let mut tx = state.db.tenant(self.organization).await?;
                let outcome = (sealed.as_deref(), settled.is_unsettled, settled.is_refused);
                store::settle(&mut tx, &self.credentials_hash, exchange.id, outcome).await?;
                tx.commit().await
            };
            match stored.await {
                Ok(()) => return Ok(()),
                Err(error) if tries >= STORE_TRIES_MAX => return Err(unusable(&error.into())),
                Err(error) => tracing::warn!(
                    event = "crm.token_not_stored",
                    "storing a refresh token failed, trying again: {error}"
                ),
            }
            tries += 1;
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }

    /// The row's name in its seal.
    fn row(&self) -> String {
        self.credentials_hash.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn seal(&self, state: &AppState, token: &str) -> Result<String, SecretError> {
        let (tenant, row) = (self.organization.to_string(), self.row());
        let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
        Ok(seal::seal(&state.config.keys.at_rest, place, rand::random(), &Secret::new(token.to_owned()))?)
    }

    fn open(&self, state: &AppState, sealed: &str) -> Result<String, SecretError> {
        let (tenant, row) = (self.organization.to_string(), self.row());
        let place = Place { tenant: &tenant, table: TABLE, column: COLUMN, row: &row };
        Ok(seal::open(&state.config.keys.at_rest, place, sealed)?.expose().to_owned())
    }
}

/// What an exchange leaves behind.
struct Settled<'a> {
    /// The next refresh token, if the vendor replaced it.
    next: Option<&'a str>,
    is_unsettled: bool,
    is_refused: bool,
}

/// Whether the vendor may have replaced the token without our knowing the new one.
fn is_unsettled(exchange: &Exchange, is_answered: bool, result: &Result<Token, Fault>) -> bool {
    match result {
        Ok(_) => false,
        // It did nothing this time.
        Err(fault) if is_answered && matches!(fault.kind, FaultKind::Credentials | FaultKind::Busy) => {
            exchange.was_interrupted
        }
        Err(_) => true,
    }
}

/// Says why the vendor refused the refresh token, as far as we know, and what to do.
fn explained(fault: Fault, exchange: &Exchange) -> Fault {
    let message = fault.message.replace(exchange.newest.as_str(), MASK);
    if fault.kind != FaultKind::Credentials {
        return Fault { message, ..fault };
    }
    let why = if exchange.was_interrupted {
        "The last exchange was interrupted before we could store the next refresh token, so it was lost"
    } else {
        "Each refresh token works only once, so it may have been used elsewhere"
    };
    Fault { message: format!("{message}. {why}. Get a new one, and reconnect"), ..fault }
}

fn unusable(error: &SecretError) -> Fault {
    tracing::error!(event = "crm.token_unavailable", "a refresh token can't be read or stored: {error}");
    ours()
}

/// The fault if the cause is on our side.
fn ours() -> Fault {
    Fault::passing("internal_error", "Something went wrong on our side")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exchange(was_interrupted: bool) -> Exchange {
        Exchange { id: Uuid::nil(), newest: "canary-token".to_owned(), was_interrupted }
    }

    #[test]
    fn a_refusal_says_what_happened_and_repeats_no_token() {
        let refused = || Fault::credentials("the login was rejected: \u{201c}canary-token is spent\u{201d}");
        let lost = explained(refused(), &exchange(true)).message;
        assert!(lost.contains("interrupted") && lost.ends_with("reconnect") && !lost.contains("canary"), "{lost}");
        let used = explained(refused(), &exchange(false)).message;
        assert!(used.contains("only once") && !used.contains("interrupted"), "{used}");
        let down = explained(Fault::passing("vendor_error", "down"), &exchange(true));
        assert_eq!(down.message, "down");
    }

    #[test]
    fn only_a_clear_answer_settles_an_exchange() {
        let settles = |answered: bool, fault: Fault| !is_unsettled(&exchange(false), answered, &Err(fault));
        assert!(settles(true, Fault::credentials("no")));
        assert!(settles(true, Fault::busy(None, "later")));
        assert!(!settles(true, Fault::passing("vendor_error", "down")), "it may have replaced the token");
        assert!(!settles(false, Fault::passing("timeout", "none")));
        assert!(is_unsettled(&exchange(true), true, &Err(Fault::credentials("no"))), "the reason is still known");
    }

    #[test]
    fn grants_differ_by_organization_vendor_and_credentials() {
        let named = |vendor: &str| connector::providers::named(vendor).unwrap().descriptor();
        let account = |token: &str| Account {
            credentials: [("refreshToken".to_owned(), token.to_owned())].into(),
            ..Account::default()
        };
        let organization = OrganizationId::v7(1, &[0; 10]);
        let hash = |vendor, token| Grant::of(organization, named(vendor), &account(token)).credentials_hash;
        assert_eq!(hash("keap", "a"), hash("keap", "a"));
        assert_ne!(hash("keap", "a"), hash("keap", "b"));
        assert_ne!(hash("keap", "a"), hash("zoho-crm", "a"));
    }
}
