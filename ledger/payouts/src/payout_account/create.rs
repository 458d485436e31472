//! Creates an affiliate's account at Stripe, exactly once: a row is committed before the call, and its ID is the
//! idempotency key, so that a call whose answer was lost is repeated and never creates a second account. Before the
//! call is repeated, the account is looked up among the newest ones, since Stripe would repeat a stored 500 for a day;
//! once Stripe may have forgotten the key, it is looked up among all accounts created since the first call.
//!
//! Source: <https://docs.stripe.com/api/idempotent_requests>, <https://docs.stripe.com/api/accounts/list>.

use std::time::Duration;

use axum::http::StatusCode;
use payout_core::stripe::{
    Answer, StripeError,
    account::{self, Account, Entity, Link, Order},
    country::{self, Unsupported},
};
use serde_json::json;
use shared::{
    id::{AffiliateId, OrganizationId},
    seal::Secret,
    timestamp::Timestamp,
};

use super::{
    destination_store, record_snapshot,
    store::{self, New, Row},
};
use crate::payout_connection::{client, fault, store as connection};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};

/// Affiliates who need more must ask the brand: each is an account in its name.
const ACCOUNTS_MAX: i64 = 3;
/// Stripe keeps idempotency keys for at least 24 hours.
const KEY_HOLDS_MS: i64 = 23 * 3_600_000;
/// When the job checks whether a creation succeeded.
const LOOK_AFTER_MS: i64 = 120_000;
/// A safety limit for a list that never ends.
const PAGES_MAX: usize = 10_000;
/// Pages of the newest accounts to search while the idempotency key protects.
const PAGES_AT_FIRST: usize = 5;
/// The maximum difference between Stripe's clock and ours.
const CLOCKS_APART_MS: i64 = 3_600_000;
const TRIES: usize = 4;
const BETWEEN_TRIES: Duration = Duration::from_millis(700);

/// The affiliate's choices.
#[derive(Debug)]
pub struct AccountInput<'a> {
    pub affiliate: AffiliateId,
    /// ISO 3166-1 alpha-2, in either case.
    pub country: &'a str,
    pub entity: Entity,
}

/// Returns the affiliate's account and creates it if there is none. A repeated call returns the same account.
///
/// # Errors
/// 404; 409 `not_connected`, `payouts_paused`, `wrong_status`, `too_many_accounts`, or `account_exists` if there is one
/// of another country; 422 `country_unsupported`, `country_unsupported_from_platform` or `stripe_refused`; 503
/// `stripe_unavailable`: a job then continues the creation.
pub async fn ensure_account(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    input: &AccountInput<'_>,
) -> Result<Row> {
    let row = begin(state, organization, actor, input).await?;
    if row.stripe_account.is_some() { Ok(row) } else { make(state, organization, &row).await }
}

/// Writes the row, before any call.
async fn begin(state: &AppState, organization: OrganizationId, actor: &Actor, input: &AccountInput<'_>) -> Result<Row> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let person = store::person(&mut tx, input.affiliate).await?.ok_or_else(Error::not_found)?;
    if person.status != "Approved" || person.is_erased {
        let message = "Only approved affiliates can set up payouts.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    let connected = connection::current(&mut tx).await?.ok_or_else(connection::not_connected)?;
    usable(&connected)?;
    let latest = store::latest(&mut tx, input.affiliate).await?;
    if let Some(row) = latest.filter(|row| !row.is_closed()) {
        return if row.country.eq_ignore_ascii_case(input.country.trim()) { Ok(row) } else { Err(exists(&row)) };
    }
    if store::made(&mut tx, input.affiliate).await? >= ACCOUNTS_MAX {
        return Err(too_many());
    }
    let terms = country::terms(&connected.country, input.country).map_err(|unsupported| {
        let code = match unsupported {
            Unsupported::Country(_) => Code::CountryUnsupported,
            Unsupported::FromPlatform { .. } => Code::CountryUnsupportedFromPlatform,
        };
        Error::new(StatusCode::UNPROCESSABLE_ENTITY, code, unsupported.to_string()).with_field("country")
    })?;
    let new = New {
        id: state.new_id(),
        affiliate: input.affiliate,
        connection: connected.id,
        country: &input.country.trim().to_ascii_uppercase(),
        entity: input.entity,
        agreement: terms.agreement.as_str(),
        email: &person.email,
        check_at: now.plus_millis(LOOK_AFTER_MS),
    };
    store::insert(&mut tx, &new, now).await.on_constraint("payout_accounts_one", under_way)?;
    let details = json!({"affiliateId": input.affiliate, "country": new.country, "entity": new.entity.as_str(),
                      "agreement": new.agreement});
    audit::record(&mut tx, actor, now, Entry::new("payout_account.created", new.id).after(details)).await?;
    let row = store::one(&mut tx, new.id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(row)
}

/// # Errors
/// 409 `payouts_paused`.
pub fn usable(connected: &connection::Row) -> Result<()> {
    if connected.status == "active" {
        return Ok(());
    }
    let message = "Stripe currently rejects the brand\u{2019}s key. The brand\u{2019}s owners have been notified.";
    Err(Error::new(StatusCode::CONFLICT, Code::PayoutsPaused, message))
}

fn too_many() -> Error {
    let message = format!(
        "You\u{2019}ve reached the limit of {ACCOUNTS_MAX} Stripe accounts. Choose another payout method, or contact \
         the brand."
    );
    Error::new(StatusCode::CONFLICT, Code::TooManyAccounts, message)
}

fn exists(row: &Row) -> Error {
    let name = country::find(&row.country).map_or(row.country.as_str(), |country| country.name);
    let message = format!(
        "You already have an account in {name}. A Stripe account\u{2019}s country can\u{2019}t be changed, so start \
         over first."
    );
    Error::new(StatusCode::CONFLICT, Code::AccountExists, message)
}

fn under_way() -> Error {
    let message = "Your account is being created. Reload the page in a moment.";
    Error::new(StatusCode::CONFLICT, Code::RequestUnderWay, message)
}

/// Creates the account at Stripe. If the result of an earlier call is unknown, it searches for the account first.
pub async fn make(state: &AppState, organization: OrganizationId, row: &Row) -> Result<Row> {
    let mut tx = state.db.tenant(organization).await?;
    let connected = connection::one(&mut tx, row.connection).await?;
    let connected = connected.ok_or_else(connection::not_connected)?;
    let key = connection::key(state, organization, &connected)?;
    let wall = state.clock.wall();
    store::calling(&mut tx, row.id, wall).await?;
    tx.commit().await?;
    let terms = country::terms(&connected.country, &row.country);
    let order = Order {
        id: row.id.to_string(),
        affiliate: row.affiliate.to_string(),
        email: row.creating_email.clone().unwrap_or_default(),
        country: row.country.clone(),
        entity: row.entity,
        terms: terms.map_err(|unsupported| fault::refused(&unsupported.to_string()))?,
    };
    let found = match row.called_at {
        Some(called_at) => find(state, &key, &order, (called_at, wall)).await,
        None => Ok(None),
    };
    let made = match found {
        Ok(Some(account)) => Ok(account),
        Ok(None) => create(state, &key, &order).await,
        Err(failure) => Err(failure),
    };
    match made {
        Ok(account) => record_snapshot::observed(state, organization, row, &account).await,
        Err(StripeError::Refused(refusal)) => {
            refuse(state, organization, (row, &connected), &refusal.message).await?;
            Err(fault::refused(&refusal.message))
        }
        Err(failure) => Err(fault::error_of(state, organization, (&connected, &key), failure).await?),
    }
}

fn is_old(called_at: Timestamp, wall: Timestamp) -> bool {
    wall.millis().saturating_sub(called_at.millis()) > KEY_HOLDS_MS
}

/// Calls Stripe. While another request of ours with the same key is under way, it waits for that answer.
async fn create(state: &AppState, key: &Secret, order: &Order) -> std::result::Result<Account, StripeError> {
    let call = account::create(order);
    let mut last = StripeError::InUse;
    for _ in 0..TRIES {
        match client::call(state, key, &call).await.and_then(|answer: Answer| account::read(&answer)) {
            Err(StripeError::InUse) => tokio::time::sleep(BETWEEN_TRIES).await,
            other => return other,
        }
        last = StripeError::InUse;
    }
    Err(last)
}

/// Finds the account whose creation had no known result, by its metadata. While Stripe holds the key, repeating the
/// call creates no second account, so a failed listing doesn't prevent it. Afterwards it does.
async fn find(
    state: &AppState,
    key: &Secret,
    order: &Order,
    (called_at, wall): (Timestamp, Timestamp),
) -> std::result::Result<Option<Account>, StripeError> {
    let since = called_at.plus_millis(-CLOCKS_APART_MS).seconds();
    if is_old(called_at, wall) {
        return look_through(state, key, order, (since, PAGES_MAX))
            .await?
            .ok_or_else(|| StripeError::silence("there are too many accounts to look through"));
    }
    match look_through(state, key, order, (since, PAGES_AT_FIRST)).await {
        Ok(found) => Ok(found.flatten()),
        Err(StripeError::Unclear { why }) => {
            tracing::warn!(
                event = "payout_account.not_listed",
                account = order.id,
                "listing Stripe accounts failed: {why}"
            );
            Ok(None)
        }
        Err(failure) => Err(failure),
    }
}

/// Searches the accounts created since then; the outer `None` means that there are more pages than allowed. A list that
/// Stripe refuses, for example after an account that was deleted in the meantime, says nothing about the account.
async fn look_through(
    state: &AppState,
    key: &Secret,
    order: &Order,
    (since, pages): (i64, usize),
) -> std::result::Result<Option<Option<Account>>, StripeError> {
    let mut after = None;
    for _ in 0..pages {
        let answer = client::call(state, key, &account::list(since, after.as_deref())).await?;
        let (accounts, next) = match account::read_list(&answer) {
            Err(StripeError::Refused(refusal)) => return Err(StripeError::silence(refusal.message)),
            read => read?,
        };
        let is_it = |one: &Account| one.metadata.get("rekomi_account") == Some(&order.id);
        if let Some(found) = accounts.into_iter().find(is_it) {
            return Ok(Some(Some(found)));
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(Some(None)),
        }
    }
    Ok(None)
}

/// Handles a definite refusal, which Stripe would repeat: the row is closed, and the next attempt gets a new one. The
/// brand sees the reason, since often only it can help.
async fn refuse(
    state: &AppState,
    organization: OrganizationId,
    (row, connected): (&Row, &connection::Row),
    message: &str,
) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::close(&mut tx, row.id, &format!("refused: {message}")).await?;
    let text = format!("Stripe didn\u{2019}t create an account for {}: {message}", row.affiliate);
    connection::failed(&mut tx, connected.id, &text, now).await?;
    let details = json!({"affiliateId": row.affiliate, "message": message});
    let entry = Entry::new("payout_account.refused", row.id).after(details);
    audit::record(&mut tx, &Actor::system(), now, entry).await?;
    Ok(tx.commit().await?)
}

/// The kind of link to Stripe.
#[derive(Debug)]
pub enum Way<'a> {
    /// To Stripe's forms; `refresh` is where a used link leads, `back` is where the forms end.
    Onboarding { refresh: &'a str, back: &'a str },
    /// To Stripe's Express dashboard.
    Dashboard,
}

/// Creates a fresh single-use link: it is never stored and never emailed.
///
/// # Errors
/// 409 `not_connected`, `payouts_paused`, `no_account`; 422 `stripe_refused`; 503 `stripe_unavailable`.
pub async fn link(state: &AppState, organization: OrganizationId, row: &Row, way: &Way<'_>) -> Result<Link> {
    let Some(account) = row.stripe_account.as_deref().filter(|_| !row.is_closed()) else { return Err(no_account()) };
    let mut tx = state.db.tenant(organization).await?;
    let connected = connection::one(&mut tx, row.connection).await?;
    tx.commit().await?;
    let connected = connected.ok_or_else(connection::not_connected)?;
    usable(&connected)?;
    let key = connection::key(state, organization, &connected)?;
    let call = match way {
        Way::Onboarding { refresh, back } => account::link(account, refresh, back),
        Way::Dashboard => account::login(account),
    };
    match client::call(state, &key, &call).await.and_then(|answer| account::read_link(&answer)) {
        Ok(link) => Ok(link),
        Err(failure) => Err(fault::error_of(state, organization, (&connected, &key), failure).await?),
    }
}

/// 409 `no_account`.
pub fn no_account() -> Error {
    let message = "No Stripe account yet. Set it up first.";
    Error::new(StatusCode::CONFLICT, Code::NoAccount, message)
}

/// Leaves an account to which nothing was paid, so that another one can be created: an account's country can't be
/// changed.
///
/// # Errors
/// 409 `no_account`, or `account_in_use` if something was paid to it or may yet be.
pub async fn start_over(
    state: &AppState,
    organization: OrganizationId,
    actor: &Actor,
    affiliate: AffiliateId,
) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::person(&mut tx, affiliate).await?.ok_or_else(Error::not_found)?;
    let latest = store::latest(&mut tx, affiliate).await?.filter(|row| !row.is_closed());
    let row = latest.ok_or_else(no_account)?;
    let Some(account) = &row.stripe_account else { return Err(under_way()) };
    if destination_store::is_in_use(&mut tx, account).await? {
        let message = "This account already has payouts. Contact the brand for help.";
        return Err(Error::new(StatusCode::CONFLICT, Code::AccountInUse, message));
    }
    store::close(&mut tx, row.id, "left").await?;
    let details = json!({"affiliateId": affiliate, "status": row.status(), "country": row.country});
    let entry = Entry::new("payout_account.left", row.id).before(details).after(json!({"status": "Closed"}));
    audit::record(&mut tx, actor, now, entry).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_old_after_a_day() {
        let at = |hours: i64| Timestamp::from_seconds(1_790_000_000 + hours * 3_600).unwrap();
        assert!(!is_old(at(0), at(0)) && !is_old(at(0), at(23)));
        assert!(is_old(at(0), at(24)));
        assert!(!is_old(at(5), at(0)), "a clock that was set back");
    }
}
