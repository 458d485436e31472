//! The job that delivers emails to the SMTP server.
//!
//! One short transaction takes the due emails and counts the attempt; the server is contacted outside of any
//! transaction; then the outcome is written. A crash in between causes at most a second copy, with the same Message-ID.
//! A rejection of the email itself is final; anything else is retried for two days.

use std::time::Duration;

use futures_util::future::join_all;

use super::{
    encryption,
    smtp::{self, Outgoing, Refusal, Transport},
    store::{self, Due},
};
use crate::{db::Holder, jobs::Rounds, state::AppState};

const POLL: Duration = Duration::from_secs(1);
/// How often waiting emails are counted if there is no server.
const COUNT_EVERY: Duration = Duration::from_secs(30);
/// Emails sent in parallel by one process.
const AT_ONCE: i64 = 8;
/// Longer than sending an email may take, so that no other ledger takes an email that one is sending.
const LEASE_SECONDS: f64 = 120.0;
const DELAY_MAX_SECONDS: f64 = 4.0 * 3_600.0;

/// How emails leave this process.
enum Way {
    Smtp(Transport),
    /// Development without a server: emails stay in the mailbox.
    Mailbox,
}

/// Runs until the process stops.
pub async fn run(state: AppState, mut rounds: Rounds) {
    let settings = &state.config.mail;
    let way = match &settings.server {
        Some(server) => match smtp::transport(server) {
            Ok(transport) => Way::Smtp(transport),
            Err(error) => {
                tracing::error!(
                    event = "email.server_unusable",
                    job = "send_emails",
                    "can't send emails (REKOMI_SMTP_URL): {error}"
                );
                return only_count(&state, rounds).await;
            }
        },
        None if state.config.environment.is_development() => Way::Mailbox,
        None => {
            tracing::warn!(
                event = "email.no_server",
                job = "send_emails",
                "no email server is configured (REKOMI_SMTP_URL): emails wait in the database until there is one"
            );
            return only_count(&state, rounds).await;
        }
    };
    while rounds.begin() {
        let outcome = round(&state, &way).await;
        rounds.ended(&outcome);
        if let Err(error) = outcome {
            tracing::warn!(event = "email.sending_failed", job = "send_emails", "sending emails failed: {error}");
        }
        rounds.pause(POLL).await;
    }
}

/// Without a usable server, emails wait: how many is measured, so that an alert notices.
async fn only_count(state: &AppState, mut rounds: Rounds) {
    while rounds.begin() {
        let outcome = count_waiting(state).await;
        rounds.ended(&outcome);
        if let Err(error) = outcome {
            tracing::warn!(event = "email.sending_failed", job = "send_emails", "counting emails failed: {error}");
        }
        rounds.pause(COUNT_EVERY).await;
    }
}

async fn count_waiting(state: &AppState) -> Result<(), sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let backlog = store::backlog(&mut tx).await?;
    tx.commit().await?;
    measure(backlog);
    Ok(())
}

fn measure(backlog: i64) {
    metrics::gauge!("rekomi_mails_waiting").set(f64::from(i32::try_from(backlog).unwrap_or(i32::MAX)));
}

/// Sends all due emails.
async fn round(state: &AppState, way: &Way) -> Result<(), sqlx::Error> {
    let keep_bodies = state.config.environment.is_development();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let given_up = store::give_up_old(&mut tx, keep_bodies).await?;
    tx.commit().await?;
    if given_up > 0 {
        metrics::counter!("rekomi_mails_total", "outcome" => "given_up").increment(given_up);
        tracing::error!(
            event = "email.given_up",
            job = "send_emails",
            given_up,
            "gave up on emails that could not be sent for days"
        );
    }
    loop {
        let mut tx = state.db.global(Holder::Nothing).await?;
        let due = store::take_due(&mut tx, AT_ONCE, LEASE_SECONDS).await?;
        let backlog = store::backlog(&mut tx).await?;
        tx.commit().await?;
        measure(backlog);
        let full = due.len() >= usize::try_from(AT_ONCE).unwrap_or_default();
        for ended in join_all(due.into_iter().map(|email| one(state, way, email))).await {
            ended?;
        }
        if !full || state.is_stopping() {
            return Ok(());
        }
    }
}

async fn one(state: &AppState, way: &Way, email: Due) -> Result<(), sqlx::Error> {
    let (id, attempts, kind) = (email.id, email.attempts, email.kind.clone());
    let outcome = match way {
        Way::Mailbox => Ok(()),
        Way::Smtp(transport) => hand_over(state, transport, email).await,
    };
    let keep_body = state.config.environment.is_development();
    let mut tx = state.db.global(Holder::Nothing).await?;
    match outcome {
        Ok(()) => {
            store::mark_sent(&mut tx, id, keep_body).await?;
            count("sent");
        }
        Err(refusal) => {
            // The server's message may contain the address: it stays in the database.
            let code = refusal.code;
            if refusal.for_good {
                tracing::error!(
                    event = "email.rejected", job = "send_emails", %id, %kind, code, attempts,
                    "an email was permanently rejected"
                );
                store::give_up(&mut tx, id, &refusal.reason, keep_body).await?;
                count("refused");
            } else {
                tracing::warn!(
                    event = "email.not_sent_yet", job = "send_emails", %id, %kind, code, attempts,
                    "an email could not be sent yet"
                );
                store::try_later(&mut tx, id, &refusal.reason, delay_seconds(attempts, rand::random())).await?;
                count("postponed");
            }
        }
    }
    tx.commit().await
}

async fn hand_over(state: &AppState, transport: &Transport, character: Due) -> Result<(), Refusal> {
    let body = encryption::open(&state.config.keys.at_rest, character.id, &character.sealed_body)
        .map_err(|error| Refusal { for_good: false, code: None, reason: format!("its body: {error}") })?;
    let outgoing = Outgoing {
        to: &character.recipient,
        subject: &character.subject,
        sender_name: character.sender_name.as_deref(),
        reply_to: character.reply_to.as_deref(),
    };
    let message = smtp::message(&state.config.mail, character.id, outgoing, body)?;
    smtp::send(transport, message).await
}

fn count(outcome: &'static str) {
    metrics::counter!("rekomi_mails_total", "outcome" => outcome).increment(1);
}

/// Returns 5 s, 10 s, 20 s … 4 h, each randomized between half and all of it, so that a recovering server is not
/// flooded.
fn delay_seconds(attempts: i32, random: u16) -> f64 {
    let exponent = attempts.saturating_sub(1).clamp(0, 12);
    let whole = (5.0 * f64::from(1_u16 << exponent)).min(DELAY_MAX_SECONDS);
    whole * (0.5 + 0.5 * f64::from(random) / f64::from(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_four_hours_and_spread() {
        assert!((2.5..=5.0).contains(&delay_seconds(1, rand::random())));
        assert!(delay_seconds(3, 0) < delay_seconds(3, u16::MAX));
        assert!((delay_seconds(40, u16::MAX) - DELAY_MAX_SECONDS).abs() < 1.0);
        assert!(delay_seconds(i32::MIN, 0) > 0.0);
    }

    #[test]
    fn two_days_hold_some_twenty_attempts() {
        let mut waited = 0.0;
        let attempts = (1..).take_while(|attempt| {
            waited += delay_seconds(*attempt, u16::MAX);
            waited < 48.0 * 3_600.0
        });
        assert!((15..=40).contains(&attempts.count()));
    }
}
