//! Exports all data about a person as one document, with its sources.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use serde_json::{Map, Value, json};
use shared::{
    id::{
        AffiliateId, ClickId, CommissionId, ConversionId, CouponId, CustomerId, CustomerJoinId, EventId, LinkId,
        PayoutId, PlanVersionId, ProgramId,
    },
    timestamp::Timestamp,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use engine::privacy::{
    pattern,
    pseudonym::Name,
    redact::names_any,
    retained_affiliate_data::AFFILIATE,
    retained_data::{CUSTOMER, CUSTOMER_BY_TEXT, Part},
    store,
};
use kit::db::{TenantTx, time_limit_store};

/// The maximum rows of one part; a truncated part says so, and the API's lists have the rest.
const ROWS_MAX: i64 = 20_000;
/// Events aren't searched for shorter ids, which are in most of them; those of known sales are found anyway.
const ID_IN_TEXT_MIN: usize = 6;

/// Exports a customer; `None` for an unknown one.
pub async fn customer(tx: &mut TenantTx, id: CustomerId, now: Timestamp) -> Result<Option<Value>, sqlx::Error> {
    let own = "with own as (select c.id from customers c join customers o on o.organization_id = c.organization_id
                   and o.group_id = c.group_id and o.buyer_id = c.buyer_id where o.organization_id = $1 and o.id = $2)";
    let mut parts = parts(tx, id.uuid(), &id.to_string(), own, &CUSTOMER).await?;
    let known = parts["customers"]["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    if !known {
        return Ok(None);
    }
    let rows = store::buyer(tx, id).await?;
    let names = store::names_of(tx, &rows).await?;
    for part in &CUSTOMER_BY_TEXT {
        let (rows, truncated) = by_text(tx, id.uuid(), own, &names, part).await?;
        parts.insert(part.name.to_owned(), json!({"source": part.source, "truncated": truncated, "rows": rows}));
    }
    Ok(Some(json!({"kind": "customer", "id": id, "exportedAt": now.to_string(), "data": parts})))
}

/// Exports an affiliate; `None` for an unknown one.
pub async fn affiliate(tx: &mut TenantTx, id: AffiliateId, now: Timestamp) -> Result<Option<Value>, sqlx::Error> {
    let parts = parts(tx, id.uuid(), &id.to_string(), "", &AFFILIATE).await?;
    let known = parts["affiliates"]["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    Ok(known.then(|| json!({"kind": "affiliate", "id": id, "exportedAt": now.to_string(), "data": parts})))
}

async fn parts(
    tx: &mut TenantTx,
    person: Uuid,
    public_id: &str,
    with: &str,
    parts: &[Part],
) -> Result<Map<String, Value>, sqlx::Error> {
    let organization = tx.organization();
    time_limit_store::raise(tx.conn()).await?;
    let mut document = Map::new();
    for part in parts {
        // The statements are the constants above. Each of them uses `$2` and `$3`, so that all take the same
        // parameters.
        let statement = format!(
            "{with} select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                 select * from ({}) r where $2::uuid is not null and $3::text is not null limit $4) r",
            part.rows
        );
        let mut rows: Value = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(organization)
            .bind(person)
            .bind(public_id)
            .bind(ROWS_MAX + 1)
            .fetch_one(tx.conn())
            .await?;
        let mut truncated = false;
        if let Some(rows) = rows.as_array_mut() {
            let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
            truncated = rows.len() > most;
            rows.truncate(most);
            rows.iter_mut().for_each(|row| public(part.name, row));
        }
        document.insert(part.name.to_owned(), json!({"source": part.source, "truncated": truncated, "rows": rows}));
    }
    Ok(document)
}

/// The rows of a part of [`CUSTOMER_BY_TEXT`] that are the person's, and whether there are more. They are checked one by one,
/// so that any number of others' rows may match the pattern.
async fn by_text(
    tx: &mut TenantTx,
    person: Uuid,
    with: &str,
    names: &BTreeSet<Name>,
    part: &Part,
) -> Result<(Vec<Value>, bool), sqlx::Error> {
    let organization = tx.organization();
    let pattern = pattern_of(names);
    // Each of the statements uses `$3`, but not each of them `$2`.
    let statement =
        format!("{with} select to_jsonb(r) from ({}) r where $2::uuid is not null and $3::text is not null", part.rows);
    let mut found = sqlx::query_scalar::<_, Value>(AssertSqlSafe(statement))
        .bind(organization)
        .bind(person)
        .bind(pattern)
        .fetch(tx.conn());
    let most = usize::try_from(ROWS_MAX).unwrap_or(usize::MAX);
    let mut rows = Vec::new();
    while let Some(mut row) = found.try_next().await? {
        if !is_theirs(&mut row, names) {
            continue;
        }
        if rows.len() == most {
            return Ok((rows, true));
        }
        public(part.name, &mut row);
        rows.push(row);
    }
    Ok((rows, false))
}

/// Matches everything that may name the person.
fn pattern_of(names: &BTreeSet<Name>) -> String {
    let one = |name: &Name| match name {
        Name::Email(key) => Some(pattern::mailbox_anywhere(key)),
        Name::Id(id) => (id.len() >= ID_IN_TEXT_MIN).then(|| pattern::exactly(id)),
    };
    pattern::any(&names.iter().filter_map(one).collect::<Vec<_>>())
}

/// Whether a row is the person's. Takes its `by_text` away.
fn is_theirs(row: &mut Value, names: &BTreeSet<Name>) -> bool {
    let by_text = row.as_object_mut().and_then(|fields| fields.remove("by_text"));
    by_text != Some(Value::Bool(true)) || row["body"].as_str().is_some_and(|body| names_any(body, names))
}

/// Converts names and ids to the API's form.
fn public(part: &str, row: &mut Value) {
    let Some(fields) = row.as_object_mut() else { return };
    // One column contains the whole row.
    if let Some(Value::Object(whole)) = fields.remove("row") {
        *fields = whole;
    }
    let spelled = std::mem::take(fields).into_iter().map(|(key, value)| {
        let value = match value {
            Value::String(text) => Value::String(public_id(part, &key, &text).unwrap_or(text)),
            other => other,
        };
        (camel(&key), value)
    });
    fields.extend(spelled);
}

fn public_id(part: &str, key: &str, text: &str) -> Option<String> {
    let id: Uuid = text.parse().ok()?;
    let of = match (key, part) {
        ("id", "customers") | ("customer_id", _) => CustomerId::new(id).to_string(),
        ("id", "affiliates") | ("affiliate_id", _) => AffiliateId::new(id).to_string(),
        ("id", "conversions") | ("conversion_id", _) => ConversionId::new(id).to_string(),
        ("id", "commissions") | ("commission_id", _) => CommissionId::new(id).to_string(),
        ("id", "links") | ("link_id", _) => LinkId::new(id).to_string(),
        ("id", "coupons") | ("coupon_id", _) => CouponId::new(id).to_string(),
        ("id", "clicks") | ("click_id", _) => ClickId::new(id).to_string(),
        ("id", "payouts") => PayoutId::new(id).to_string(),
        ("id", "events") | ("event_id", _) => EventId::new(id).to_string(),
        ("join_id", _) => CustomerJoinId::new(id).to_string(),
        ("program_id", _) => ProgramId::new(id).to_string(),
        ("plan_version_id", _) => PlanVersionId::new(id).to_string(),
        _ => return None,
    };
    Some(of)
}

fn camel(key: &str) -> String {
    let mut up = false;
    key.chars().fold(String::with_capacity(key.len()), |mut out, character| {
        if character == '_' {
            up = true;
        } else if std::mem::take(&mut up) {
            out.extend(character.to_uppercase());
        } else {
            out.push(character);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_read_as_the_api_writes_them() {
        let id = Uuid::from_bytes([1; 16]);
        let mut row = json!({"id": id, "customer_id": id, "external_id": "a_b", "hold_until": null});
        public("conversions", &mut row);
        let (conversion, customer) = (ConversionId::new(id).to_string(), CustomerId::new(id).to_string());
        assert_eq!(row, json!({"id": conversion, "customerId": customer, "externalId": "a_b", "holdUntil": null}));
        let mut whole = json!({"row": {"erased_at": 1}});
        public("affiliates", &mut whole);
        assert_eq!(whole, json!({"erasedAt": 1}));
    }
}
