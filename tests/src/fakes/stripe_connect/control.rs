//! `/stand-in`: where a person who tries everything without a Stripe account makes happen what happens at Stripe: money on
//! the balance, accounts that are completed or closed, transfers that come back, banks that refuse, a clock that runs.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    super::Call,
    Effect, PLATFORM, StripeConnect,
    onboarding::{LEFT_OPEN, page},
    schema::one,
};

impl StripeConnect {
    pub(super) fn control(&mut self, call: &Call, rest: &[&str]) -> Response {
        if call.method == "GET" {
            return Html(page("Stripe stand-in", &self.overview())).into_response();
        }
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&call.body).into_owned().collect();
        match self.order(rest, &form) {
            // A browser comes from the overview, and goes back to it.
            Ok(_) if one(&form, "back").is_some() => {
                (StatusCode::SEE_OTHER, [(header::LOCATION, "/stand-in")]).into_response()
            }
            Ok(done) => Json(done).into_response(),
            Err(why) => (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response(),
        }
    }

    fn order(&mut self, rest: &[&str], form: &[(String, String)]) -> Result<Value, String> {
        let text = |name: &str| one(form, name).filter(|text| !text.is_empty());
        let number = |name: &str| -> Result<i64, String> {
            let given = text(name).ok_or(format!("{name} is missing"))?;
            given.parse().map_err(|_| format!("{name} must be a whole number"))
        };
        match rest {
            ["balance"] => {
                let platform = text("platform").unwrap_or(PLATFORM).to_owned();
                let currency = text("currency").ok_or("currency is missing, such as usd")?.to_owned();
                if !self.platforms.contains_key(&platform) {
                    return Err(format!("there is no platform {platform}"));
                }
                self.set_balance_of(&platform, &currency, number("amount")?);
                Ok(self.platform_of(&platform).balance())
            }
            ["accounts", id] => {
                if self.find(id).is_none() {
                    return Err(format!("there is no account {id}"));
                }
                match text("do") {
                    Some("complete") => self.complete(id),
                    Some("leave") => self.require(id, &[LEFT_OPEN]),
                    Some("check") => self.check(id, LEFT_OPEN),
                    Some("stop") => self.stop_transfers(id),
                    Some("close") => self.close(id),
                    Some("bank") => drop(self.pay_bank(id)),
                    Some("bank_fails") => {
                        self.fail_bank_payout(id, text("code").unwrap_or("account_closed"));
                    }
                    _ => return Err("do must be complete, leave, check, stop, close, bank or bank_fails".to_owned()),
                }
                Ok(self.account(id).shown())
            }
            ["transfers", id] => {
                let found = self.platforms.values().flat_map(|one| &one.transfers).find(|one| one.id == *id);
                let left = found.map(|one| one.amount - one.reversed()).ok_or(format!("there is no transfer {id}"))?;
                let amount = text("amount").map(|_| number("amount")).transpose()?.unwrap_or(left);
                if !(1..=left).contains(&amount) {
                    return Err(format!("{left} are left of it"));
                }
                self.reverse(id, Some(amount));
                Ok(json!({"reversed": amount, "transfer": id}))
            }
            ["fail"] => {
                let request = text("request").unwrap_or("POST /v1/transfers").to_owned();
                let effect = if text("effect") == Some("done") { Effect::Done } else { Effect::None };
                self.stores_500(&request, effect);
                Ok(json!({"next": request, "answers": 500}))
            }
            ["clock"] => {
                self.advance_hours(number("hours")?);
                Ok(json!({"now": self.now()}))
            }
            _ => Err("there is no such order".to_owned()),
        }
    }

    fn overview(&mut self) -> String {
        let mut text = String::from("<p>What would happen at Stripe, you make happen here.</p>");
        for platform in self.platforms.values().filter(|one| one.has_connect) {
            text.push_str(&format!("<h2>{} ({})</h2>", platform.name, platform.country));
            let sums: Vec<String> = platform.available.iter().map(|(code, sum)| format!("{sum} {code}")).collect();
            let sums = if sums.is_empty() { "nothing".to_owned() } else { sums.join(", ") };
            text.push_str(&format!(
                "<p>On the balance, in minor units: {sums}</p><form method=\"post\" action=\"/stand-in/balance\">\
                 <input type=\"hidden\" name=\"back\" value=\"1\"><input type=\"hidden\" name=\"platform\" value=\"{}\">\
                 <label>Amount <input name=\"amount\" value=\"100000\" inputmode=\"numeric\"></label> \
                 <label>Currency <input name=\"currency\" value=\"{}\" size=\"3\"></label> <button>Set</button></form>",
                platform.id, platform.currency
            ));
            for account in platform.accounts.values() {
                let buttons: String = [
                    ("complete", "Complete"),
                    ("leave", "Ask for a document"),
                    ("check", "Check a document"),
                    ("close", "Close"),
                    ("bank", "Pay to the bank"),
                    ("bank_fails", "Let the bank refuse"),
                ]
                .iter()
                .map(|(value, label)| format!("<button name=\"do\" value=\"{value}\">{label}</button> "))
                .collect();
                text.push_str(&format!(
                    "<h3>{} · {} · {}</h3><p>Payouts {}, transfers {}.</p><form method=\"post\" \
                     action=\"/stand-in/accounts/{}\"><input type=\"hidden\" name=\"back\" value=\"1\">{buttons}</form>",
                    account.id,
                    account.country,
                    account.agreement,
                    if account.payouts_enabled { "enabled" } else { "disabled" },
                    account.capabilities.get("transfers").map_or("not requested", String::as_str),
                    account.id,
                ));
            }
            let lines: String = platform.transfers.iter().rev().take(50).map(|one| {
                format!(
                    "<li><code>{}</code> {} {} to {} (back: {}) <form method=\"post\" action=\"/stand-in/transfers/{}\">\
                     <input type=\"hidden\" name=\"back\" value=\"1\"><button>Take back</button></form></li>",
                    one.id, one.amount, one.currency, one.destination, one.reversed(), one.id
                )
            }).collect();
            text.push_str(&format!("<ul>{lines}</ul>"));
        }
        text.push_str(
            "<h2>Trouble</h2><form method=\"post\" action=\"/stand-in/fail\"><input type=\"hidden\" name=\"back\" value=\"1\">\
             <button name=\"effect\" value=\"none\">Next transfer: 500, nothing happens</button> \
             <button name=\"effect\" value=\"done\">Next transfer: 500, but it is made</button></form>\
             <form method=\"post\" action=\"/stand-in/clock\"><input type=\"hidden\" name=\"back\" value=\"1\">\
             <button name=\"hours\" value=\"25\">A day later: keys are forgotten</button></form>",
        );
        text
    }
}
