//! Everything that is kept about a person, as one document, with where it came from.

use serde_json::{Map, Value, json};
use shared::{
    id::{
        AffiliateId, ClickId, CommissionId, ConversionId, CouponId, CustomerId, EventId, LinkId, OrganizationId,
        PayoutId, PlanVersionId, ProgramId,
    },
    timestamp::Timestamp,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

use crate::db::TenantTx;

/// Rows of one part; beyond them the part says so, and the API's lists have the rest.
const ROWS_MAX: i64 = 20_000;

/// One part of the document: its name, what it is and where it is from, and the rows. `$1` is the organization, `$2` the
/// person.
struct Part {
    name: &'static str,
    source: &'static str,
    rows: &'static str,
}

const CUSTOMER: [Part; 8] = [
    Part {
        name: "customers",
        source: "Made when an event first named the buyer; several where they are known to be one buyer",
        rows: "select c.id, c.external_id, c.email, c.created_at, c.erased_at from customers c join own using (id)
               where c.organization_id = $1",
    },
    Part {
        name: "addresses",
        source: "Told by events, in the form in which they are compared",
        rows: "select e.email_key as email, e.customer_id from customer_emails e join own on own.id = e.customer_id
               where e.organization_id = $1",
    },
    Part {
        name: "conversions",
        source: "Told by the event named in eventId, through the channel named in source",
        rows: "select c.id, c.event_id, c.external_id, c.source, c.verified, c.kind, c.status, c.customer_id,
                      c.subscription_id, c.product_id, c.amount, c.refunded, c.currency, c.occurred_at, c.program_id,
                      c.affiliate_id, c.click_id, c.credited_by, c.flags, c.review, c.dispute, c.details
               from conversions c join own on own.id = c.customer_id where c.organization_id = $1",
    },
    Part {
        name: "touches",
        source: "What spoke for an affiliate: a click's token, a named affiliate or a coupon, told by the event",
        rows: "select t.event_id, t.kind, t.told_at, t.touched_at, t.click_id, t.link_id, t.program_id, t.affiliate_id
               from touches t join own on own.id = t.customer_id where t.organization_id = $1",
    },
    Part {
        name: "clicks",
        source: "Recorded by the link that was followed; visitor is a hash that changes daily",
        rows: "select c.id, c.clicked_at, c.link_id, c.country, c.referrer_host, c.device, c.visitor, c.landing
               from clicks c join touches t on t.organization_id = c.organization_id and t.click_id = c.id
               join own on own.id = t.customer_id where c.organization_id = $1",
    },
    Part {
        name: "consents",
        source: "Told by the organization",
        rows: "select n.kind, n.version, n.granted, n.decided_at, n.evidence, n.actor from consents n
               join own on own.id = n.customer_id where n.organization_id = $1",
    },
    Part {
        name: "events",
        source: "Sent by the organization's backend, page or payment gateway, kept as they came",
        rows: "select e.id, e.kind, e.received_at, e.body from events e where e.organization_id = $1 and e.id in (
                   select event_id from conversions where organization_id = $1 and customer_id in (select id from own)
                   union select event_id from touches where organization_id = $1 and customer_id in (select id from own)
                   union select event_id from retellings where organization_id = $1 and customer_id in (select id from own)
                   union select id from events where organization_id = $1 and exists (
                       select from customer_emails m join own on own.id = m.customer_id
                       where m.organization_id = $1 and strpos(lower(events.body), m.email_key) > 0))",
    },
    Part {
        name: "quarantine",
        source: "Events that could not be applied",
        rows: "select q.event_id, q.reason, q.created_at, q.body from quarantine q
               where q.organization_id = $1 and exists (
                   select from customer_emails m join own on own.id = m.customer_id
                   where m.organization_id = $1 and strpos(lower(q.body), m.email_key) > 0)",
    },
];

const AFFILIATE: [Part; 13] = [
    Part {
        name: "affiliates",
        source: "Entered by the organization, or by the affiliate's application",
        rows: "select to_jsonb(a) - 'organization_id' as row from affiliates a where a.organization_id = $1 and a.id = $2",
    },
    Part {
        name: "segments",
        source: "Set by the organization",
        rows: "select effective_at, segment from affiliate_segments where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "links",
        source: "Made by the organization or the affiliate",
        rows: "select id, program_id, host, slug, destination, created_at from links
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "coupons",
        source: "Made by the organization",
        rows: "select id, program_id, code, external_id, created_at from coupons
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "clickDays",
        source: "Counted from the clicks on the affiliate's links",
        rows: "select hour::date as day, program_id, sum(clicks) as clicks from click_hours
               where organization_id = $1 and affiliate_id = $2 group by 1, 2",
    },
    Part {
        name: "conversions",
        source: "Sales credited to the affiliate, told by the organization or its payment gateway",
        rows:
            "select id, external_id, kind, status, amount, currency, occurred_at, program_id, credited_by, flags, review
               from conversions where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "commissions",
        source: "Worked out from the conversion and the plan in force",
        rows: "select id, kind, conversion_id, program_id, amount, earned, paid, currency, status, hold_until, reason
               from commissions where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "payouts",
        source: "Written down by the organization",
        rows: "select id, amount, currency, rail, status, reference, actor, created_at from payouts
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "decisions",
        source: "Made by the people and keys named in actor",
        rows: "select kind, conversion_id, commission_id, reason, actor, decided_at from decisions
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "consents",
        source: "Given in the portal, or told by the organization",
        rows: "select kind, version, granted, decided_at, evidence, actor from consents
               where organization_id = $1 and affiliate_id = $2",
    },
    Part {
        name: "crmContacts",
        source: "What the organization's CRMs were last told of the affiliate",
        rows: "select c.vendor, c.account, k.contact, k.lists, k.tags, k.standing, k.synced_at
               from crm_contacts k
               join crm_connections c on c.organization_id = k.organization_id and c.id = k.connection_id
               where k.organization_id = $1 and k.affiliate_id = $2",
    },
    Part {
        name: "crmSyncs",
        source: "What was sent into the organization's CRMs and what they answered: the last 90 days, the contents 30",
        rows: "select c.vendor, c.account, s.task, s.reason, s.state, s.message, s.event, s.created_at, s.finished_at,
                      (select coalesce(jsonb_agg(jsonb_build_object('sentAt', a.started_at, 'method', a.method, 'url', a.url,
                                                                    'sent', a.request_body, 'status', a.status,
                                                                    'answer', a.answer) order by a.id), '[]')
                       from crm_attempts a where a.organization_id = s.organization_id and a.sync_id = s.id) as sent
               from crm_syncs s
               join crm_connections c on c.organization_id = s.organization_id and c.id = s.connection_id
               where s.organization_id = $1 and s.affiliate_id = $2 order by s.created_at",
    },
    Part {
        name: "auditLog",
        source: "Changes made by people and keys of the organization",
        rows: "select at, actor, action, before, after from audit_log
               where organization_id = $1 and target = $3",
    },
];

/// `None` where there is no such customer.
///
/// # Errors
/// Of the database.
pub async fn customer(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: CustomerId,
    now: Timestamp,
) -> Result<Option<Value>, sqlx::Error> {
    let own = "with own as (select c.id from customers c join customers o on o.organization_id = c.organization_id
                   and o.group_id = c.group_id and o.buyer_id = c.buyer_id where o.organization_id = $1 and o.id = $2)";
    let parts = parts(tx, organization, id.uuid(), &id.to_string(), own, &CUSTOMER).await?;
    let known = parts["customers"]["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    Ok(known.then(|| json!({"kind": "customer", "id": id, "exportedAt": now.to_string(), "data": parts})))
}

/// `None` where there is no such affiliate.
///
/// # Errors
/// Of the database.
pub async fn affiliate(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: AffiliateId,
    now: Timestamp,
) -> Result<Option<Value>, sqlx::Error> {
    let parts = parts(tx, organization, id.uuid(), &id.to_string(), "", &AFFILIATE).await?;
    let known = parts["affiliates"]["rows"].as_array().is_some_and(|rows| !rows.is_empty());
    Ok(known.then(|| json!({"kind": "affiliate", "id": id, "exportedAt": now.to_string(), "data": parts})))
}

async fn parts(
    tx: &mut TenantTx,
    organization: OrganizationId,
    person: Uuid,
    public_id: &str,
    with: &str,
    parts: &[Part],
) -> Result<Map<String, Value>, sqlx::Error> {
    let mut document = Map::new();
    for part in parts {
        // The statements are the constants above. `$2` and `$3` are named in each, so that all take the same parameters.
        let statement = format!(
            "{with} select coalesce(jsonb_agg(to_jsonb(r)), '[]') from (
                 select * from ({}) r where $2::uuid is not null and $3::text is not null limit $4) r",
            part.rows
        );
        let mut rows: Value = sqlx::query_scalar(AssertSqlSafe(statement))
            .bind(organization.uuid())
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

/// Names and ids as the API spells them.
fn public(part: &str, row: &mut Value) {
    let Some(fields) = row.as_object_mut() else { return };
    // A whole row stands in one column.
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
        ("id", "coupons") => CouponId::new(id).to_string(),
        ("id", "clicks") | ("click_id", _) => ClickId::new(id).to_string(),
        ("id", "payouts") => PayoutId::new(id).to_string(),
        ("id", "events") | ("event_id", _) => EventId::new(id).to_string(),
        ("program_id", _) => ProgramId::new(id).to_string(),
        ("plan_version_id", _) => PlanVersionId::new(id).to_string(),
        _ => return None,
    };
    Some(of)
}

fn camel(key: &str) -> String {
    let mut up = false;
    key.chars().fold(String::with_capacity(key.len()), |mut out, letter| {
        if letter == '_' {
            up = true;
        } else if std::mem::take(&mut up) {
            out.extend(letter.to_uppercase());
        } else {
            out.push(letter);
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
