//! What a call would do, as our own dry run says now: what a payout run would pay, and who of a list would be invited.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use rules::format;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    exchange::Caller,
    words::{self, Line, visible},
};
use crate::tool::{catalog::Tool, request::Mistake};
use kit::error::Result;

const RUN_PATH: &str = "/api/v1/payout-runs/preview";
const AFFILIATES_PATH: &str = "/api/v1/affiliates";
const LISTED_MAX: usize = 100;
/// People who are looked up before they are invited. More are confirmed without it.
const LOOKED_UP_MAX: usize = 100;

/// The lines of the dry run; none for a tool whose arguments say everything.
///
/// # Errors
/// What the dry run refused; if there is no one to pay or invite; 503 if the API couldn't answer.
pub async fn lines(tool: &Tool, arguments: &Value, caller: &Caller) -> Result<std::result::Result<Vec<Line>, Mistake>> {
    match tool.entry.name {
        "propose_payout_run" => run(arguments, caller).await,
        "bulk_invite_affiliates" => invitations(arguments, caller).await,
        _ => Ok(Ok(Vec::new())),
    }
}

async fn run(arguments: &Value, caller: &Caller) -> Result<std::result::Result<Vec<Line>, Mistake>> {
    let answered = caller.post(RUN_PATH, &json!({"currency": arguments["currency"]})).await?.or_unavailable()?;
    if !answered.status.is_success() {
        return Ok(Err(Mistake::new("currency", answered.text("message"))));
    }
    if answered.body["payees"].as_array().is_none_or(Vec::is_empty) {
        return Ok(Err(Mistake::new("currency", "No one can be paid in this currency now.")));
    }
    Ok(Ok(of(&answered.body)))
}

/// Who would be invited, and who is known already. What else may leave someone out shows in the result.
async fn invitations(arguments: &Value, caller: &Caller) -> Result<std::result::Result<Vec<Line>, Mistake>> {
    let people = arguments["affiliates"].as_array().map(Vec::as_slice).unwrap_or_default();
    let is_quiet = arguments.as_object().is_some_and(words::is_quiet);
    let no_links =
        arguments["destination"].is_null().then(|| Line::new("Links", "None, because no destination was given"));
    if people.len() > LOOKED_UP_MAX {
        let most = format!("Up to {}", words::get_an_email(people.len(), false));
        let emails = Line::new("Emails", if is_quiet { words::get_an_email(0, true) } else { most });
        return Ok(Ok(std::iter::once(emails).chain(no_links).collect()));
    }
    let (mut seen, mut known) = (BTreeSet::new(), Vec::new());
    for person in people {
        let email = person["email"].as_str().unwrap_or_default().trim();
        if !seen.insert(email.to_lowercase()) || is_known(email, caller).await? {
            known.push(visible(email));
        }
    }
    let invited = people.len() - known.len();
    if invited == 0 {
        return Ok(Err(Mistake::new("affiliates", "All of these people are affiliates already.")));
    }
    let mut lines =
        vec![Line::new("Invited", count(invited)), Line::new("Emails", words::get_an_email(invited, is_quiet))];
    if !known.is_empty() {
        lines.push(Line::new("Skipped, as they are affiliates already or listed twice", known.join(", ")));
    }
    lines.extend(no_links);
    Ok(Ok(lines))
}

async fn is_known(email: &str, caller: &Caller) -> Result<bool> {
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("email", email).finish();
    let answered = caller.get(&format!("{AFFILIATES_PATH}?{query}")).await?.or_unavailable()?;
    // An address that the list refuses is the operation's to refuse.
    let found = answered.body["data"].as_array().is_some_and(|found| !found.is_empty());
    Ok(answered.status == StatusCode::OK && found)
}

fn of(preview: &Value) -> Vec<Line> {
    let currency = preview["currency"].as_str().unwrap_or_default();
    let money = |value: &Value| format::money(value.as_i64().unwrap_or_default(), currency);
    let payees = preview["payees"].as_array().map(Vec::as_slice).unwrap_or_default();
    let left_out = preview["exclusions"].as_array().map_or(0, Vec::len);
    let mut lines = vec![
        Line::new("Total", format!("{} to {}", money(&preview["netCents"]), count(payees.len()))),
        Line::new("Tax withheld", money(&preview["withheldCents"])),
        Line::new("Left out", count(left_out)),
    ];
    for payee in payees.iter().take(LISTED_MAX) {
        let text = |name: &str| payee[name].as_str().unwrap_or_default();
        let name = visible(&format!("{} ({})", text("name"), text("affiliateId")));
        lines.push(Line::new(name, format!("{} by {}", money(&payee["netCents"]), text("rail"))));
    }
    if let Some(more) = payees.len().checked_sub(LISTED_MAX).filter(|more| *more > 0) {
        lines.push(Line::new("And more", format!("{} with smaller amounts", count(more))));
    }
    lines
}

fn count(affiliates: usize) -> String {
    if affiliates == 1 { "1 affiliate".to_owned() } else { format!("{affiliates} affiliates") }
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
