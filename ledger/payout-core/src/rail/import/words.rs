//! Status values: how each kind of file describes the outcome of a payment.
//!
//! PayPal: <https://developer.paypal.com/reports/reference/changed-fields> (column `Status`) and
//! <https://developer.paypal.com/api/payments.payouts-batch/v1/definitions/transaction_enum>; the row types are the
//! names at <https://developer.paypal.com/reports/reference/t-codes>: T0001, T1107, T1114 and T1115. Wise:
//! <https://docs.wise.com/guides/product/send-money/tracking/transfer-statuses>.

use super::{Fate, Format, Problem, problem};

/// The meaning of a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Word {
    Sent,
    Failed,
    Pending,
}

struct Words {
    sent: &'static str,
    failed: &'static str,
    pending: &'static str,
}

const OWN: Words = Words {
    sent: "sent|paid|completed|complete|success|successful|processed|transferred",
    failed: "failed|failure|returned|refunded|reversed|blocked|denied|declined|cancelled|canceled|rejected",
    pending: "pending|unclaimed|onhold|on hold|held|processing|new|in progress|scheduled",
};
/// A processed batch may still have payments that no one claimed, so "processed" is pending.
const PAYPAL: Words = Words {
    sent: "completed|complete|success|successful|sent|paid",
    failed: "failed|failure|returned|refunded|reversed|blocked|denied|declined|cancelled|canceled|rejected|removed|expired|voided",
    pending: "pending|unclaimed|onhold|on hold|held|temporary hold|processing|processed|new|created|placed|in progress|under review|\
              uncleared|scheduled",
};
/// A bounced payment may be sent again with other details; it is over only when it was refunded or cancelled.
const WISE: Words = Words {
    sent: "completed|complete|sent|outgoing_payment_sent|transferred",
    failed: "refunded|funds_refunded|charged_back|cancelled|canceled|failed|rejected",
    pending: "pending|processing|new|in progress|incoming_payment_waiting|incoming_payment_initiated|funds_converted|bounced_back|\
              waiting_recipient_input_to_proceed|scheduled|on hold|unknown",
};
/// Says that part of the money came back, but not how much.
const PARTLY: &str = "partially refunded|partially_refunded|partially-refunded";
/// Types of rows that PayPal's report has in addition to a payment; they don't move its money.
const BESIDE: [&str; 4] = ["conversion", "fee", "hold", "authorization"];
/// Types of rows about returned money, such as `Mass Pay Reversal` and `Payment Refund`.
const BACK: [&str; 4] = ["refund", "reversal", "return", "cancel"];

fn is_in(list: &str, word: &str) -> bool {
    list.split('|').any(|known| known == word)
}

/// Interprets a status; `status` must be in lower case.
///
/// # Errors
/// If the status is missing or unknown, or if only part of the payment came back.
pub(super) fn word(format: Format, status: &str) -> Result<Word, Problem> {
    let words = match format {
        Format::Own => OWN,
        Format::PayPal => PAYPAL,
        Format::Wise => WISE,
    };
    if is_in(words.sent, status) {
        Ok(Word::Sent)
    } else if is_in(words.failed, status) {
        Ok(Word::Failed)
    } else if is_in(words.pending, status) {
        Ok(Word::Pending)
    } else if status.is_empty() {
        problem("status_missing", "The status is empty. Enter \u{201c}Sent\u{201d} or \u{201c}Failed\u{201d}.")
    } else if format == Format::PayPal && is_in(PARTLY, status) {
        problem(
            "partly_returned",
            "Part of the payment was returned, but the file doesn\u{2019}t say how much. Check PayPal, then adjust the \
             affiliate\u{2019}s balance.",
        )
    } else {
        let shown: String = status.chars().filter(|c| !c.is_control()).take(40).collect();
        problem(
            "status_unknown",
            format!("Unknown status \u{201c}{shown}\u{201d}. Use \u{201c}Sent\u{201d} or \u{201c}Failed\u{201d}."),
        )
    }
}

/// Interprets a row that reports incoming money.
pub(super) fn came_in(word: Word, kind: &str) -> Fate {
    match word {
        Word::Sent => Fate::CameBack(if kind.is_empty() {
            "The payment service returned the money".to_owned()
        } else {
            format!("Status from the payment service: {kind}")
        }),
        // If the return itself is denied, cancelled or pending, the outcome isn't decided.
        Word::Failed | Word::Pending => Fate::Pending,
    }
}

/// Returns whether a row of this type (in lower case) isn't a payment itself.
pub(super) fn is_beside(kind: &str) -> bool {
    BESIDE.iter().any(|part| kind.contains(part))
}

/// Returns whether a row of this type (in lower case) reports returned money.
pub(super) fn is_back(kind: &str) -> bool {
    BACK.iter().any(|part| kind.contains(part))
}
