//! Decides the next step of a payout.
//!
//! A payout is reserved, sent, and settled; or voided, if Stripe definitely refuses. Nothing is sent while the outcome
//! of an earlier call is unknown, until its transfer has been looked up. The idempotency key stays the same until a
//! definite refusal. So a payout is paid once, even if calls get lost, are answered twice, or the process dies in
//! between.

use std::time::Duration;

use crate::stripe::{
    Refusal, StripeError,
    transfer::{Found, Transfer},
};

/// Status of a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Approved, but nothing is reserved yet.
    Scheduled,
    /// The money is reserved; the payout waits for its turn, or for something that must change first.
    Reserved,
    /// A call is in progress.
    Sending,
    /// A call was made, and it is unknown whether it arrived.
    Unknown,
    /// The money left the brand's balance.
    Sent,
    /// Failed for good: nothing was sent, everything is owed again.
    Failed,
    /// The whole payment came back: everything is owed again.
    Reversed,
}

impl Status {
    pub const ALL: [Self; 7] =
        [Self::Scheduled, Self::Reserved, Self::Sending, Self::Unknown, Self::Sent, Self::Failed, Self::Reversed];

    /// The name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::Reserved => "Reserved",
            Self::Sending => "Sending",
            Self::Unknown => "Unknown",
            Self::Sent => "Sent",
            Self::Failed => "Failed",
            Self::Reversed => "Reversed",
        }
    }

    /// The label on pages and in documents.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unknown => "Unconfirmed",
            Self::Sent => "Paid",
            other => other.as_str(),
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }

    /// Returns whether the payout is still open: not sent, failed or reversed.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Scheduled | Self::Reserved | Self::Sending | Self::Unknown)
    }

    /// Returns whether the money is reserved.
    pub const fn is_reserved(self) -> bool {
        matches!(self, Self::Reserved | Self::Sending | Self::Unknown)
    }
}

/// The next action of the worker for a payout on the Stripe rail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Reserve,
    /// Search for its transfer, because an earlier call may have arrived.
    LookUp,
    Send,
    /// Do nothing.
    Rest,
}

/// `unclear` says whether the outcome of a call is unknown. It is set before each call, so that it remains set after a
/// crash.
pub const fn next(status: Status, unclear: bool) -> Step {
    match (status, unclear) {
        (Status::Scheduled, _) => Step::Reserve,
        (Status::Reserved | Status::Sending | Status::Unknown, true) => Step::LookUp,
        (Status::Reserved | Status::Sending | Status::Unknown, false) => Step::Send,
        (Status::Sent | Status::Failed | Status::Reversed, _) => Step::Rest,
    }
}

/// The result of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Book the payout as paid by this transfer.
    Settle(Transfer),
    /// Nothing was sent, and nothing will be: book it back.
    Cancel(Reason),
    /// Send now: the look-up found nothing.
    Send,
    /// Try again later.
    Wait(Wait),
}

/// A stable code, and a message that says what happened and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    pub code: String,
    pub message: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wait {
    pub status: Status,
    pub reason: Reason,
    /// `None`: someone has to review it first.
    pub after: Option<Duration>,
    pub fate: Fate,
    pub all: All,
}

/// What is known about all calls so far, including this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// None of them had an effect, and Stripe would repeat its refusal, so the next call uses a new key.
    Refused,
    /// Same as before: this call had no effect itself.
    AsBefore,
    /// Unknown.
    Unclear,
}

/// The consequence for the connection's other payouts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum All {
    GoOn,
    /// None in this currency can be sent until there is money.
    CurrencyWaits(Duration),
    /// Stripe asks for fewer requests, or has a problem.
    Wait(Duration),
    /// The key isn't accepted anymore.
    Pause,
}

const HOUR: Duration = Duration::from_secs(3_600);
/// How long a payout waits for money before the next attempt. A webhook that reports money ends the wait earlier.
pub const WAITS_FOR_MONEY: Duration = HOUR;

/// Decides after a call to send. `tries` counts consecutive unclear answers, including this one.
pub fn after_send(answer: Result<Transfer, StripeError>, tries: u32) -> Outcome {
    match answer {
        Ok(transfer) => Outcome::Settle(transfer),
        Err(StripeError::Refused(refusal)) => refused(&refusal),
        Err(error) => later(error, tries),
    }
}

/// Decides after a look-up.
pub fn after_look_up(answer: Result<Found, StripeError>, tries: u32) -> Outcome {
    match answer {
        Ok(Found::Sent(transfer)) => Outcome::Settle(transfer),
        Ok(Found::Nothing) => Outcome::Send,
        Ok(Found::Else(why)) => Outcome::Wait(Wait {
            status: Status::Unknown,
            reason: reason(
                "differs",
                &format!("{why}. Compare them in the Stripe dashboard, then record the correct transfer or retry."),
            ),
            after: None,
            fate: Fate::Unclear,
            all: All::GoOn,
        }),
        // A look-up has no effect: whatever goes wrong with it, the payout remains as unclear as before.
        Err(StripeError::Refused(refusal)) => {
            later(StripeError::Unclear { why: format!("Stripe refused the lookup: {}", refusal.message) }, tries)
        }
        Err(error) => later(error, tries),
    }
}

fn later(error: StripeError, tries: u32) -> Outcome {
    let wait = |status, reason, after, fate, all| Outcome::Wait(Wait { status, reason, after, fate, all });
    match error {
        StripeError::Busy { wait: message } => {
            let message = Duration::from_secs(message.unwrap_or(2).clamp(1, 86_400));
            let text = reason("rate_limited", "Stripe asked us to slow down. We'll retry automatically.");
            wait(Status::Reserved, text, Some(message), Fate::AsBefore, All::Wait(message))
        }
        StripeError::Forbidden { message } => {
            let text = format!("Stripe rejected the key: {message}. Enter a new key to resume automatically.");
            wait(Status::Reserved, reason("key_refused", &text), Some(HOUR), Fate::AsBefore, All::Pause)
        }
        StripeError::OtherRequest { message } => {
            let text = format!(
                "Stripe received a different request with this idempotency key: {message}. We'll check with Stripe \
                 before doing anything else."
            );
            wait(Status::Unknown, reason("key_in_use", &text), Some(HOUR), Fate::Unclear, All::GoOn)
        }
        StripeError::InUse => {
            let text = reason("in_use", "Stripe is still processing an earlier request. We'll check again shortly.");
            wait(Status::Unknown, text, Some(patience(tries)), Fate::Unclear, All::GoOn)
        }
        StripeError::Refused(refusal) => refused(&refusal),
        StripeError::Unclear { why } => {
            let text = format!(
                "{why}: we don't know whether Stripe made the transfer. We'll check with Stripe before sending \
                 anything again."
            );
            let all = if tries > 3 { All::Wait(Duration::from_secs(30)) } else { All::GoOn };
            wait(Status::Unknown, reason("unclear", &text), Some(patience(tries)), Fate::Unclear, all)
        }
    }
}

/// The delay before the next attempt; grows from seconds to an hour.
fn patience(tries: u32) -> Duration {
    let seconds = [2, 10, 30, 120, 600, 1_800];
    let at = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX);
    seconds.get(at).map_or(HOUR, |seconds| Duration::from_secs(*seconds))
}

fn refused(refusal: &Refusal) -> Outcome {
    let code = refusal.name();
    let text = if refusal.message.is_empty() { code } else { refusal.message.trim_end_matches('.') };
    let wait = |next: &str, after, all| {
        let reason = reason(code, &format!("{text}. {next}"));
        Outcome::Wait(Wait { status: Status::Reserved, reason, after: Some(after), fate: Fate::Refused, all })
    };
    let void = |next: &str| Outcome::Cancel(reason(code, &format!("{text}. {next}")));
    match code {
        "balance_insufficient" => {
            let next = "Top up your Stripe balance in this currency. We retry every hour, and as soon as Stripe \
                        reports new funds.";
            wait(next, WAITS_FOR_MONEY, All::CurrencyWaits(WAITS_FOR_MONEY))
        }
        "platform_account_required" | "api_key_expired" | "secret_key_required" | "platform_api_key_expired" => {
            wait("Reconnect the Stripe account.", HOUR, All::Pause)
        }
        "account_closed" | "account_invalid" | "resource_missing" => {
            void("The affiliate's Stripe account can no longer receive money, so they have to set up a new one.")
        }
        "insufficient_capabilities_for_transfer" | "transfers_not_allowed" | "account_country_invalid_address" => {
            void("The affiliate's Stripe account can't receive transfers until they complete their Stripe setup.")
        }
        "amount_too_small" => void("The amount is payable again and will be paid once it's large enough."),
        "amount_too_large" => {
            void("The amount is too large for one Stripe transfer. Pay it another way, or contact Stripe.")
        }
        _ => void("The full amount is payable again and included in the next run."),
    }
}

fn reason(code: &str, message: &str) -> Reason {
    Reason { code: code.to_owned(), message: message.to_owned() }
}
