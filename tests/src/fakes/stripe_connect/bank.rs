//! What happens to money on an affiliate's balance: Stripe pays it to their bank, which may refuse it.

use serde_json::{Value, json};

use super::{
    super::Answer,
    platform::Platform,
    refusal,
    schema::one,
    transfer::{Transfer, paged},
};

#[derive(Debug, Clone)]
pub struct BankPayout {
    pub id: String,
    pub account: String,
    pub amount: i64,
    pub currency: String,
    /// `paid` or `failed`.
    pub status: String,
    pub failure_code: Option<String>,
    pub created: i64,
}

impl BankPayout {
    pub fn shown(&self) -> Value {
        let message = self.failure_code.as_ref().map(|code| format!("The bank says {}.", code.replace('_', " ")));
        json!({
            "id": self.id, "object": "payout", "amount": self.amount, "currency": self.currency, "status": self.status,
            "arrival_date": self.created, "automatic": true, "balance_transaction": format!("txn_{}", self.id),
            "created": self.created, "description": "STRIPE PAYOUT", "destination": "ba_1StandIn", "livemode": false,
            "failure_balance_transaction": null, "failure_code": self.failure_code, "failure_message": message,
            "metadata": {}, "method": "standard", "source_type": "card", "statement_descriptor": null, "type": "bank_account",
        })
    }
}

/// Stripe pays an account's transfers that its bank hasn't got yet on to it: into one payout, which succeeds or fails.
/// What fails is on the account's balance again. Transfers keep their currency here; Stripe would convert it.
pub(super) fn pay(
    platform: &mut Platform,
    account: &str,
    failure: Option<&str>,
    id: String,
    now: i64,
) -> Option<BankPayout> {
    let arrived: Vec<String> =
        platform.bank_payouts.iter().filter(|one| one.status == "paid").map(|one| one.id.clone()).collect();
    let is_waiting =
        |one: &&mut Transfer| one.destination == account && !one.bank_payouts.iter().any(|id| arrived.contains(id));
    let waiting: Vec<&mut Transfer> = platform.transfers.iter_mut().filter(is_waiting).collect();
    let currency = waiting.first()?.currency.clone();
    let mut amount = 0;
    for transfer in waiting.into_iter().filter(|one| one.currency == currency) {
        amount += transfer.amount - transfer.reversed();
        transfer.bank_payouts.push(id.clone());
    }
    if failure.is_none() {
        *platform.account(account).balance.entry(currency.clone()).or_default() -= amount;
    }
    let payout = BankPayout {
        id,
        account: account.to_owned(),
        amount,
        currency,
        status: if failure.is_some() { "failed" } else { "paid" }.to_owned(),
        failure_code: failure.map(str::to_owned),
        created: now,
    };
    platform.bank_payouts.push(payout.clone());
    Some(payout)
}

/// What an account is asked about itself, in the platform's name.
pub(super) fn answer(platform: &Platform, account: &str, path: &str, query: &[(String, String)]) -> Answer {
    let of_account = || platform.bank_payouts.iter().rev().filter(|one| one.account == account);
    match path {
        "/v1/payouts" => {
            let all: Vec<(String, Value)> = of_account().map(|one| (one.id.clone(), one.shown())).collect();
            paged(&all, query, "/v1/payouts", "payout")
        }
        "/v1/balance_transactions" => contents(platform, account, query),
        "/v1/balance" => balance(platform, account),
        "/v1/account" => Answer(200, platform.accounts[account].shown()),
        _ => {
            let id = path.strip_prefix("/v1/payouts/").unwrap_or_default();
            let found = of_account().find(|one| one.id == id);
            found.map_or_else(|| refusal::not_found("payout", id, "id"), |one| Answer(200, one.shown()))
        }
    }
}

fn balance(platform: &Platform, account: &str) -> Answer {
    let all = platform.accounts[account].balance.iter();
    let parts: Vec<Value> = all.map(|(currency, amount)| json!({"amount": amount, "currency": currency})).collect();
    Answer(200, json!({"object": "balance", "livemode": false, "available": parts, "pending": []}))
}

/// `GET /v1/balance_transactions?payout=…`, newest first.
fn contents(platform: &Platform, account: &str, query: &[(String, String)]) -> Answer {
    let payout = one(query, "payout");
    let expands = query.iter().any(|(name, value)| name == "expand[]" && value == "data.source");
    let of_transfer = |transfer: &Transfer| {
        let payment = transfer.payment();
        let source = if expands {
            json!({"id": payment, "object": "charge", "source_transfer": transfer.id, "amount": transfer.amount})
        } else {
            json!(payment)
        };
        let id = format!("txn_{}", payment.trim_start_matches("py_"));
        let entry = json!({"id": id, "object": "balance_transaction", "amount": transfer.amount, "type": "payment",
            "currency": transfer.currency, "fee": 0, "net": transfer.amount, "source": source, "status": "available"});
        (id, entry)
    };
    let is_requested = |transfer: &&Transfer| {
        transfer.destination == account
            && payout.is_none_or(|payout| transfer.bank_payouts.iter().any(|id| id == payout))
    };
    let mut all: Vec<(String, Value)> = Vec::new();
    if let Some(found) = platform.bank_payouts.iter().find(|one| Some(one.id.as_str()) == payout) {
        let entry = json!({"id": format!("txn_{}", found.id), "object": "balance_transaction", "amount": -found.amount,
            "type": "payout", "currency": found.currency, "fee": 0, "net": -found.amount,
            "source": if expands { found.shown() } else { json!(found.id) }});
        all.push((format!("txn_{}", found.id), entry));
    }
    all.extend(platform.transfers.iter().rev().filter(is_requested).map(of_transfer));
    paged(&all, query, "/v1/balance_transactions", "balance_transaction")
}
