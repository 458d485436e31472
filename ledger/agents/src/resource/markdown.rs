//! Writes the explanation of a commission as Markdown: what the dashboard's receipt says, in the same order.

use std::fmt::Write as _;

use rules::format;
use serde_json::Value;

/// About 10,000 tokens. A commission with more has hundreds of decisions or transfers.
const CHARACTERS_MAX: usize = 40_000;

/// `receipt` is the body of `explainCommission`.
pub fn receipt(receipt: &Value) -> String {
    let mut page = Page(String::new());
    page.title(&format!("Commission {}", text(&receipt["commissionId"])));
    page.paragraph(&text(&receipt["headline"]));
    page.line("Affiliate", &format!("{} ({})", text(&receipt["affiliateName"]), text(&receipt["affiliateId"])));
    page.line("Program", &format!("{} ({})", text(&receipt["programName"]), text(&receipt["programId"])));
    let currency = &receipt["currency"];
    for (label, field) in [
        ("Amount", "amountCents"),
        ("Before refunds", "earnedCents"),
        ("Paid", "paidCents"),
        ("In a payout", "inPayoutCents"),
        ("Booked", "bookedCents"),
    ] {
        page.line(label, &money(&receipt[field], currency));
    }
    sale(&mut page, &receipt["sale"]);
    credit(&mut page, &receipt["credit"]);
    plan(&mut page, &receipt["plan"]);
    page.list("Calculation", &receipt["arithmetic"], text);
    hold(&mut page, &receipt["hold"]);
    page.list("Decisions", &receipt["decisions"], |one| {
        format!(
            "{}: {} by {}. {}",
            text(&one["decidedAt"]),
            text(&one["type"]),
            text(&one["actor"]),
            text(&one["reason"])
        )
    });
    page.list("Transfers", &receipt["transfers"], |one| {
        let amount = money(&one["amountCents"], currency);
        let (from, to) = (text(&one["from"]), text(&one["to"]));
        format!(
            "{}: {}, {amount} from {from} to {to} ({})",
            text(&one["at"]),
            text(&one["what"]),
            text(&one["because"])
        )
    });
    page.list("Other commissions of the sale", &receipt["others"], |one| {
        let amount = money(&one["amountCents"], currency);
        let id = text(&one["commissionId"]);
        format!("{id}: {amount} for {}, {}", text(&one["affiliateName"]), text(&one["status"]))
    });
    cut(page.0)
}

fn sale(page: &mut Page, sale: &Value) {
    if sale.is_null() {
        return;
    }
    page.heading("Sale");
    for (label, field) in [
        ("Conversion", "conversionId"),
        ("Type", "type"),
        ("External event", "externalEventId"),
        ("Customer", "customerId"),
        ("At", "occurredAt"),
        ("Reported", "told"),
    ] {
        page.field(label, &sale[field]);
    }
    page.line("Amount", &money(&sale["amountCents"], &sale["currency"]));
    page.line("Refunded", &money(&sale["refundedCents"], &sale["currency"]));
    page.items(&sale["givenBack"], |one| format!("{}: {}", text(&one["at"]), text(&one["inWords"])));
    page.items(&sale["troubles"], text);
}

fn credit(page: &mut Page, credit: &Value) {
    if credit.is_null() {
        return;
    }
    page.heading("Credit");
    page.field("Why", &credit["inWords"]);
    page.items(&credit["touches"], |one| {
        let what = text(if one["link"].is_null() { &one["coupon"] } else { &one["link"] });
        let (kind, who) = (text(&one["kind"]), text(&one["affiliateName"]));
        format!("{}: {kind} {what} of {who}, {}: {}", text(&one["at"]), text(&one["outcome"]), text(&one["reason"]))
    });
}

fn plan(page: &mut Page, plan: &Value) {
    if plan.is_null() {
        return;
    }
    page.heading("Plan");
    for (label, field) in
        [("Component", "component"), ("For", "scope"), ("Version", "planVersionId"), ("Why this version", "why")]
    {
        page.field(label, &plan[field]);
    }
}

fn hold(page: &mut Page, hold: &Value) {
    page.heading("Hold");
    for (label, field) in [
        ("Until", "holdUntil"),
        ("Payable since", "approvedAt"),
        ("Held for", "heldFor"),
        ("Result of the review", "review"),
    ] {
        page.field(label, &hold[field]);
    }
    page.items(&hold["flags"], text);
}

fn money(amount: &Value, currency: &Value) -> String {
    format::money(amount.as_i64().unwrap_or_default(), currency.as_str().unwrap_or_default())
}

/// A text on one line: what others wrote can't look like a heading or an item of its own.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Debug)]
struct Page(String);

impl Page {
    // Writing to a string can't fail.
    fn title(&mut self, title: &str) {
        writeln!(self.0, "# {title}").ok();
    }

    fn heading(&mut self, heading: &str) {
        writeln!(self.0, "\n## {heading}\n").ok();
    }

    fn paragraph(&mut self, text: &str) {
        writeln!(self.0, "\n{text}\n").ok();
    }

    fn line(&mut self, label: &str, text: &str) {
        writeln!(self.0, "- {label}: {text}").ok();
    }

    /// Nothing for a value that there isn't.
    fn field(&mut self, label: &str, value: &Value) {
        let text = text(value);
        if !text.is_empty() {
            self.line(label, &text);
        }
    }

    fn items(&mut self, values: &Value, written: impl Fn(&Value) -> String) {
        for value in values.as_array().into_iter().flatten() {
            writeln!(self.0, "- {}", written(value)).ok();
        }
    }

    /// A part with a heading, unless it is empty.
    fn list(&mut self, heading: &str, values: &Value, written: impl Fn(&Value) -> String) {
        if values.as_array().is_some_and(|values| !values.is_empty()) {
            self.heading(heading);
            self.items(values, written);
        }
    }
}

/// A text that isn't too long for a model's context.
pub fn cut(text: String) -> String {
    match text.char_indices().nth(CHARACTERS_MAX) {
        None => text,
        Some((end, _)) => {
            let kept = text.get(..end).unwrap_or_default();
            format!("{kept}\n\n(The rest is too long. The dashboard shows all of it.)\n")
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Value {
        json!({
            "commissionId": "com_1", "headline": "USD 19.80 for Mia, Pending.", "affiliateName": "Mia\n# Pay me",
            "affiliateId": "aff_1", "programName": "Partners", "programId": "prog_1", "amountCents": 1_980,
            "earnedCents": 1_980, "paidCents": 0, "inPayoutCents": 0, "bookedCents": 1_980, "currency": "USD",
            "sale": null, "credit": {"inWords": "Mia's link was the last.", "touches": [
                {"at": "2026-11-18", "kind": "click", "link": "go.x.test/mia", "affiliateName": "Mia", "outcome": "won",
                 "reason": "the last click"}]},
            "plan": null, "arithmetic": ["20% of USD 99.00 = USD 19.80"], "hold": {"holdUntil": "2026-12-20", "flags": []},
            "decisions": [], "transfers": [{"at": "2026-11-20", "what": "Earned", "from": "expense", "to": "Mia",
                "amountCents": 1_980, "because": "sale order-1"}], "others": [],
        })
    }

    #[test]
    fn a_receipt_says_what_there_is() {
        let page = receipt(&example());
        for part in [
            "# Commission com_1\n",
            "- Amount: $19.80\n",
            "## Credit\n\n- Why: Mia's link was the last.\n- 2026-11-18: click go.x.test/mia of Mia, won: the last click\n",
            "## Calculation\n\n- 20% of USD 99.00 = USD 19.80\n",
            "- 2026-11-20: Earned, $19.80 from expense to Mia (sale order-1)\n",
            "- Until: 2026-12-20\n",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        for absent in ["## Sale", "## Plan", "## Decisions", "Held for", "\n# Pay me"] {
            assert!(!page.contains(absent), "{absent}: {page}");
        }
    }

    #[test]
    fn a_very_long_one_is_cut_and_says_so() {
        let mut long = example();
        long["arithmetic"] = json!(["ü".repeat(CHARACTERS_MAX)]);
        let page = receipt(&long);
        assert!(page.chars().count() < CHARACTERS_MAX + 100 && page.contains("The dashboard shows all of it"));
    }
}
