//! The append-only log of events in a person's account, which the person can read.

use shared::{
    id::{AccountEventId, UserId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;

use super::caller::Caller;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Happening {
    AccountCreated,
    EmailVerified,
    EmailChanged,
    SignedIn,
    SignedOutElsewhere,
    PasswordChanged,
    PasswordReset,
    SecondFactorOn,
    SecondFactorOff,
    RecoveryCodeUsed,
    RecoveryCodesRenewed,
}

impl Happening {
    const ALL: [Self; 11] = [
        Self::AccountCreated,
        Self::EmailVerified,
        Self::EmailChanged,
        Self::SignedIn,
        Self::SignedOutElsewhere,
        Self::PasswordChanged,
        Self::PasswordReset,
        Self::SecondFactorOn,
        Self::SecondFactorOff,
        Self::RecoveryCodeUsed,
        Self::RecoveryCodesRenewed,
    ];

    /// The stored form.
    const fn as_str(self) -> &'static str {
        match self {
            Self::AccountCreated => "account.created",
            Self::EmailVerified => "email.verified",
            Self::EmailChanged => "email.changed",
            Self::SignedIn => "session.opened",
            Self::SignedOutElsewhere => "sessions.ended",
            Self::PasswordChanged => "password.changed",
            Self::PasswordReset => "password.reset",
            Self::SecondFactorOn => "second_factor.enabled",
            Self::SecondFactorOff => "second_factor.disabled",
            Self::RecoveryCodeUsed => "recovery_code.used",
            Self::RecoveryCodesRenewed => "recovery_codes.renewed",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::AccountCreated => "Account created",
            Self::EmailVerified => "Email address confirmed",
            Self::EmailChanged => "Email address changed",
            Self::SignedIn => "Signed in",
            Self::SignedOutElsewhere => "Signed out other sessions",
            Self::PasswordChanged => "Password changed",
            Self::PasswordReset => "Password reset by email",
            Self::SecondFactorOn => "Two-step sign-in turned on",
            Self::SecondFactorOff => "Two-step sign-in turned off",
            Self::RecoveryCodeUsed => "Signed in with a recovery code",
            Self::RecoveryCodesRenewed => "New recovery codes generated",
        }
    }
}

/// Adds an event to the log, in the transaction in which it happens.
pub async fn record(
    conn: &mut PgConnection,
    user: UserId,
    what: Happening,
    caller: &Caller,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let id = AccountEventId::v7(now.millis().unsigned_abs(), &rand::random());
    sqlx::query!(
        "insert into account_events (user_id, id, at, event, browser, source_hash) values ($1, $2, $3, $4, $5, $6)",
        user.uuid(),
        id.uuid(),
        now,
        what.as_str(),
        caller.browser,
        caller.source_hash,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Timestamp, description and browser.
pub type RecentEvent = (Timestamp, &'static str, String);

/// The latest events, newest first.
pub async fn latest(conn: &mut PgConnection, user: UserId, limit: i64) -> Result<Vec<RecentEvent>, sqlx::Error> {
    let rows = sqlx::query!(
        "select at, event, browser from account_events where user_id = $1 order by id desc limit $2",
        user.uuid(),
        limit,
    )
    .fetch_all(conn)
    .await?;
    let words = |event: &str| {
        Happening::ALL.into_iter().find(|known| known.as_str() == event).map_or("Account activity", Happening::words)
    };
    Ok(rows.into_iter().map(|row| (row.at, words(&row.event), row.browser)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_happening_has_a_name_of_its_own() {
        let mut names: Vec<&str> = Happening::ALL.map(Happening::as_str).to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Happening::ALL.len());
    }
}
