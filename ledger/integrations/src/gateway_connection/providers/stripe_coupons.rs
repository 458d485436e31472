//! Stripe's coupons and promotion codes: a discount is a coupon whose id is ours, and each of its codes is a
//! promotion code.
//!
//! Since 2025-09-30.clover, a promotion code names its coupon in `promotion[coupon]`, with `promotion[type]=coupon`
//! (docs.stripe.com/changelog/clover/2025-09-30/polymorphic-coupon). A code is unique among the active ones,
//! regardless of case (docs.stripe.com/api/promotion_codes/create), and Stripe keeps idempotency keys for at least 24
//! hours (docs.stripe.com/api/idempotent_requests). After that, an earlier code is found by its metadata. Coupons have
//! names of their own: a code may be the id of one.

use serde_json::Value;
use shared::id::DiscountId;
use url::form_urlencoded::Serializer;

use super::{
    Client, ProviderError,
    codes::{NewCode, taken},
    response::{Answer, garbled, send, words},
    stripe::{authorized, get, list, refusal, segment},
};
use rules::coupon::discount::Off;

const PAGES_MAX: usize = 10;

pub async fn create(client: &Client<'_>, new: &NewCode) -> Result<String, ProviderError> {
    if new.is_chosen && is_coupon(client, &new.code).await? {
        return Err(taken("Stripe", &new.code, &new.code));
    }
    if !new.has_discount {
        create_coupon(client, new).await?;
    }
    let key = format!("rekomi-coupon-{}-{}", new.coupon, new.refusals);
    let answer = post(client, "/v1/promotion_codes", Some(&key), code_form(new)).await?;
    if answer.is_success() {
        return answer.text("/id").map(str::to_owned).ok_or_else(|| garbled(client.gateway));
    }
    if answer.status == 400 {
        // Stripe documents no code for a promotion code that exists already.
        let found = with_code(client, &new.code).await?;
        let active = found.iter().find(|code| code["active"] == true);
        if let Some((code, id)) = active.and_then(|code| Some((code, code["id"].as_str()?))) {
            return if is_ours(code, new) { Ok(id.to_owned()) } else { Err(taken("Stripe", &new.code, &words(id))) };
        }
    }
    Err(explained(&answer))
}

fn code_form(new: &NewCode) -> String {
    let mut form = Serializer::new(String::new());
    form.append_pair("promotion[type]", "coupon")
        .append_pair("promotion[coupon]", &new.discount.to_string())
        .append_pair("code", &new.code)
        .append_pair("metadata[rekomi_coupon]", &new.coupon.to_string())
        .append_pair("metadata[rekomi_affiliate]", &new.affiliate.to_string());
    if let Some(uses) = new.terms.limits.per_code {
        form.append_pair("max_redemptions", &uses.to_string());
    }
    if let Some(end) = new.terms.limits.ends_at {
        form.append_pair("expires_at", &end.seconds().to_string());
    }
    form.finish()
}

/// Creates the coupon; one with its id is the same, because no one else chooses such ids.
async fn create_coupon(client: &Client<'_>, new: &NewCode) -> Result<(), ProviderError> {
    let key = format!("rekomi-discount-{}-{}", new.discount, new.refusals);
    let answer = post(client, "/v1/coupons", Some(&key), coupon_form(new)).await?;
    if answer.is_success() || answer.text("/error/code") == Some("resource_already_exists") {
        return Ok(());
    }
    Err(explained(&answer))
}

/// Whether the brand has a coupon with this id: it may report its use by the id, which no affiliate may choose.
async fn is_coupon(client: &Client<'_>, id: &str) -> Result<bool, ProviderError> {
    let answer = get(client, &format!("/v1/coupons/{}", segment(id))).await?;
    if answer.is_success() || answer.status == 404 { Ok(answer.is_success()) } else { Err(explained(&answer)) }
}

fn coupon_form(new: &NewCode) -> String {
    let (off, duration) = (new.terms.off, new.terms.duration);
    let name = new.discount_name.clone().unwrap_or_else(|| usual_name(off));
    let mut form = Serializer::new(String::new());
    form.append_pair("id", &new.discount.to_string())
        .append_pair("duration", duration.as_str())
        .append_pair("name", &name);
    match off {
        Off::Share(_) => {
            form.append_pair("percent_off", &off.percent().unwrap_or_default());
        }
        Off::Amount(amount) => {
            form.append_pair("amount_off", &amount.minor.to_string())
                .append_pair("currency", &amount.currency.code().to_ascii_lowercase());
        }
    }
    if let Some(months) = duration.months() {
        form.append_pair("duration_in_months", &months.to_string());
    }
    form.append_pair("metadata[rekomi_discount]", &new.discount.to_string());
    form.finish()
}

/// The name of a coupon that the brand didn't name. It appears on invoices and receipts, so it names no company.
fn usual_name(off: Off) -> String {
    match off {
        Off::Share(_) => format!("{}% off", off.percent().unwrap_or_default()),
        Off::Amount(amount) => format!("{} {} off", amount.major(), amount.currency.code()),
    }
}

pub async fn find(client: &Client<'_>, new: &NewCode) -> Result<Option<String>, ProviderError> {
    let found = with_code(client, &new.code).await?;
    let ours = found.iter().find(|code| is_ours(code, new));
    Ok(ours.and_then(|code| code["id"].as_str()).map(str::to_owned))
}

fn is_ours(code: &Value, new: &NewCode) -> bool {
    code.pointer("/metadata/rekomi_coupon").and_then(Value::as_str) == Some(new.coupon.to_string().as_str())
}

/// The promotion codes with this code: one of them at most is active.
async fn with_code(client: &Client<'_>, code: &str) -> Result<Vec<Value>, ProviderError> {
    let answer = get(client, &format!("/v1/promotion_codes?code={}&limit=100", segment(code))).await?;
    if answer.is_success() { Ok(list(&answer.body["data"]).to_vec()) } else { Err(explained(&answer)) }
}

pub async fn switch(client: &Client<'_>, id: &str, active: bool) -> Result<(), ProviderError> {
    let path = format!("/v1/promotion_codes/{}", segment(id));
    let answer = post(client, &path, None, format!("active={active}")).await?;
    if answer.is_success() || (answer.status == 404 && !active) { Ok(()) } else { Err(explained(&answer)) }
}

pub async fn inactive(
    client: &Client<'_>,
    discount: DiscountId,
    has_limit: bool,
) -> Result<Vec<String>, ProviderError> {
    let mut found = listed(client, discount, false).await?;
    if has_limit {
        // Stripe doesn't document whether a code that was used as often as it may be is still active.
        found.extend(listed(client, discount, true).await?.into_iter().filter(is_used_up));
    }
    Ok(found.iter().filter_map(|code| code["id"].as_str()).map(str::to_owned).collect())
}

fn is_used_up(code: &Value) -> bool {
    let limit = code["max_redemptions"].as_i64();
    limit.zip(code["times_redeemed"].as_i64()).is_some_and(|(most, times)| times >= most)
}

/// The discount's codes that are active, or those that aren't.
async fn listed(client: &Client<'_>, discount: DiscountId, active: bool) -> Result<Vec<Value>, ProviderError> {
    let (mut found, mut after) = (Vec::new(), String::new());
    for _ in 0..PAGES_MAX {
        let path = format!("/v1/promotion_codes?coupon={discount}&active={active}&limit=100{after}");
        let answer = get(client, &path).await?;
        if !answer.is_success() {
            return Err(explained(&answer));
        }
        let page = list(&answer.body["data"]);
        found.extend_from_slice(page);
        match page.last().and_then(|last| last["id"].as_str()) {
            Some(last) if answer.body["has_more"] == true => after = format!("&starting_after={}", segment(last)),
            _ => break,
        }
    }
    Ok(found)
}

async fn post(client: &Client<'_>, path: &str, key: Option<&str>, form: String) -> Result<Answer, ProviderError> {
    let request = client.http.post(format!("{}{path}", client.base));
    let request = request.header("Content-Type", "application/x-www-form-urlencoded").body(form);
    let request = key.into_iter().fold(request, |request, key| request.header("Idempotency-Key", key));
    let answer = send(client.gateway, authorized(client, request)).await?;
    // Another process is sending the same request (docs.stripe.com/error-handling, "Idempotency errors").
    if answer.status == 409 {
        return Err(ProviderError::away(client.gateway, "is still processing the first request."));
    }
    Ok(answer)
}

fn explained(answer: &Answer) -> ProviderError {
    let message = answer.text("/error/message").unwrap_or_default();
    if message.contains("a similar object exists in") {
        let message = "This discount was created with a key of the other mode (test, live). Connect Stripe with a key of \
                       that mode again, or set the discount anew.";
        return ProviderError::refused(None, message);
    }
    if answer.text("/error/code") == Some("resource_missing") {
        let message = "The coupon or its code was deleted in Stripe. End the discount and set it again to create new \
                       codes.";
        return ProviderError::refused(None, message);
    }
    refusal(answer)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use shared::{
        id::{AffiliateId, CouponId},
        money::{Currency, Money},
        timestamp::Timestamp,
    };

    use super::*;
    use rules::coupon::discount::{Duration, Limits, Terms};

    fn code(off: Off, duration: Duration, limits: Limits) -> NewCode {
        NewCode {
            coupon: CouponId::from_bytes([1; 16]),
            affiliate: AffiliateId::from_bytes([2; 16]),
            discount: DiscountId::from_bytes([3; 16]),
            discount_name: None,
            terms: Terms { off, duration, limits },
            has_discount: false,
            code: "LAUREN20".to_owned(),
            is_chosen: false,
            refusals: 0,
        }
    }

    fn form(off: Off, duration: Duration) -> String {
        coupon_form(&code(off, duration, Limits::default()))
    }

    #[test]
    fn limits_are_those_of_each_code() {
        let ends_at = Some(Timestamp::parse_rfc3339("2027-01-01T00:00:00Z").unwrap());
        let limited = code(Off::Share(2_000), Duration::Once, Limits { per_code: Some(50), ends_at });
        let form = code_form(&limited);
        assert!(form.ends_with("&max_redemptions=50&expires_at=1798761600"), "{form}");
        assert!(!coupon_form(&limited).contains("max_redemptions"), "the coupon itself has none");
        let form = code_form(&code(Off::Share(2_000), Duration::Once, Limits::default()));
        assert!(!form.contains("max_redemptions") && !form.contains("expires_at"), "{form}");
    }

    #[test]
    fn terms_are_written_as_stripe_reads_them() {
        let share = form(Off::Share(1_250), Duration::Months(3));
        assert!(
            share.contains("percent_off=12.5&duration_in_months=3") && share.contains("duration=repeating"),
            "{share}"
        );
        let amount = form(Off::Amount(Money::new(500, Currency::USD)), Duration::Once);
        assert!(amount.contains("name=5.00+USD+off&amount_off=500&currency=usd"), "{amount}");
        assert!(!amount.contains("percent_off") && !amount.contains("duration_in_months"), "{amount}");
        assert!(share.contains("&name=12.5%25+off&"), "{share}");
        let mut named = code(Off::Share(1_250), Duration::Once, Limits::default());
        named.discount_name = Some("Spring offer".to_owned());
        assert!(coupon_form(&named).contains("&name=Spring+offer&percent_off=12.5&"), "{}", coupon_form(&named));
    }

    #[test]
    fn a_key_of_the_other_mode_is_named() {
        let text = "No such coupon: 'disc_1'; a similar object exists in live mode, but a test mode key was used to make \
                    this request.";
        let body = json!({"error": {"code": "resource_missing", "message": text}});
        assert!(explained(&Answer { status: 404, body }).message().contains("other mode"));
        let body = json!({"error": {"code": "resource_missing", "message": "No such coupon: 'disc_1'"}});
        assert!(explained(&Answer { status: 404, body }).message().contains("deleted in Stripe"));
    }
}
