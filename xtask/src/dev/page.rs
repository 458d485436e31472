//! Prints the short page for newcomers: what runs where, and three things to try.

use crate::progress;
use serde_json::Value;
use std::time::Duration;

pub(crate) fn print(state: &Value, elapsed: Duration) {
    println!("{}", text(state, elapsed));
    if let Some(crms) = state["crms"].as_object() {
        println!("{}", fakes(crms));
    }
    if !state["stripeStandIn"].is_null() {
        println!("{}", stripe(&state["stripeStandIn"]));
    }
    if !state["gatewayStandIns"].is_null() {
        println!("{}", gateways(&state["gatewayStandIns"], state["link"].as_str().unwrap_or("?")));
    }
}

/// Explains how to try payouts without a Stripe account.
fn stripe(fake: &Value) -> String {
    let of = |name: &str| fake[name].as_str().unwrap_or("?").to_owned();
    let (page, base) = (of("page"), of("base"));
    format!(
        r#"
To try payouts without a Stripe account, use the fake Stripe at {base}.
  Paste this key under Payouts > Connection:   {key}
  Its balance is 1,000.00 USD and 500.00 EUR. To change it, complete or close accounts, reverse transfers, have a bank
  reject a payout, or make the next transfer fail, open   {page}
  or use a terminal (amounts in minor units):
       curl -s {base}/stand-in/balance -d currency=usd -d amount=250000
       curl -s {base}/stand-in/fail -d effect=done      # the next transfer succeeds, but returns 500
  For more keys, including one without permissions, see target/dev/fakes.json. --reset also deletes its accounts."#,
        key = of("restrictedKey"),
    )
}

/// Explains how to try the other gateways without an account. `link` is a click URL of the demo's affiliate.
fn gateways(fakes: &Value, link: &str) -> String {
    let of = |pointer: &str| fakes.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    let slug = link.rsplit('/').next().unwrap_or_default();
    format!(
        r#"
To try a gateway without an account, connect a fake one under Gateways:
  Dodo Payments   environment test, API key {dodo_key}
  Creem           API key {creem_key}
  Shopify         shop {shop}, signing key {shop_key}
                  then create its webhook, with the URL that the connection shows:
       curl -s {shopify}/stand-in/webhook -d url=...
  A sale for the demo's affiliate, and its refund (amounts in minor units; both are sent as signed webhooks):
       curl -s {dodo}/stand-in/sale -d amount=4900 -d currency=USD -d ref={slug}
       curl -s {dodo}/stand-in/refund -d sale=...      # the ID that the sale returned; -d amount=1000 for a part
  The same at {creem} (Creem) and {shopify} (Shopify).
  The fake gateways forget their webhooks when `dev` stops. Then disconnect, and connect again."#,
        dodo = of("/dodo/base"),
        creem = of("/creem/base"),
        shopify = of("/shopify/base"),
        dodo_key = of("/dodo/credentials/apiKey"),
        creem_key = of("/creem/credentials/apiKey"),
        shop = of("/shopify/credentials/shop"),
        shop_key = of("/shopify/credentials/webhookSecret"),
    )
}

fn fakes(crms: &serde_json::Map<String, Value>) -> String {
    let names: Vec<&str> = crms.keys().map(String::as_str).collect();
    format!(
        "\nFake CRMs you can connect (credentials: target/dev/fakes.json):\n  {}\n\
         Requests they receive: target/dev/logs/fakes.log",
        names.join(", ")
    )
}

fn text(state: &Value, elapsed: Duration) -> String {
    let of = |pointer: &str| state.pointer(pointer).and_then(Value::as_str).unwrap_or("?").to_owned();
    let (edge, ledger) = (of("/edge"), of("/ledger"));
    format!(
        r#"
Rekomi is running ({time}).

  dashboard   {ledger}/dashboard   {email}  {password}
  API         {ledger}/api/v1/openapi.json
  emails      {ledger}/dev/mail   every email it sends
  edge        {edge}
  all keys    target/dev/state.json
  logs        target/dev/logs

Three things to try in another terminal:

  1  Open an affiliate's link to get a redirect and a cookie
       curl -si -A 'Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0' '{link}' | grep -iE '^(HTTP|location|set-cookie)'

  2  Send a signed sale, like a brand's backend would
       body='{{"externalEventId":"order-'$(date +%s)'","type":"sale","affiliateSlug":"{slug}","amountCents":4900,"currency":"USD","customerId":"cus-1"}}'
       t=$(date +%s); v1=$(printf '%s' "$t.$body" | openssl dgst -sha256 -hmac '{secret}' | sed 's/.* //')
       curl -s '{edge}/api/tracking/s2s' -H 'content-type: application/json' -H 'authorization: Bearer {key}' -H "rekomi-signature: t=$t,v1=$v1" -d "$body"

  3  See the commission (within seconds)
       curl -s '{ledger}/api/v1/commissions' -H 'authorization: Bearer {key}'

Ctrl-C stops everything. Your data is kept (use --reset to delete it)."#,
        time = progress::seconds(elapsed),
        email = of("/owner/email"),
        password = of("/owner/password"),
        link = of("/link"),
        slug = of("/affiliate/slug"),
        secret = of("/signingSecret"),
        key = of("/apiKey"),
    )
}

#[cfg(test)]
mod tests {
    use super::{gateways, stripe, text};
    use serde_json::json;

    #[test]
    fn the_stand_in_of_stripe_is_explained() {
        let message = stripe(&json!({"base": "http://s", "page": "http://s/stand-in", "restrictedKey": "rk_1"}));
        assert!(
            message.contains("   rk_1")
                && message.contains("curl -s http://s/stand-in/balance")
                && !message.contains('?')
        );
    }

    #[test]
    fn other_stand_ins_are_explained() {
        let fakes = json!({
            "dodo": {"base": "http://d", "credentials": {"apiKey": "dodo_1"}},
            "creem": {"base": "http://c", "credentials": {"apiKey": "creem_1"}},
            "shopify": {"base": "http://s", "credentials": {"shop": "brand", "webhookSecret": "shpss_1"}},
        });
        let message = gateways(&fakes, "http://e/lauren");
        for part in ["dodo_1", "creem_1", "shop brand, signing key shpss_1", "http://d/stand-in/sale", "-d ref=lauren"]
        {
            assert!(message.contains(part), "{part} in {message}");
        }
        assert!(!message.contains('?'), "{message}");
    }

    #[test]
    fn commands_carry_the_demo_keys() {
        let page = text(
            &json!({"edge": "http://e", "link": "http://e/x", "apiKey": "rk_1", "signingSecret": "rks_1"}),
            std::time::Duration::ZERO,
        );
        assert!(page.contains("'http://e/x'") && page.contains("Bearer rk_1") && page.contains("-hmac 'rks_1'"));
    }
}
