//! Transfers from the platform's balance to an account, and their reversals.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    super::Answer,
    country,
    platform::Platform,
    refusal,
    schema::{metadata, one},
};

#[derive(Debug, Clone)]
pub struct Transfer {
    pub id: String,
    /// In Stripe's units, as is what came back.
    pub amount: i64,
    pub currency: String,
    pub destination: String,
    pub group: Option<String>,
    pub description: Option<String>,
    pub metadata: BTreeMap<String, String>,
    pub created: i64,
    pub reversals: Vec<Value>,
    /// `po_…`: in which bank payouts it was. Of several, all but the last one failed.
    pub bank_payouts: Vec<String>,
}

impl Transfer {
    pub fn reversed(&self) -> i64 {
        self.reversals.iter().filter_map(|one| one["amount"].as_i64()).sum()
    }

    /// Its name on the account's balance.
    pub fn payment(&self) -> String {
        format!("py_{}", self.id.trim_start_matches("tr_"))
    }

    pub fn shown(&self) -> Value {
        json!({
            "id": self.id, "object": "transfer", "amount": self.amount, "amount_reversed": self.reversed(),
            "balance_transaction": format!("txn_{}", self.id.trim_start_matches("tr_")), "created": self.created,
            "currency": self.currency, "description": self.description, "destination": self.destination,
            "destination_payment": self.payment(), "livemode": false, "metadata": self.metadata,
            "reversals": {"object": "list", "data": self.reversals, "has_more": false, "total_count": self.reversals.len(),
                "url": format!("/v1/transfers/{}/reversals", self.id)},
            "reversed": self.reversed() == self.amount, "source_transaction": null, "source_type": "card",
            "transfer_group": self.group,
        })
    }
}

/// What is wrong with the parameters themselves: refused before anything runs, so nothing is kept under the key.
pub(super) fn invalid(form: &[(String, String)]) -> Option<Answer> {
    let amount = match one(form, "amount") {
        None => return Some(refusal::missing("amount")),
        Some(amount) => amount.parse::<i64>().unwrap_or(0),
    };
    at_least_one(amount).or_else(|| whole(amount, one(form, "currency").unwrap_or_default()))
}

fn at_least_one(amount: i64) -> Option<Answer> {
    let message = "This value must be greater than or equal to 1.";
    (amount < 1).then(|| refusal::of(400, message).code("parameter_invalid_integer").param("amount").answer())
}

/// ISK and UGX have no decimals but are counted with two; the last of three decimals must be 0.
fn whole(amount: i64, currency: &str) -> Option<Answer> {
    let step = match currency.to_ascii_lowercase().as_str() {
        "isk" | "ugx" => 100,
        "bhd" | "jod" | "kwd" | "omr" | "tnd" => 10,
        _ => 1,
    };
    let message = format!("Invalid amount: must be a multiple of {step} for {currency}.");
    (amount % step != 0).then(|| refusal::of(400, &message).code("invalid_charge_amount").param("amount").answer())
}

/// `POST /v1/transfers`.
pub(super) fn create(platform: &mut Platform, form: &[(String, String)], id: String, now: i64) -> Answer {
    let text = |name: &str| one(form, name);
    let amount: i64 = text("amount").and_then(|amount| amount.parse().ok()).unwrap_or(0);
    let currency = text("currency").unwrap_or_default().to_ascii_lowercase();
    let destination = text("destination").unwrap_or_default();
    if let Some(refused) = refused(platform, amount, &currency, destination) {
        return refused;
    }
    *platform.available.entry(currency.clone()).or_default() -= amount;
    *platform.account(destination).balance.entry(currency.clone()).or_default() += amount;
    let transfer = Transfer {
        id,
        amount,
        currency,
        destination: destination.to_owned(),
        group: text("transfer_group").map(str::to_owned),
        description: text("description").map(str::to_owned),
        metadata: metadata(form),
        created: now,
        reversals: Vec::new(),
        bank_payouts: Vec::new(),
    };
    let shown = transfer.shown();
    platform.transfers.push(transfer);
    Answer(200, shown)
}

fn refused(platform: &Platform, amount: i64, currency: &str, destination: &str) -> Option<Answer> {
    let Some(account) = platform.accounts.get(destination) else {
        let message = format!("No such destination: '{destination}'");
        return Some(refusal::of(400, &message).code("resource_missing").param("destination").answer());
    };
    if account.is_closed() {
        let message = "The destination account is closed, so it can't receive transfers.";
        return Some(refusal::of(400, message).code("account_closed").param("destination").answer());
    }
    if account.agreement == "full" && !country::pays_full(&platform.country, &account.country) {
        let message = format!(
            "Funds can't be sent to accounts located in {} when the account is under the `full` service agreement. To learn \
             more, see https://stripe.com/docs/connect/service-agreement-types.",
            account.country
        );
        return Some(refusal::of(400, &message).answer());
    }
    if !account.can_receive() {
        let message = "Your destination account needs to have at least one of the following capabilities enabled: transfers, \
                       crypto_transfers, legacy_payments";
        return Some(refusal::of(400, message).code("insufficient_capabilities_for_transfer").answer());
    }
    if platform.minimums.get(currency).is_some_and(|least| amount < *least) {
        let message = format!("Amount must be at least {} {currency}.", platform.minimums[currency]);
        return Some(refusal::of(400, &message).code("amount_too_small").param("amount").answer());
    }
    if platform.available.get(currency).copied().unwrap_or(0) < amount {
        let message = "You have insufficient available funds in your Stripe account. Try adding funds directly to your \
                       available balance by creating Charges using the 4000000000000077 test card. See: \
                       https://stripe.com/docs/testing#available-balance";
        return Some(refusal::of(400, message).code("balance_insufficient").answer());
    }
    None
}

/// `POST /v1/transfers/{id}/reversals`.
pub(super) fn reverse(
    platform: &mut Platform,
    transfer: &str,
    form: &[(String, String)],
    id: String,
    now: i64,
) -> Answer {
    let Some(at) = platform.transfers.iter().position(|one| one.id == transfer) else {
        return refusal::not_found("transfer", transfer, "id");
    };
    let found = &platform.transfers[at];
    let left = found.amount - found.reversed();
    let amount = one(form, "amount").map_or(left, |amount| amount.parse().unwrap_or(0));
    if let Some(refused) = at_least_one(amount) {
        return refused;
    }
    if amount > left {
        let message = format!(
            "Refund amount ({amount} {}) is greater than unrefunded amount on transfer ({left} {}).",
            found.currency, found.currency
        );
        return refusal::of(400, &message).param("amount").answer();
    }
    let (currency, destination) = (found.currency.clone(), found.destination.clone());
    let has =
        platform.accounts.get(&destination).and_then(|account| account.balance.get(&currency)).copied().unwrap_or(0);
    if has < amount {
        let message = "The recipient of this transfer does not have sufficient funds in their Stripe balance to cover this \
                       reversal.";
        return refusal::of(400, message).code("balance_insufficient").answer();
    }
    *platform.account(&destination).balance.entry(currency.clone()).or_default() -= amount;
    *platform.available.entry(currency.clone()).or_default() += amount;
    let reversal = json!({
        "id": id, "object": "transfer_reversal", "amount": amount, "currency": currency, "created": now,
        "metadata": metadata(form), "transfer": transfer, "destination_payment_refund": null, "source_refund": null,
    });
    platform.transfers[at].reversals.push(reversal.clone());
    Answer(200, reversal)
}

/// `GET /v1/transfers`, newest first.
pub(super) fn list(platform: &Platform, query: &[(String, String)]) -> Answer {
    let number = |name: &str| one(query, name).and_then(|number| number.parse::<i64>().ok());
    let is_requested = |transfer: &&Transfer| {
        one(query, "transfer_group").is_none_or(|group| transfer.group.as_deref() == Some(group))
            && one(query, "destination").is_none_or(|account| transfer.destination == account)
            && number("created[gte]").is_none_or(|since| transfer.created >= since)
            && number("created[gt]").is_none_or(|since| transfer.created > since)
            && number("created[lte]").is_none_or(|until| transfer.created <= until)
            && number("created[lt]").is_none_or(|until| transfer.created < until)
    };
    let all: Vec<(String, Value)> =
        platform.transfers.iter().rev().filter(is_requested).map(|one| (one.id.clone(), one.shown())).collect();
    paged(&all, query, "/v1/transfers", "transfer")
}

/// A page of a list that is in order.
pub(super) fn paged(all: &[(String, Value)], query: &[(String, String)], url: &str, what: &str) -> Answer {
    let limit = one(query, "limit").map_or(10, |limit| limit.parse().unwrap_or(0));
    if !(1..=100).contains(&limit) {
        let message = "This value must be greater than or equal to 1 (and at most 100).";
        return refusal::of(400, message).code("parameter_invalid_integer").param("limit").answer();
    }
    let start = match one(query, "starting_after") {
        None => 0,
        Some(after) => match all.iter().position(|(id, _)| id == after) {
            None => return refusal::not_found(what, after, "starting_after"),
            Some(at) => at + 1,
        },
    };
    let end = match one(query, "ending_before") {
        None => all.len(),
        Some(before) => match all.iter().position(|(id, _)| id == before) {
            None => return refusal::not_found(what, before, "ending_before"),
            Some(at) => at,
        },
    };
    let rest = all.get(start..end).unwrap_or_default();
    let page: Vec<&Value> = rest.iter().take(limit).map(|(_, shown)| shown).collect();
    Answer(200, json!({"object": "list", "url": url, "has_more": rest.len() > page.len(), "data": page}))
}
