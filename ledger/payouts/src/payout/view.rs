//! A payout as the API shows it.

use payout_core::step::Status;
use serde::Serialize;
use shared::{
    id::{AffiliateId, CommissionId, PayoutId, PayoutRunId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::blocked;

/// The code of a payout that waits for a person to pay it outside.
pub(super) const EXPORT_IT: &str = "export_it";
pub(super) const EXPORT_REASON: &str = "The money is reserved. Pay it outside Stripe using the exported file or \
                                        manually, then mark the payout as paid or failed.";

/// A payment to an affiliate, whether it is in progress, sent or failed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
    #[schema(value_type = String, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// The run that the payout belongs to; null if it was recorded on its own.
    #[schema(value_type = Option<String>, required, example = "run_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub run_id: Option<PayoutRunId>,
    /// The amount deducted from the affiliate's balance. Until the money is reserved, it is the approved amount.
    #[schema(example = 5940)]
    pub amount_cents: i64,
    /// The same as `amountCents`.
    #[schema(example = 5940)]
    pub gross_cents: i64,
    /// The tax withheld.
    #[schema(example = 0)]
    pub withheld_cents: i64,
    /// The amount that the affiliate receives: `grossCents` minus `withheldCents`.
    #[schema(example = 5940)]
    pub net_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    /// `Stripe`, `PayPal`, `Wise`, or `Manual`: paid outside and recorded here.
    #[schema(example = "Stripe")]
    pub rail: String,
    /// `Scheduled` (approved), `Reserved` (the money is reserved), `Sending`, `Unknown` (it isn't known yet whether the
    /// last call arrived), `Sent` (also if an import left it to the earlier platform), `Failed` (the full amount is owed
    /// again) or `Reversed` (the payment came back, and the full amount is owed again).
    #[schema(example = "Sent")]
    pub status: String,
    /// Why the payout has this status: a stable code, such as `balance_insufficient`, or `connection_paused` and
    /// `not_connected` if it waits for Stripe to be connected. A payout that you pay outside Stripe has `export_it`, or
    /// `destination_changed`, `on_hold` or `not_approved` if you shouldn't pay it now. Null if there is no particular
    /// reason.
    #[schema(required, example = json!(null))]
    pub reason_code: Option<String>,
    /// The reason in one sentence.
    #[schema(required, example = json!(null))]
    pub reason: Option<String>,
    /// The next step: `none`, `wait` (the payout continues automatically), `approve_run`, `pay_and_mark`, `top_up`,
    /// `reconnect`, `look_into_it`, `affiliate_fixes_account`, `affiliate_fixes_bank`, `lift_hold`,
    /// `approve_affiliate`, `affiliate_gives_tax_form` or `next_run`.
    #[schema(example = "none")]
    pub next_action: &'static str,
    /// When the payout continues automatically; null if it doesn't.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub next_at: Option<Timestamp>,
    /// Stripe's `tr_…`, or another rail's own ID of the payment.
    #[schema(required, example = "tr_1MiN3gLkdIwHu7ixNCZvFdgA")]
    pub transfer_id: Option<String>,
    /// The affiliate's Stripe account.
    #[schema(required, example = "acct_1MTfjCQ9PRzxEwkZ")]
    pub destination: Option<String>,
    /// When the payout was paid. For a payment outside Stripe, the day that you or the imported file gave (noon in your
    /// organization's time zone, unless it was the same day).
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:00Z")]
    pub sent_at: Option<Timestamp>,
    /// When the payout was recorded as sent or failed, or, once it is `Reversed`, when it came back.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:00Z")]
    pub ended_at: Option<Timestamp>,
    /// The part of `amountCents` that came back after the payout was sent and is owed again.
    #[schema(example = 0)]
    pub returned_cents: i64,
    /// Whether the affiliate's bank accepted the payment: `Paid` or `Failed`, as far as Stripe reported it.
    #[schema(required, example = "Paid")]
    pub bank_status: Option<String>,
    /// Why the bank didn't accept the payment.
    #[schema(required, example = json!(null))]
    pub bank_reason: Option<String>,
    /// When the payout was first exported for its rail.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub exported_at: Option<Timestamp>,
    /// Your own reference for the payment.
    #[schema(required, example = "bank transfer 2026-12-01 #118")]
    pub reference: Option<String>,
    /// Who created the payout: `api_key:key_…`, `user:usr_…` or `schedule`.
    #[schema(example = "api_key:key_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub actor: String,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub created_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub updated_at: Timestamp,
}

/// A commission's share of a payout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutItem {
    #[schema(value_type = String, example = "com_01kdvdna00fec9rpb7dk6gd3hy")]
    pub commission_id: CommissionId,
    /// Negative if the payout recovers an earlier overpayment.
    #[schema(example = 1980)]
    pub amount_cents: i64,
    /// The part of `amountCents` that came back after the payout was sent.
    #[schema(example = 0)]
    pub returned_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
}

/// A call to Stripe about a payout.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutAttempt {
    /// `Send`, or `LookUp`: checks whether an earlier call arrived.
    #[schema(example = "Send")]
    pub step: String,
    /// The idempotency key that was sent to Stripe; null if none was.
    #[schema(required, example = "rekomi-po_01kdvdna00e5v8r2m6q1w9d3xk-1")]
    pub idempotency_key: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub started_at: Timestamp,
    /// Null while the call is in progress, or if its end was never recorded.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-12-01T08:30:01Z")]
    pub ended_at: Option<Timestamp>,
    /// The HTTP status; null if no response arrived.
    #[schema(required, example = 200)]
    pub status: Option<i32>,
    /// `sent`, `found`, `not_found`, `unclear`, or the code of the refusal.
    #[schema(required, example = "sent")]
    pub outcome: Option<String>,
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    /// Stripe's request ID, which its support asks for.
    #[schema(required, example = "req_8gO1GZcrXfEvRT")]
    pub request_id: Option<String>,
}

/// Codes of failures that the affiliate corrects in their Stripe account.
const OF_ACCOUNT: [&str; 7] = [
    "account_closed",
    "account_invalid",
    "account_not_ready",
    "account_country_invalid_address",
    "insufficient_capabilities_for_transfer",
    "resource_missing",
    "transfers_not_allowed",
];
/// Codes that mean the connection has to be reconnected.
const OF_KEY: [&str; 7] = [
    "key_refused",
    "api_key_expired",
    "platform_account_required",
    "platform_api_key_expired",
    "secret_key_required",
    blocked::PAUSED,
    blocked::NOT_CONNECTED,
];

/// Returns whether the code names a problem of the affiliate's Stripe account.
pub(super) fn is_of_account(code: &str) -> bool {
    OF_ACCOUNT.contains(&code)
}

/// Returns whether a payout waits for Stripe to be reconnected.
pub fn is_of_key(code: Option<&str>) -> bool {
    code.is_some_and(|code| OF_KEY.contains(&code))
}

/// Returns what has to be done about a payout. `is_due`: whether it continues automatically.
pub fn next_action(status: Status, code: Option<&str>, is_due: bool, bank: Option<&str>) -> &'static str {
    let code = code.unwrap_or_default();
    match status {
        Status::Sent if bank == Some("Failed") => "affiliate_fixes_bank",
        Status::Sent => "none",
        Status::Reversed => "look_into_it",
        Status::Failed if is_of_account(code) => "affiliate_fixes_account",
        Status::Failed | Status::Reserved if code == "on_hold" => "lift_hold",
        Status::Failed if code == super::actions::FAILED_OUTSIDE => "look_into_it",
        Status::Failed | Status::Reserved if code == "not_approved" => "approve_affiliate",
        Status::Failed if code == "no_tax_form" => "affiliate_gives_tax_form",
        Status::Failed => "next_run",
        _ if code == super::lease_store::WITHOUT_MONEY => "top_up",
        _ if is_of_key(Some(code)) => "reconnect",
        Status::Scheduled if !is_due => "approve_run",
        _ if is_due => "wait",
        _ if code == EXPORT_IT => "pay_and_mark",
        _ => "look_into_it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state_says_what_is_next() {
        let next = |status, code, due| next_action(status, code, due, None);
        assert_eq!(next(Status::Scheduled, None, false), "approve_run");
        assert_eq!(next(Status::Scheduled, None, true), "wait");
        assert_eq!(next(Status::Reserved, Some("balance_insufficient"), true), "top_up");
        assert_eq!(next(Status::Reserved, Some("export_it"), false), "pay_and_mark");
        assert_eq!(next(Status::Reserved, Some("key_refused"), true), "reconnect");
        assert_eq!(next(Status::Unknown, Some("connection_paused"), true), "reconnect");
        assert_eq!(next(Status::Scheduled, Some("not_connected"), true), "reconnect");
        assert_eq!(next(Status::Unknown, Some("unclear"), true), "wait");
        assert_eq!(next(Status::Unknown, Some("differs"), false), "look_into_it");
        assert_eq!(next(Status::Failed, Some("account_closed"), false), "affiliate_fixes_account");
        assert_eq!(next(Status::Failed, Some("nothing_payable"), false), "next_run");
        assert_eq!(next(Status::Failed, Some("payment_failed"), false), "look_into_it");
        assert_eq!(next(Status::Reserved, Some("on_hold"), false), "lift_hold");
        assert_eq!(next(Status::Failed, Some("no_tax_form"), false), "affiliate_gives_tax_form");
        assert_eq!(next_action(Status::Sent, None, false, Some("Failed")), "affiliate_fixes_bank");
    }
}
