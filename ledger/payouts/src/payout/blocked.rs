//! Explains payouts that would continue automatically if their Stripe connection worked: it is paused, or there is
//! none. Their rows don't contain this, so views ask here.

use payout_core::step::Status;
use uuid::Uuid;

use super::{row_store::STRIPE, view::is_of_key};
use kit::db::TenantTx;

/// The code if Stripe no longer accepts the key.
pub const PAUSED: &str = "connection_paused";
/// The code if the Stripe account isn't connected.
pub const NOT_CONNECTED: &str = "not_connected";

/// An organization's connections to Stripe, including former ones.
#[derive(Debug, Default)]
pub struct Connections(Vec<Connection>);

#[derive(Debug)]
struct Connection {
    id: Uuid,
    status: String,
    paused_reason: Option<String>,
}

pub async fn connections(tx: &mut TenantTx) -> Result<Connections, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, status, paused_reason from payout_connections where organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let connection =
        rows.into_iter().map(|row| Connection { id: row.id, status: row.status, paused_reason: row.paused_reason });
    Ok(Connections(connection.collect()))
}

/// The fields of a payout that decide whether it is blocked.
#[derive(Debug, Clone, Copy)]
pub struct Waiting<'a> {
    pub rail: &'a str,
    pub status: &'a str,
    /// Whether the engine would continue it automatically.
    pub is_due: bool,
    pub connection: Option<Uuid>,
}

impl<'a> Waiting<'a> {
    pub const fn of((rail, status): (&'a str, &'a str), is_due: bool, connection: Option<Uuid>) -> Self {
        Self { rail, status, is_due, connection }
    }

    /// Returns whether it goes through Stripe and isn't finished.
    pub fn is_stripes(&self) -> bool {
        self.is_due && self.rail == STRIPE && Status::parse(self.status).is_some_and(Status::is_open)
    }
}

impl Connections {
    /// Fills in why the payout waits for a connection, if it does. Stripe's own message about the key stays, in the row
    /// of the payout that received it.
    pub fn explain(&self, payout: Waiting<'_>, code: &mut Option<String>, reason: &mut Option<String>) {
        if let Some((why, message)) = self.why(payout).filter(|_| !is_of_key(code.as_deref())) {
            (*code, *reason) = (Some(why.to_owned()), Some(message));
        }
    }

    /// Returns a code and a sentence if the payout can't continue before someone connects Stripe. A payout that isn't
    /// reserved yet goes through any active connection, the others through their own.
    fn why(&self, payout: Waiting<'_>) -> Option<(&'static str, String)> {
        if !payout.is_stripes() {
            return None;
        }
        let is_free = payout.status == Status::Scheduled.as_str();
        let mine = |one: &&Connection| is_free || Some(one.id) == payout.connection;
        if self.0.iter().filter(mine).any(|one| one.status == "active") {
            return None;
        }
        if let Some(paused) = self.0.iter().filter(mine).find(|one| one.status == "paused") {
            let why = paused.paused_reason.as_deref().unwrap_or("Stripe no longer accepts the key.");
            return Some((PAUSED, format!("{why} Enter a new key under Payouts, Connection to resume automatically.")));
        }
        let message = if is_free {
            "Stripe isn\u{2019}t connected. Connect it to resume automatically."
        } else {
            "The Stripe account that sends this payout is no longer connected. Reconnect it to resume automatically."
        };
        Some((NOT_CONNECTED, message.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    //! Goal: a payout says that it waits for a connection exactly when it does.
    //! Method: each status of its own connection and of another one, for reserved payouts and others.

    use super::*;

    const OWN: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn why(connections: &[(Uuid, &str)], status: &str) -> Option<&'static str> {
        let connection = |(id, status): &(Uuid, &str)| Connection {
            id: *id,
            status: (*status).to_owned(),
            paused_reason: Some("Expired API Key provided.".to_owned()),
        };
        let all = Connections(connections.iter().map(connection).collect());
        all.why(Waiting { rail: STRIPE, status, is_due: true, connection: Some(OWN) }).map(|why| why.0)
    }

    #[test]
    fn only_what_its_connection_holds_up() {
        for status in ["Scheduled", "Reserved", "Sending", "Unknown"] {
            assert_eq!(why(&[(OWN, "active")], status), None);
            assert_eq!(why(&[(OWN, "paused")], status), Some(PAUSED));
            assert_eq!(why(&[(OWN, "disconnected")], status), Some(NOT_CONNECTED));
            assert_eq!(why(&[], status), Some(NOT_CONNECTED));
        }
        let moved = [(OWN, "disconnected"), (OTHER, "active")];
        assert_eq!(why(&moved, "Scheduled"), None);
        assert_eq!(why(&moved, "Reserved"), Some(NOT_CONNECTED));
        for status in ["Sent", "Failed", "Reversed"] {
            assert_eq!(why(&[], status), None);
        }
    }

    #[test]
    fn what_goes_elsewhere_or_waits_for_a_person_has_its_own_reason() {
        let none = Connections::default();
        let payout = Waiting { rail: "PayPal", status: "Scheduled", is_due: true, connection: None };
        assert_eq!(none.why(payout), None);
        assert_eq!(none.why(Waiting { rail: STRIPE, is_due: false, ..payout }), None);
    }
}
