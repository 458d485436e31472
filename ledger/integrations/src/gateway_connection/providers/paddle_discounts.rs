//! Paddle's discounts: each code is one. Paddle has no idempotency keys, so a code is looked up before it is created;
//! Paddle also refuses a second discount with the same code
//! (developer.paddle.com/errors/discounts/discount_code_conflict).
//!
//! Discounts are described on developer.paddle.com/api-reference/discounts. They can't be deleted, only archived. By
//! default, lists contain active ones only.

use serde_json::{Value, json};
use shared::id::DiscountId;

use super::{
    Client, ProviderError,
    codes::{NewCode, taken},
    paddle::{authorized, get, refusal},
    response::{Answer, garbled, send, words},
    stripe::segment,
};
use rules::coupon::discount::{Duration, Off};

const PAGES_MAX: usize = 5;

pub async fn create(client: &Client<'_>, new: &NewCode) -> Result<String, ProviderError> {
    let found = with_code(client, new).await?;
    let ours = found.iter().find(|discount| is_ours(discount, new));
    if let Some((ours, id)) = ours.and_then(|ours| Some((ours, ours["id"].as_str()?))) {
        // An earlier request created it, and it may have been archived since.
        if ours["status"] == "archived" {
            switch(client, id, true).await?;
        }
        return Ok(id.to_owned());
    }
    let request = client.http.post(format!("{}/discounts", client.base)).json(&body(new));
    let answer = send(client.gateway, authorized(client, request)).await?;
    if answer.is_success() {
        return answer.text("/data/id").map(str::to_owned).ok_or_else(|| garbled(client.gateway));
    }
    if answer.text("/error/code") == Some("discount_code_conflict") {
        let other = found.first().and_then(|discount| discount["id"].as_str()).unwrap_or("dsc_\u{2026}");
        return Err(taken("Paddle", &new.code, &words(other)));
    }
    Err(explained(&answer))
}

fn body(new: &NewCode) -> Value {
    let (kind, amount, currency) = match new.terms.off {
        Off::Share(_) => ("percentage", new.terms.off.percent().unwrap_or_default(), None),
        Off::Amount(amount) => ("flat", amount.minor.to_string(), Some(amount.currency.code().to_owned())),
    };
    // Paddle counts billing periods, which are months for a monthly plan.
    let (recur, periods) = match new.terms.duration {
        Duration::Once => (false, None),
        Duration::Months(months) => (true, Some(months)),
        Duration::Forever => (true, None),
    };
    let description = format!("{} for affiliate {}", new.code, new.affiliate);
    let description = match &new.discount_name {
        Some(name) => format!("{name}: {description}"),
        None => description,
    };
    json!({
        "description": description,
        "enabled_for_checkout": true,
        "code": new.code,
        "type": kind,
        "amount": amount,
        "currency_code": currency,
        "recur": recur,
        "maximum_recurring_intervals": periods,
        "usage_limit": new.terms.limits.per_code,
        "expires_at": new.terms.limits.ends_at,
        "custom_data": {
            "rekomi_coupon": new.coupon, "rekomi_discount": new.discount, "rekomi_affiliate": new.affiliate,
        },
    })
}

pub async fn find(client: &Client<'_>, new: &NewCode) -> Result<Option<String>, ProviderError> {
    let found = with_code(client, new).await?;
    let ours = found.iter().find(|discount| is_ours(discount, new));
    Ok(ours.and_then(|discount| discount["id"].as_str()).map(str::to_owned))
}

fn is_ours(discount: &Value, new: &NewCode) -> bool {
    discount.pointer("/custom_data/rekomi_coupon").and_then(Value::as_str) == Some(new.coupon.to_string().as_str())
}

async fn with_code(client: &Client<'_>, new: &NewCode) -> Result<Vec<Value>, ProviderError> {
    let path = format!("/discounts?code={}&status=active,archived&per_page=200", segment(&new.code));
    let answer = get(client, &path).await?;
    if !answer.is_success() {
        return Err(explained(&answer));
    }
    answer.body["data"].as_array().cloned().ok_or_else(|| garbled(client.gateway))
}

pub async fn switch(client: &Client<'_>, id: &str, active: bool) -> Result<(), ProviderError> {
    let status = if active { "active" } else { "archived" };
    let url = format!("{}/discounts/{}", client.base, segment(id));
    let request = client.http.patch(url).json(&json!({"status": status}));
    let answer = send(client.gateway, authorized(client, request)).await?;
    if answer.is_success() || (answer.status == 404 && !active) { Ok(()) } else { Err(explained(&answer)) }
}

pub async fn inactive(
    client: &Client<'_>,
    discount: DiscountId,
    has_limit: bool,
) -> Result<Vec<String>, ProviderError> {
    let mut found = listed(client, discount, "archived").await?;
    if has_limit {
        // Paddle doesn't document which status a discount has that was used as often as it may be.
        found.extend(listed(client, discount, "active").await?.into_iter().filter(is_used_up));
    }
    Ok(found.iter().filter_map(|one| one["id"].as_str()).map(str::to_owned).collect())
}

fn is_used_up(discount: &Value) -> bool {
    let limit = discount["usage_limit"].as_i64();
    limit.zip(discount["times_used"].as_i64()).is_some_and(|(most, times)| times >= most)
}

/// The codes of one of our discounts that have this status.
async fn listed(client: &Client<'_>, discount: DiscountId, status: &str) -> Result<Vec<Value>, ProviderError> {
    let ours = discount.to_string();
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let answer = get(client, &format!("/discounts?status={status}&per_page=200{after}")).await?;
        if !answer.is_success() {
            return Err(explained(&answer));
        }
        let page: &[Value] = answer.body["data"].as_array().map_or(&[], Vec::as_slice);
        let is_ours = |one: &&Value| one.pointer("/custom_data/rekomi_discount").and_then(Value::as_str) == Some(&ours);
        found.extend(page.iter().filter(is_ours).cloned());
        match page.last().and_then(|last| last["id"].as_str()) {
            Some(last) if answer.body.pointer("/meta/pagination/has_more") == Some(&Value::Bool(true)) => {
                after = format!("&after={}", segment(last));
            }
            _ => break,
        }
    }
    Ok(found)
}

fn explained(answer: &Answer) -> ProviderError {
    match answer.text("/error/code") {
        Some("forbidden") => ProviderError::refused(
            None,
            "The key is missing a permission. It needs discount.read and discount.write. Edit it in Paddle under \
             Developer tools \u{2192} Authentication, then retry.",
        ),
        _ => refusal(answer),
    }
}
