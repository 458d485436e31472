//! The fields of what the edge receives, under the names by which `shared::fields` reads them.

use serde_json::{Map, Value, json};
use shared::fields::{AMOUNT_MAX, CAMEL, CLAIMED_AMOUNT_MAX, QUERY, SNAKE, Spelling};

/// A field's name, its schema, and what it is.
type Field = (&'static str, Value, &'static str);

const SLUG: &str = "^[A-Za-z0-9_-]{3,64}$";

/// What every report of a conversion may have.
fn common(names: &Spelling) -> Vec<Field> {
    let text = || json!({"type": "string", "minLength": 1, "maxLength": 255});
    vec![
        (names.external_event_id, text(), "Your own ID of the event. A report with the same ID counts once."),
        (names.currency, json!({"type": "string", "pattern": "^[A-Za-z]{3}$"}), "ISO 4217 code. Defaults to `USD`."),
        (names.affiliate_slug, json!({"type": "string", "pattern": SLUG}), "The affiliate's slug."),
        (names.click_token, text(), "The click's token, `rkc_…`. It's sufficient evidence of the click."),
        (names.coupon_code, text(), "The coupon code that the buyer used."),
        (names.customer_id, text(), "Your own ID of the customer."),
        (names.customer_email, json!({"type": "string", "maxLength": 254}), "The customer's email address."),
        (names.customer_name, text(), "The person's name, for a lead. It's ignored for sales and refunds."),
        (names.subscription_id, text(), "Your own ID of the subscription."),
        (names.product_id, text(), "Your own ID of the product. Plan conditions can match it."),
        (names.country, json!({"type": "string", "pattern": "^[A-Za-z]{2}$"}), "ISO 3166-1 two-letter country code."),
        (names.program_id, text(), "The program's ID, if nothing else determines it."),
    ]
}

fn kind(names: &Spelling, kinds: &[&str]) -> Field {
    (names.kind, json!({"type": "string", "enum": kinds}), "What happened. Defaults to `sale`.")
}

fn amount(name: &'static str, most: i64, description: &'static str) -> Field {
    (name, json!({"type": "integer", "minimum": 0, "maximum": most}), description)
}

fn metadata(names: &Spelling) -> Field {
    (names.metadata, json!({"type": "object", "maxProperties": 50}), "Up to 50 values. Plan conditions can match them.")
}

fn object(required: &[&str], fields: Vec<Field>) -> Value {
    let mut properties = Map::new();
    for (name, mut schema, description) in fields {
        schema["description"] = json!(description);
        properties.insert(name.to_owned(), schema);
    }
    json!({"type": "object", "required": required, "properties": properties})
}

/// What a brand's server reports.
pub(super) fn conversion() -> Value {
    let mut fields = common(&CAMEL);
    fields.extend([
        kind(&CAMEL, &["sale", "lead", "refund"]),
        amount(
            CAMEL.amount,
            AMOUNT_MAX,
            "The commissionable amount in minor units, without tax. 0 or omitted for a lead.",
        ),
        amount(CAMEL.paid, AMOUNT_MAX, "Everything that the buyer paid for a sale; at least `amountCents`."),
        (CAMEL.occurred_at, json!({"type": "string", "format": "date-time"}), "Defaults to now. At most a day ahead."),
        (CAMEL.refund_of, json!({"type": "string"}), "For a refund, which requires it: the sale's `externalEventId`."),
        metadata(&CAMEL),
    ]);
    object(&[CAMEL.external_event_id], fields)
}

fn claimed(names: &'static Spelling) -> Vec<Field> {
    let mut fields = common(names);
    fields.extend([
        ("public_key", json!({"type": "string"}), "The program's public key."),
        kind(names, &["sale", "lead"]),
        amount(names.amount, CLAIMED_AMOUNT_MAX, "The amount in minor units, without tax. 0 or omitted for a lead."),
    ]);
    fields
}

/// What a page reports.
pub(super) fn claim() -> Value {
    let mut fields = claimed(&SNAKE);
    fields.push(metadata(&SNAKE));
    object(&[SNAKE.external_event_id], fields)
}

/// What a page without a script reports, as parameters.
pub(super) fn claim_query() -> Value {
    let required = ["public_key", QUERY.external_event_id];
    let parameter = |(name, schema, description): Field| {
        let example = match name {
            "public_key" => json!("pk_8f3a"),
            name if name == QUERY.amount => json!(9900),
            name if name == QUERY.currency => json!("USD"),
            name if name == QUERY.country => json!("DE"),
            name if name == QUERY.customer_name => json!("Ann Lee"),
            name if name == QUERY.kind => json!("sale"),
            _ => json!("order_1001"),
        };
        json!({"name": name, "in": "query", "required": required.contains(&name), "schema": schema,
            "description": description, "example": example})
    };
    claimed(&QUERY).into_iter().map(parameter).collect()
}

/// What a page reports about an arrival.
pub(super) fn tracked_click() -> Value {
    let text = || json!({"type": "string"});
    object(
        &["programId", "via"],
        vec![
            ("programId", text(), "The program's ID."),
            ("via", json!({"type": "string", "pattern": SLUG}), "The slug in the page's URL."),
            ("url", text(), "The page's URL. Only its path is stored."),
            ("referrer", text(), "The page that led there. Only its host is stored."),
            ("clickToken", json!({"type": "string", "minLength": 1, "maxLength": 255}), "The token in the page's URL."),
            ("previousToken", text(), "The token that the page has stored. If the first click counts, it stays."),
        ],
    )
}
