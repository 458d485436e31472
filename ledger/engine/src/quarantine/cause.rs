//! Why events couldn't be applied, in words for the people who run a program. Pure.

/// A reason, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cause {
    pub title: &'static str,
    pub advice: &'static str,
    /// Whether applying such an event again can succeed. A second version of a known event can only be dismissed.
    pub replayable: bool,
}

const fn cause(title: &'static str, advice: &'static str) -> Cause {
    Cause { title, advice, replayable: true }
}

/// Describes a reason as quarantine stores it.
pub fn of(reason: &str) -> Cause {
    match reason {
        "conflict" => Cause {
            replayable: false,
            ..cause(
                "The same event was sent twice with different content",
                "We kept the first version. If the second one is right, record the difference, such as a refund.",
            )
        },
        "unknown_version" => {
            cause("Sent by a newer version of the edge than this server supports", "Update the server, then try again.")
        }
        "test_event" | "live_event" => cause(
            "From your gateway's other mode (test or live)",
            "Point the webhook of that mode to an organization in the same mode.",
        ),
        "other_account" => cause(
            "From a different account at your gateway",
            "Check which account is connected under Gateways, then try again.",
        ),
        "unknown_connection" => {
            cause("For a gateway that isn't connected", "Connect the gateway under Gateways, then try again.")
        }
        "unknown_link" => {
            cause("For a link that doesn't exist", "Check whether it was created in another organization.")
        }
        "click_month_archived" => cause(
            "Clicks that arrived after their month was archived",
            "Ask the people who run the server to restore the month, then try again. A click that was counted before isn't \
             counted twice.",
        ),
        "unsupported_currency" => cause(
            "In a currency that isn't supported",
            "Check the currency in your gateway or in what your server sends.",
        ),
        "negative_amount" | "amount_out_of_range" | "fractional_amount" | "money" => cause(
            "With an amount that isn't supported",
            "Check the amount in your gateway or in what your server sends.",
        ),
        "other_currency" => cause(
            "A refund in the buyer\u{2019}s currency, without its amount in the shop\u{2019}s",
            "Record the refund on the page of the conversion, in the currency of the sale.",
        ),
        "amount_missing" => cause(
            "A payment without its amount",
            "Look the payment up at your gateway, and report it from your server.",
        ),
        "claimed_refund" => {
            cause("A refund that only a page reported", "Refunds count when your gateway or your server reports them.")
        }
        "refund_without_sale" => {
            cause("A refund that doesn't name its sale", "Record the refund on the page of the conversion.")
        }
        "malformed_event" | "not_a_conversion" => cause(
            "We couldn't read these events",
            "They don't have the format that we expect from this sender. If your own server sends them, compare them with the \
             API reference.",
        ),
        _ => cause("We couldn't process these events", "Try again. If they fail again, the technical details say why."),
    }
}

/// Describes an error that begins with such a reason, such as `malformed_event: no amount`; `None` for other texts.
pub fn of_error(error: &str) -> Option<&'static str> {
    let (reason, _) = error.split_once(": ")?;
    let is_code = reason.contains('_') && reason.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    is_code.then(|| of(reason).title)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_reads_no_codes() {
        for reason in
            ["conflict", "amount_missing", "other_currency", "malformed_event", "unknown_connection", "23514", ""]
        {
            let Cause { title, advice, replayable } = of(reason);
            assert!(
                !title.contains('_') && !advice.contains('_') && !title.is_empty() && !advice.is_empty(),
                "{reason}"
            );
            assert_eq!(replayable, reason != "conflict");
        }
        let error = "malformed_event: missing field `created` at line 1 column 84";
        assert_eq!(of_error(error), Some("We couldn't read these events"));
        assert_eq!(of_error("The key was refused: sk_live_1"), None);
    }
}
