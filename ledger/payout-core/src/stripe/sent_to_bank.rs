//! What happens to an affiliate's money after the transfer: Stripe pays it out to their bank, which may refuse it. The
//! money is then on their Stripe balance, not the brand's: they correct their bank account, and Stripe tries again.
//!
//! Source: <https://docs.stripe.com/api/payouts/object>, <https://docs.stripe.com/api/payouts/failures>,
//! <https://docs.stripe.com/api/payouts/list>.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::{Answer, Call, StripeError, segment};

/// Stripe's payout to a bank account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BankPayout {
    /// `po_…`.
    pub id: String,
    /// In Stripe's units of the account's currency, which may differ from our transfer's.
    pub amount: i64,
    pub currency: String,
    /// `paid`, `pending`, `in_transit`, `canceled` or `failed`. A paid one may still fail within days.
    pub status: String,
    /// Unix seconds.
    #[serde(default)]
    pub arrival_date: i64,
    #[serde(default)]
    pub failure_code: Option<String>,
    #[serde(default)]
    pub failure_message: Option<String>,
}

/// Whether the bank accepted the payout.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    OnTheWay,
    Paid,
    /// The reason, and what the affiliate can do about it.
    Failed(String),
}

pub fn retrieve(payout: &str, account: &str) -> Call {
    Call::get(format!("/v1/payouts/{}", segment(payout))).on_behalf_of(account)
}

/// Lists an account's bank payouts created at `since` (Unix seconds) or later, newest first. The limit is a hundred,
/// more than a month has.
pub fn list(account: &str, since: i64) -> Call {
    Call::get("/v1/payouts").field("created[gte]", since.to_string()).field("limit", "100").on_behalf_of(account)
}

pub fn read_list(answer: &Answer) -> Result<Vec<BankPayout>, StripeError> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<BankPayout>,
    }
    answer.read::<List>().map(|list| list.data)
}

/// Selects the payouts with a relevant outcome from a list sorted newest first: those that arrived, and those that
/// failed without a later arrival in the same currency. Returns them oldest first, so that the latest outcome comes
/// last.
pub fn noteworthy(list: &[BankPayout]) -> Vec<&BankPayout> {
    let (mut noteworthy, mut arrived) = (Vec::new(), BTreeSet::new());
    for payout in list {
        match payout.fate() {
            Fate::Paid => {
                arrived.insert(payout.currency.as_str());
                noteworthy.push(payout);
            }
            Fate::Failed(_) if !arrived.contains(payout.currency.as_str()) => noteworthy.push(payout),
            Fate::Failed(_) | Fate::OnTheWay => {}
        }
    }
    noteworthy.reverse();
    noteworthy
}

/// Lists the payments that make up a bank payout; `after` is the last one of the preceding page.
pub fn contents(payout: &str, account: &str, after: Option<&str>) -> Call {
    let call = Call::get("/v1/balance_transactions")
        .field("payout", payout)
        .field("limit", "100")
        .field("expand[]", "data.source")
        .on_behalf_of(account);
    match after {
        Some(after) => call.field("starting_after", after),
        None => call,
    }
}

/// A page of a bank payout's contents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contents {
    /// `tr_…` of the brand's transfers in it.
    pub transfers: Vec<String>,
    pub next: Option<String>,
}

pub fn read_contents(answer: &Answer) -> Result<Contents, StripeError> {
    #[derive(Deserialize)]
    struct List {
        data: Vec<Entry>,
        #[serde(default)]
        has_more: bool,
    }
    #[derive(Deserialize)]
    struct Entry {
        id: String,
        /// An id if it wasn't expanded; null for fees.
        #[serde(default)]
        source: serde_json::Value,
    }
    let list: List = answer.read()?;
    let next = list.data.last().map(|last| last.id.clone()).filter(|_| list.has_more);
    let of = |entry: &Entry| entry.source["source_transfer"].as_str().map(str::to_owned);
    Ok(Contents { transfers: list.data.iter().filter_map(of).collect(), next })
}

impl BankPayout {
    pub fn fate(&self) -> Fate {
        match self.status.as_str() {
            "paid" => Fate::Paid,
            "failed" | "canceled" => Fate::Failed(self.why()),
            _ => Fate::OnTheWay,
        }
    }

    fn why(&self) -> String {
        let message = match self.failure_code.as_deref().unwrap_or_default() {
            "account_closed" => "The bank account is closed. Add a different one in Stripe.",
            "account_frozen" => "The bank account is frozen. Contact the bank, or add a different account in Stripe.",
            "bank_account_restricted" => {
                "The bank account can\u{2019}t receive this kind of payment. Add a different one in Stripe."
            }
            "bank_ownership_changed" => {
                "The bank was taken over by another bank. Enter the new account details in Stripe."
            }
            "could_not_process" => {
                "The bank couldn\u{2019}t process the payment. Stripe will try again once the account is confirmed."
            }
            "declined" => "The bank declined the payment. Contact the bank, or add a different account in Stripe.",
            "incorrect_account_holder_name" => {
                "The account holder\u{2019}s name doesn\u{2019}t match. Correct it in Stripe."
            }
            "incorrect_account_holder_address" => {
                "The account holder\u{2019}s address doesn\u{2019}t match. Correct it in Stripe."
            }
            "incorrect_account_holder_tax_id" => {
                "The account holder\u{2019}s tax number doesn\u{2019}t match. Correct it in Stripe."
            }
            "incorrect_account_type" => {
                "The account type (such as checking or savings) is wrong. Correct it in Stripe."
            }
            "invalid_account_number" | "no_account" => {
                "The bank couldn\u{2019}t find the account. Correct the account number in Stripe."
            }
            "invalid_account_number_length" => {
                "The account number has too few or too many digits. Correct it in Stripe."
            }
            "invalid_currency" => {
                "The bank account doesn\u{2019}t accept this currency. Add a different one in Stripe."
            }
            "insufficient_funds" => "The Stripe balance was too low. Stripe will try again.",
            "invalid_card" | "expired_card" | "unsupported_card" => {
                "The debit card can\u{2019}t receive payments. Add a bank account in Stripe."
            }
            _ => "",
        };
        if !message.is_empty() {
            return message.to_owned();
        }
        if self.status == "canceled" {
            return "The payment to the bank was canceled. The money is in the Stripe balance.".to_owned();
        }
        let text = self.failure_message.as_deref().map(str::trim).filter(|text| !text.is_empty());
        text.or(self.failure_code.as_deref()).map_or_else(
            || "The bank returned the payment. Check the bank account in Stripe.".to_owned(),
            |text| {
                format!(
                    "The bank returned the payment: {}. Check the bank account in Stripe.",
                    text.trim_end_matches('.')
                )
            },
        )
    }
}

pub fn read(answer: &Answer) -> Result<BankPayout, StripeError> {
    answer.read()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use super::*;

    fn fate(status: &str, code: Option<&str>, message: Option<&str>) -> Fate {
        let body = serde_json::json!({"id": "po_1", "object": "payout", "amount": 100, "currency": "usd", "status": status,
            "failure_code": code, "failure_message": message});
        let answer = Answer { status: 200, body: body.to_string().into_bytes(), ..Answer::default() };
        read(&answer).unwrap().fate()
    }

    #[test]
    fn failures_in_plain_words() {
        assert_eq!(fate("in_transit", None, None), Fate::OnTheWay);
        assert_eq!(fate("paid", None, None), Fate::Paid);
        let Fate::Failed(why) = fate("failed", Some("account_closed"), Some("The bank account has been closed."))
        else {
            unreachable!("it failed")
        };
        assert!(why.starts_with("The bank account is closed."), "{why}");
        let Fate::Failed(why) = fate("failed", Some("brand_new"), Some("A new reason.")) else {
            unreachable!("it failed")
        };
        assert_eq!(why, "The bank returned the payment: A new reason. Check the bank account in Stripe.");
        assert!(matches!(fate("canceled", None, None), Fate::Failed(why) if why.contains("canceled")));
    }

    #[test]
    fn a_failure_that_a_later_one_mended_is_over() {
        let one = |id: &str, status: &str, currency: &str| serde_json::json!({"id": id, "amount": 100, "currency": currency, "status": status});
        let newest_first = [
            one("po_7", "in_transit", "usd"),
            one("po_6", "failed", "usd"),
            one("po_5", "failed", "eur"),
            one("po_4", "paid", "usd"),
            one("po_3", "failed", "usd"),
            one("po_2", "paid", "usd"),
        ];
        let body = serde_json::json!({"data": newest_first}).to_string().into_bytes();
        let list = read_list(&Answer { status: 200, body, ..Answer::default() }).unwrap();
        let names: Vec<&str> = noteworthy(&list).iter().map(|one| one.id.as_str()).collect();
        assert_eq!(names, ["po_2", "po_4", "po_5", "po_6"]);
    }

    #[test]
    fn what_was_in_it() {
        let body = br#"{"object":"list","has_more":true,"data":[
            {"id":"txn_1","source":{"id":"py_1","source_transfer":"tr_1"}}, {"id":"txn_2","source":null},
            {"id":"txn_3","source":"py_2"}]}"#;
        let contents = read_contents(&Answer { status: 200, body: body.to_vec(), ..Answer::default() }).unwrap();
        assert_eq!(contents, Contents { transfers: vec!["tr_1".to_owned()], next: Some("txn_3".to_owned()) });
    }
}
