//! The data kept about a person and its sources: the parts of a person's export, each as a query. Those of an
//! affiliate are in [`super::retained_affiliate_data`].

/// One part of a person's export: its name, a description with the source, and the rows. `$1` is the organization, `$2`
/// the person.
#[derive(Debug)]
pub struct Part {
    pub name: &'static str,
    pub source: &'static str,
    pub rows: &'static str,
}

/// The data kept about a customer.
pub const CUSTOMER: [Part; 11] = [
    Part {
        name: "customers",
        source: "Created when an event first names the buyer. Several rows if they are known to be the same buyer",
        rows: "select c.id, c.external_id, c.email, c.created_at, c.erased_at from customers c join own using (id)
               where c.organization_id = $1",
    },
    Part {
        name: "addresses",
        source: "Reported by events, in the form used for comparison",
        rows: "select e.email_key as email, e.customer_id from customer_emails e join own on own.id = e.customer_id
               where e.organization_id = $1",
    },
    Part {
        name: "joins",
        source: "Detected when events name two customers as the buyer of the same sale, or decided by the organization",
        rows: "select j.id as join_id, own.id as customer_id, j.state, j.found_at from customer_joins j
               join own on own.id in (j.one_id, j.other_id) where j.organization_id = $1",
    },
    Part {
        name: "conversions",
        source: "Reported by the event in eventId, through the channel in source",
        rows: "select c.id, c.event_id, c.external_id, c.source, c.verified, c.kind, c.status, c.customer_id,
                      c.subscription_id, c.product_id, c.amount, c.refunded, c.currency, c.occurred_at, c.program_id,
                      c.affiliate_id, c.click_id, c.coupon_id, c.credited_by, c.flags, c.review, c.dispute, c.details
               from conversions c join own on own.id = c.customer_id where c.organization_id = $1",
    },
    Part {
        name: "decisions",
        source: "Made by the people and API keys in actor about the person's purchases",
        rows: "select d.kind, d.conversion_id, d.reach, d.affiliate_id, d.reason, d.actor, d.decided_at from decisions d
               join conversions c on c.organization_id = d.organization_id and c.id = d.conversion_id
               join own on own.id = c.customer_id where d.organization_id = $1",
    },
    Part {
        name: "touches",
        source: "Evidence for an affiliate, reported by the event: a click token, an affiliate's slug or a coupon",
        rows: "select t.event_id, t.kind, t.reported_at as told_at, t.touched_at, t.click_id, t.link_id,
                      t.coupon_id, t.program_id, t.affiliate_id
               from touches t join own on own.id = t.customer_id where t.organization_id = $1",
    },
    Part {
        name: "clicks",
        source: "Recorded when a link was opened. visitor is a hash of the network and device type that changes every \
                 day and for each affiliate",
        rows: "select c.id, c.clicked_at, c.link_id, c.country, c.referrer_host, c.device, c.visitor, c.landing
               from clicks c join touches t on t.organization_id = c.organization_id and t.click_id = c.id
               join own on own.id = t.customer_id where c.organization_id = $1",
    },
    Part {
        name: "clickOrigins",
        source: "Copied from the click that a conversion is credited to. It stays when the click is deleted",
        rows: "select distinct o.clicked_at, o.country, o.source, o.device
               from click_origins o join conversions c on c.organization_id = o.organization_id and c.click_id = o.click_id
               join own on own.id = c.customer_id where o.organization_id = $1",
    },
    Part {
        name: "consents",
        source: "Reported by the organization",
        rows: "select n.kind, n.version, n.granted, n.decided_at, n.evidence, n.actor from consents n
               join own on own.id = n.customer_id where n.organization_id = $1",
    },
    Part {
        name: "inquiries",
        source: "Claims by affiliates about a purchase with the person's email address. The address is deleted once \
                 the claim is answered",
        rows: "select i.buyer_email as email, i.order_id, i.ordered_on, i.bought, i.note, i.submitted_at as asked_at from missing_sale_claims i
               where i.organization_id = $1 and i.buyer_email in (
                   select m.email_key from customer_emails m join own on own.id = m.customer_id
                   where m.organization_id = $1)",
    },
    Part {
        name: "imports",
        source: "Files that the organization imported from another platform, kept for 30 days",
        rows: "select r.import_id, r.line, r.cells from import_rows r where r.organization_id = $1 and exists (
                   select from jsonb_array_elements_text(r.cells) c
                   where lower(btrim(c)) in (select lower(external_id) from customers join own using (id) where organization_id = $1
                                             union select lower(email) from customers join own using (id) where organization_id = $1))",
    },
];

/// What stored events say about a customer. A row with `by_text` was found by `$3`, a pattern of the person's names, which
/// also matches within the names of others: it is the person's only if `redact::names_any` says so.
pub const CUSTOMER_BY_TEXT: [Part; 2] = [
    Part {
        name: "events",
        source: "Sent by the organization's backend, website or payment gateway, stored as received",
        rows: "select e.id, e.kind, e.received_at, e.body, o.event_id is null as by_text
               from events e left join (
                   select event_id from conversions where organization_id = $1 and customer_id in (select id from own)
                   union select event_id from touches where organization_id = $1 and customer_id in (select id from own)
                   union select event_id from repeated_reports where organization_id = $1 and customer_id in (select id from own)
                   union select r.event_id from refunds r
                         join conversions c on c.organization_id = r.organization_id and c.external_id = r.refund_of
                         where r.organization_id = $1 and c.customer_id in (select id from own)
                   union select d.event_id from disputes d
                         join conversions c on c.organization_id = d.organization_id and c.external_id = d.dispute_of
                         where d.organization_id = $1 and c.customer_id in (select id from own)) o on o.event_id = e.id
               where e.organization_id = $1 and (o.event_id is not null or e.body ~* $3)",
    },
    Part {
        name: "quarantine",
        source: "Events that couldn't be applied",
        rows: "select q.event_id, q.reason, q.created_at, q.body, true as by_text from quarantine q
               where q.organization_id = $1 and q.body ~* $3",
    },
];
