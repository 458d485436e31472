//! What a payout run would pay, as its own preview says now.

use rules::format;
use serde_json::{Value, json};

use super::{exchange::Caller, words::Line};
use crate::tool::{catalog::Tool, request::Mistake};
use kit::error::Result;

/// The tool whose effect is previewed.
const PROPOSES: &str = "propose_payout_run";
const PATH: &str = "/api/v1/payout-runs/preview";
const LISTED_MAX: usize = 100;

/// The lines of the preview; none for a tool that has no preview.
///
/// # Errors
/// What the preview refused; if nobody can be paid; 503 if the API couldn't answer.
pub async fn lines(tool: &Tool, arguments: &Value, caller: &Caller) -> Result<std::result::Result<Vec<Line>, Mistake>> {
    if tool.entry.name != PROPOSES {
        return Ok(Ok(Vec::new()));
    }
    let answered = caller.post(PATH, &json!({"currency": arguments["currency"]})).await?.or_unavailable()?;
    if !answered.status.is_success() {
        return Ok(Err(Mistake::new("currency", answered.text("message"))));
    }
    if answered.body["payees"].as_array().is_none_or(Vec::is_empty) {
        return Ok(Err(Mistake::new("currency", "Nobody can be paid in this currency now.")));
    }
    Ok(Ok(of(&answered.body)))
}

fn of(preview: &Value) -> Vec<Line> {
    let currency = preview["currency"].as_str().unwrap_or_default();
    let money = |value: &Value| format::money(value.as_i64().unwrap_or_default(), currency);
    let payees = preview["payees"].as_array().map(Vec::as_slice).unwrap_or_default();
    let left_out = preview["exclusions"].as_array().map_or(0, Vec::len);
    let mut lines = vec![
        Line::new("Total", format!("{} to {}", money(&preview["netCents"]), people(payees.len()))),
        Line::new("Tax withheld", money(&preview["withheldCents"])),
        Line::new("Left out", people(left_out)),
    ];
    for payee in payees.iter().take(LISTED_MAX) {
        let text = |name: &str| payee[name].as_str().unwrap_or_default();
        let name = format!("{} ({})", text("name"), text("affiliateId"));
        lines.push(Line::new(name, format!("{} by {}", money(&payee["netCents"]), text("rail"))));
    }
    if let Some(more) = payees.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
        lines.push(Line::new("And more", format!("{} with smaller amounts", people(more))));
    }
    lines
}

fn people(count: usize) -> String {
    if count == 1 { "1 affiliate".to_owned() } else { format!("{count} affiliates") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_payee_is_named_with_their_amount() {
        let preview = json!({"currency": "USD", "netCents": 5_940, "withheldCents": 0, "exclusions": [{}], "payees": [
            {"name": "Mia Doe", "affiliateId": "aff_1", "netCents": 5_940, "rail": "PayPal"}]});
        let lines: Vec<(String, String)> = of(&preview).into_iter().map(|line| (line.label, line.value)).collect();
        let expected = [
            ("Total", "$59.40 to 1 affiliate"),
            ("Tax withheld", "$0.00"),
            ("Left out", "1 affiliate"),
            ("Mia Doe (aff_1)", "$59.40 by PayPal"),
        ];
        assert_eq!(lines, expected.map(|(label, value)| (label.to_owned(), value.to_owned())));
    }

    #[test]
    fn a_long_list_says_how_many_more_there_are() {
        let payee = json!({"name": "Mia", "affiliateId": "aff_1", "netCents": 1, "rail": "Wise"});
        let preview = json!({"currency": "USD", "netCents": 102, "payees": vec![payee; LISTED_MAX + 2]});
        let lines = of(&preview);
        assert_eq!(lines.len(), 3 + LISTED_MAX + 1);
        assert!(lines.last().is_some_and(|line| line.value == "2 affiliates with smaller amounts"), "{lines:?}");
    }
}
