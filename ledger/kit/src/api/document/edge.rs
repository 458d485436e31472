//! The operations of the edge: where links lead, what pages and backends report, and gateways' webhooks.
//!
//! Their code is in another program, so they are described here. They have servers of their own and don't belong to
//! [`super::Document`], whose operations the ledger answers; only the served description contains both.

use serde_json::{Map, Value, json};
use shared::via;

use super::edge_fields::{claim, claim_query, conversion, tracked_click};

/// The tag of all these operations.
pub const TAG: &str = "Edge";
const EXAMPLE_CONNECTION: &str = "gw_01kdvdna00fec9rpb7dk6gd3hy";
const EXAMPLE_EVENT: &str = "evt_01kdvdna00fec9rpb7dk6gd3hy";
const EXAMPLE_CLICK: &str = "clk_01kdvdna00fec9rpb7dk6gd3hy";
const EXAMPLE_PROGRAM: &str = "prog_01kdvdna00fec9rpb7dk6gd3hy";

/// Adds the edge's operations to a description.
pub fn add(document: &mut Value) {
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.push(json!({ "name": TAG }));
    }
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, mut item) in paths_of_the_edge() {
        item["servers"] = servers();
        paths.insert(path.to_owned(), item);
    }
}

fn servers() -> Value {
    json!([{
        "url": "https://{host}", "description": "The edge, or any of your link domains",
        "variables": {"host": {"default": "go.brand.com", "description": "The host of your edge"}},
    }])
}

fn paths_of_the_edge() -> [(&'static str, Value); 14] {
    let connection = |name: &str| json!([path_parameter("connection", name, EXAMPLE_CONNECTION)]);
    [
        (
            "/",
            json!({"get": follow("followParameter", "Follow another platform's link",
            "Reads the affiliate's slug from the first of these parameters that has one, and redirects as \
             `/{slug}` does. Without one, redirects to the domain's default destination.",
            &root_parameters())}),
        ),
        (
            "/{slug}",
            json!({"get": follow("followLink", "Follow a link",
            "Redirects to the link's destination with `via`, the slug, and `rk`, the click token, and keeps the \
             token in the cookie `_rkmi`. Bots, prefetches and HEAD requests get the same redirect without the \
             cookie, and aren't counted.",
            &json!([slug()]))}),
        ),
        (
            "/{slug}/{deep}",
            json!({"get": follow("followDeepLink", "Follow a link to another page",
            "The rest of the path, which may have several segments, is added to the destination's, and the query \
             to its query. The visitor never leaves the destination's origin.",
            &json!([slug(), path_parameter("deep", "The path below the destination.", "pricing")]))}),
        ),
        ("/api/v1/r/loader.js", json!({"get": loader()})),
        ("/api/v1/track/click", json!({"post": track_click()})),
        ("/api/tracking/pixel", json!({"post": report_by_page()})),
        ("/api/tracking/pixel.gif", json!({"get": report_by_image()})),
        ("/api/tracking/s2s", json!({"post": report_by_backend()})),
        (
            "/hooks/stripe/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "post": hook("receiveStripeEvent", "Stripe", &[("Stripe-Signature", "t=1790000100,v1=6b1a")])}),
        ),
        (
            "/hooks/paddle/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "post": hook("receivePaddleEvent", "Paddle", &[("Paddle-Signature", "ts=1790000100;h1=6b1a")])}),
        ),
        (
            "/hooks/braintree/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "get": challenge(), "post": hook("receiveBraintreeEvent", "Braintree", &[])}),
        ),
        (
            "/hooks/shopify/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "post": hook("receiveShopifyEvent", "Shopify", &[("X-Shopify-Hmac-SHA256", "axoeyA=="),
                ("X-Shopify-Shop-Domain", "acme.myshopify.com"), ("X-Shopify-Topic", "orders/paid")])}),
        ),
        (
            "/hooks/dodo/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "post": hook("receiveDodoEvent", "Dodo Payments", &[("webhook-id", "msg_1"),
                ("webhook-timestamp", "1790000100"), ("webhook-signature", "v1,axoeyA==")])}),
        ),
        (
            "/hooks/creem/{connection}",
            json!({"parameters": connection("The gateway connection's ID."),
            "post": hook("receiveCreemEvent", "Creem", &[("creem-signature", "6b1a1ec8")])}),
        ),
    ]
}

/// An operation with its responses; `security` is empty if anyone may call it.
fn operation(id: &str, summary: &str, description: &str, security: Value, responses: Value) -> Map<String, Value> {
    let whole = json!({
        "operationId": id, "summary": summary, "description": description, "tags": [TAG], "security": security,
        "responses": responses,
    });
    whole.as_object().cloned().unwrap_or_default()
}

fn with(mut operation: Map<String, Value>, parts: &[(&str, Value)]) -> Value {
    operation.extend(parts.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    Value::Object(operation)
}

fn path_parameter(name: &str, description: &str, example: &str) -> Value {
    json!({"name": name, "in": "path", "required": true, "description": description, "schema": {"type": "string"},
        "example": example})
}

fn slug() -> Value {
    json!({"name": "slug", "in": "path", "required": true, "description": "The link's name, in either case.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{3,64}$"}, "example": "lauren"})
}

fn root_parameters() -> Value {
    let parameter = |name: &&str| {
        json!({"name": name, "in": "query", "required": false, "schema": {"type": "string"},
            "description": "The affiliate's slug, as this parameter of another platform has it.", "example": "lauren"})
    };
    via::PARAMETERS.iter().map(parameter).collect()
}

/// The headers of every response.
fn headers(more: &[(&str, &str)]) -> Value {
    let mut headers = json!({"Rekomi-Request-Id": {"$ref": "#/components/headers/RequestId"}});
    for (name, description) in more {
        headers[*name] = json!({"description": description, "schema": {"type": "string"}});
    }
    headers
}

fn success(description: &str, schema: Value, example: Value) -> Value {
    json!({"description": description, "headers": headers(&[]),
        "content": {"application/json": {"schema": schema, "example": example}}})
}

/// Refusals: status, code, and when it is returned.
fn refusals(all: &[(u16, &str, &str)]) -> Map<String, Value> {
    let mut responses = Map::new();
    for (status, code, description) in all {
        let wait: &[(&str, &str)] = match status {
            429 | 503 => &[("Retry-After", "The number of seconds to wait before the next attempt.")],
            _ => &[],
        };
        let example = json!({"error": code, "message": description});
        let response = json!({"description": description, "headers": headers(wait), "content": {
            "application/json": {"schema": {"$ref": "#/components/schemas/Error"}, "example": example}}});
        responses.insert(status.to_string(), response);
    }
    responses
}

fn responses(status: u16, success: Value, refused: &[(u16, &str, &str)]) -> Value {
    let mut all = refusals(refused);
    all.insert(status.to_string(), success);
    Value::Object(all)
}

const MALFORMED: (u16, &str, &str) = (400, "validation_failed", "A field is invalid; `field` names it.");
const ORIGIN: (u16, &str, &str) =
    (403, "origin_not_allowed", "The page's origin isn't one of the program's allowed domains.");
const TOO_LARGE: (u16, &str, &str) = (413, "body_too_large", "The body is too large.");
const COMPRESSED: (u16, &str, &str) = (415, "unsupported_encoding", "The body is compressed.");
const TOO_MANY: (u16, &str, &str) = (429, "rate_limited", "Too many requests from this network.");
const NOT_DURABLE: (u16, &str, &str) = (
    503,
    "not_durable",
    "The report couldn't be stored, or (`temporarily_unavailable`) keys can't be looked up. Send it again after \
     `Retry-After` seconds.",
);

fn follow(id: &str, summary: &str, description: &str, parameters: &Value) -> Value {
    let redirect = json!({"description": "The redirect", "headers": headers(&[
        ("Location", "The destination, with `via` and `rk`."),
        ("Set-Cookie", "`_rkmi`: HTTP-only, for as long as the program's cookie window."),
    ])});
    let missing = json!({"description": "There's no such link, and the domain has no default destination.",
        "headers": headers(&[]), "content": {"text/html": {"schema": {"type": "string"}}}});
    let all = json!({"302": redirect, "404": missing});
    with(operation(id, summary, description, json!([{}]), all), &[("parameters", parameters.clone())])
}

fn loader() -> Value {
    let script = json!({"description": "The script", "headers": headers(&[("ETag", "Identifies this version.")]),
        "content": {"text/javascript": {"schema": {"type": "string"}}}});
    let mut all = responses(200, script, &[TOO_MANY]);
    all["304"] = json!({"description": "The version that `If-None-Match` names is current.", "headers": headers(&[])});
    let description = "The script for a brand's pages. It may be cached for five minutes.";
    Value::Object(operation("readScript", "Retrieve the script", description, json!([{}]), all))
}

/// A JSON body. Scripts send it as plain text, which needs no preflight.
fn body(schema: &Value, example: &Value) -> Value {
    let content = json!({"schema": schema, "example": example});
    json!({"required": true, "content": {"application/json": content, "text/plain": content}})
}

fn track_click() -> Value {
    let required = ["clickToken", "clickId", "affiliate", "campaign", "cookieWindowDays", "ignoresGpc"];
    let schema = json!({"type": "object", "required": required, "properties": {
        "clickToken": {"type": "string", "description": "The token to send with a sale."},
        "clickId": {"type": "string", "description": "The click's ID."},
        "affiliate": {"type": "object", "description": "The affiliate.", "properties": {
            "id": {"type": "string", "description": "The affiliate's ID."},
            "slug": {"type": "string", "description": "The slug, as the brand spells it."},
            "token": {"type": "string", "description": "The same, as other platforms name it."},
            "coupon": {"type": ["string", "null"], "description": "The affiliate's code, if the program has a discount."},
            "name": {"type": ["string", "null"], "description": "The name, if the affiliate has a public link page."},
            "first_name": {"type": ["string", "null"], "description": "The name's first word."},
            "last_name": {"type": ["string", "null"], "description": "The rest of the name."}}},
        "campaign": {"type": "object", "description": "The program.", "properties": {
            "id": {"type": "string", "description": "The program's ID."},
            "slug": {"type": "string", "description": "The program's short name."},
            "name": {"type": "string", "description": "The program's name."}}},
        "cookieWindowDays": {"type": "integer", "description": "How many days the program remembers a visitor."},
        "ignoresGpc": {"type": "boolean", "description": "Whether the program ignores Global Privacy Control."},
    }});
    let example = json!({"clickToken": "rkc_AQH…", "clickId": EXAMPLE_CLICK, "affiliate": {"slug": "lauren"},
        "campaign": {"id": EXAMPLE_PROGRAM, "slug": "partners", "name": "Partners"}, "cookieWindowDays": 60,
        "ignoresGpc": false});
    let unknown = (404, "unknown_affiliate", "No affiliate of this program has this slug, or there's no such program.");
    let unavailable = (503, "temporarily_unavailable", "The program can't be looked up.");
    let all = responses(
        200,
        success("Whose link it was. On your own domain, the cookie `_rkmi` is set, too.", schema, example),
        &[MALFORMED, ORIGIN, unknown, TOO_LARGE, COMPRESSED, TOO_MANY, unavailable],
    );
    let description = "Reports that a visitor arrived with a link's parameter, from a page on one of the program's \
                       allowed domains. With a valid `clickToken`, nothing new is counted.";
    let sent = json!({"programId": EXAMPLE_PROGRAM, "via": "lauren", "url": "https://brand.com/pricing"});
    let whole = operation("trackClick", "Report a click by a page", description, json!([{}]), all);
    with(whole, &[("requestBody", body(&tracked_click(), &sent))])
}

fn accepted() -> Value {
    let schema = json!({"type": "object", "required": ["eventId"], "properties": {
        "eventId": {"type": "string", "description": "The event's ID: the same for each repetition."}}});
    success("The report is stored.", schema, json!({"eventId": EXAMPLE_EVENT}))
}

const CLAIM: &str =
    "What a browser reports is a claim: it earns nothing until a person or a verified source confirms it.";

fn report_by_page() -> Value {
    let unknown = (401, "unknown_public_key", "The public key is missing or unknown.");
    let all = responses(202, accepted(), &[MALFORMED, unknown, ORIGIN, TOO_LARGE, COMPRESSED, TOO_MANY, NOT_DURABLE]);
    let key = json!([{"name": "X-Rekomi-Key", "in": "header", "required": false, "schema": {"type": "string"},
        "description": "The program's public key, instead of `public_key`.", "example": "pk_8f3a"}]);
    let sent = json!({"public_key": "pk_8f3a", "external_event_id": "order_1001", "amount_cents": 9900});
    let whole = operation("claimConversion", "Report a conversion by a page", CLAIM, json!([{}]), all);
    with(whole, &[("parameters", key), ("requestBody", body(&claim(), &sent))])
}

fn report_by_image() -> Value {
    let image = |description: &str| {
        json!({"description": description, "content": {"image/gif": {"schema": {"type": "string"}}},
            "headers": headers(&[("Rekomi-Error", "The error's code, if the report was refused.")])})
    };
    let mut all = json!({"200": image("The report is stored.")});
    for (status, _, description) in
        [MALFORMED, (401, "", "The public key is missing or unknown."), ORIGIN, TOO_MANY, NOT_DURABLE]
    {
        all[status.to_string()] = image(description);
    }
    let description = format!("The same as a post to `/api/tracking/pixel`, for pages without a script. {CLAIM}");
    let whole = operation("claimConversionByImage", "Report a conversion by an image", &description, json!([{}]), all);
    with(whole, &[("parameters", claim_query())])
}

fn report_by_backend() -> Value {
    let unauthorized = (
        401,
        "signature_invalid",
        "The key is unknown or expired, or the signature is missing, \
                        malformed, too old or wrong: `unauthorized`, `signature_missing`, `signature_malformed`, \
                        `signature_expired` or `signature_invalid`.",
    );
    let forbidden = (403, "forbidden", "The key can't send conversions.");
    let all =
        responses(202, accepted(), &[MALFORMED, unauthorized, forbidden, TOO_LARGE, COMPRESSED, TOO_MANY, NOT_DURABLE]);
    let text = json!({"type": "string"});
    let signature = json!([{"name": "Rekomi-Signature", "in": "header", "required": true, "schema": text,
        "description": "`t=<unix seconds>,v1=<hex>`: HMAC-SHA256 with the key's signing secret (`rks_…`, as text) \
                        over the seconds, a full stop, and the body's bytes. At most 300 seconds old or ahead. Several `v1` \
                        are allowed; one must match.",
        "example": "t=1790000100,v1=6b1a1ec8f9b9aeec419ff197a68e265398a76c137e401cee47fe18f2dae712e1"}]);
    let sent = json!({"externalEventId": "order_1001", "type": "sale", "amountCents": 9900, "currency": "USD",
        "clickToken": "rkc_AQH…", "customerId": "user_42"});
    let description = "Reports a sale, lead or refund from your server. 202 means that it's stored durably. A report \
                       with the same `externalEventId` counts once, so it's safe to repeat. Unknown fields are \
                       ignored. `affiliateId` is refused if nothing else names the affiliate: send `affiliateSlug`.";
    let whole =
        operation("sendConversion", "Report a conversion by a server", description, json!([{"bearer": []}]), all);
    let body = json!({"required": true, "content": {"application/json": {"schema": conversion(), "example": sent}}});
    with(whole, &[("parameters", signature), ("requestBody", body)])
}

/// `headers` are those that the gateway sends besides the body, with examples; none if its signature is in the body.
fn hook(id: &str, gateway: &str, headers: &[(&str, &str)]) -> Value {
    let schema = json!({"type": "object", "properties": {
        "received": {"type": "boolean", "description": "Always true."},
        "eventId": {"type": "string", "description": "The event's ID."}}});
    let wrong = (401, "signature_invalid", "The signature isn't the gateway's.");
    let missing = (404, "not_found", "There's no such connection, or it's another gateway's.");
    let stored = success("The event is stored.", schema, json!({"received": true, "eventId": EXAMPLE_EVENT}));
    let all = responses(200, stored, &[MALFORMED, wrong, missing, TOO_LARGE, COMPRESSED, TOO_MANY, NOT_DURABLE]);
    let description = format!("{gateway} sends its events here, signed with the connection's secret.");
    let whole = operation(id, &format!("Receive {gateway} events"), &description, json!([{}]), all);
    if headers.is_empty() {
        let form = json!({"type": "object", "required": ["bt_signature", "bt_payload"], "properties": {
            "bt_signature": {"type": "string", "description": "Public keys with their signatures."},
            "bt_payload": {"type": "string", "description": "The notification: XML in base64."}}});
        let body = json!({"required": true, "content": {"application/x-www-form-urlencoded": {"schema": form}}});
        return with(whole, &[("requestBody", body)]);
    }
    let header = |(name, example): &(&str, &str)| {
        json!({"name": name, "in": "header", "required": true, "schema": {"type": "string"},
            "description": format!("As {gateway} sends it with the body."), "example": example})
    };
    let sent: Value = headers.iter().map(header).collect();
    let event = json!({"type": "object", "description": format!("An event, as {gateway} defines it.")});
    let body =
        json!({"required": true, "content": {"application/json": {"schema": event, "example": {"id": "evt_1"}}}});
    with(whole, &[("parameters", sent), ("requestBody", body)])
}

fn challenge() -> Value {
    let proof = json!({"description": "The public key and the challenge's signature", "headers": headers(&[]),
        "content": {"text/plain": {"schema": {"type": "string"}}}});
    let missing = (404, "not_found", "There's no such connection.");
    let all = responses(200, proof, &[MALFORMED, missing, TOO_MANY]);
    let parameter = json!([{"name": "bt_challenge", "in": "query", "required": true,
        "example": "20f9f8ed05f77439fe955c977e4c8a53",
        "description": "What Braintree wants to have signed.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{20,32}$"}}]);
    let description = "Braintree's *Check URL* asks for a proof that the address knows the connection's keys.";
    let whole = operation("answerBraintreeChallenge", "Answer Braintree's challenge", description, json!([{}]), all);
    with(whole, &[("parameters", parameter)])
}

#[cfg(test)]
#[path = "edge_test.rs"]
mod tests;
