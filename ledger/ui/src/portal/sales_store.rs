//! SQL of an affiliate's earnings and clicks. It returns nothing that identifies buyers or visitors.

use jiff::civil::Date;
use shared::{
    id::{AffiliateId, ClickId, CommissionId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use engine::history::past::COMPONENT;
use kit::{
    db::{TenantTx, plan_store},
    page::zone::Zone,
};
use rules::commission::Held;

/// How far the start of a bonus's UTC day can be before the time at which it was given.
const DAY_MILLIS: i64 = 86_400_000;

/// Days of a list: between two times, and between the same midnights of UTC for what has only a UTC day.
#[derive(Debug, Clone, Copy)]
pub struct Days {
    from: Timestamp,
    to: Timestamp,
    utc_from: Timestamp,
    utc_to: Timestamp,
}

impl Days {
    /// From the first day up to the next, exclusive.
    pub fn between(zone: &Zone, first: Date, next: Date) -> Self {
        let utc = Zone::utc();
        let (from, to) = (zone.start_of(first), zone.start_of(next));
        Self { from, to, utc_from: utc.start_of(first), utc_to: utc.start_of(next) }
    }

    /// Rows from before this happened earlier.
    fn earliest(&self) -> Timestamp {
        self.from.min(self.utc_from).plus_millis(-DAY_MILLIS)
    }

    fn latest(&self) -> Timestamp {
        self.to.max(self.utc_to)
    }
}

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<CommissionId>,
    /// `Conversion`, `Click`, `Bonus`, `Adjustment` or `Override`.
    pub kinds: Vec<String>,
    /// Kind of conversion: `Sale`, `Recurring` or `Lead`.
    pub sold: Option<&'static str>,
    pub status: Option<&'static str>,
    pub days: Option<Days>,
    pub after: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// A commission, as its affiliate sees it.
#[derive(Debug)]
pub struct Earning {
    pub id: CommissionId,
    pub kind: String,
    pub sold: Option<String>,
    /// Whether it was imported with a sale of the past.
    pub imported: bool,
    pub program: String,
    /// The link that brought the sale, without the scheme.
    pub link: Option<String>,
    /// Tells one buyer's sales from another's, and identifies nobody.
    pub customer: Option<String>,
    /// The time of the sale, or the start of the UTC day of anything else.
    pub at: Timestamp,
    pub created: Timestamp,
    /// The sale's amount, without tax.
    pub sale: Option<(i64, String)>,
    pub amount: i64,
    pub earned: i64,
    pub paid: i64,
    pub reserved: i64,
    pub currency: String,
    pub status: String,
    pub held: Option<Held>,
    pub hold_until: Timestamp,
    pub approved: Option<Timestamp>,
    /// When the payout was sent that paid it.
    pub sent: Option<Timestamp>,
    /// Whether an import left it to another platform: no payout paid it.
    pub left: bool,
}

impl Earning {
    /// Whether someone gave it: then it has the time of that.
    pub fn is_given(&self) -> bool {
        matches!(self.kind.as_str(), "Bonus" | "Adjustment") && !self.imported
    }

    /// The time by which it is listed under a day.
    pub fn listed_at(&self) -> Timestamp {
        if self.is_given() { self.created } else { self.at }
    }

    /// When the status began, or for a hold when it ends. `None` if that depends on a person.
    pub fn status_at(&self) -> Option<Timestamp> {
        match self.status.as_str() {
            "Pending" if self.held.is_none() => Some(self.hold_until),
            "Approved" => self.approved,
            "Paid" => self.sent,
            _ => None,
        }
    }
}

#[cfg(test)]
impl Earning {
    pub fn example() -> Self {
        Self {
            id: CommissionId::v7(1, &[1; 10]),
            kind: "Conversion".to_owned(),
            sold: Some("Sale".to_owned()),
            imported: false,
            program: "Partners".to_owned(),
            link: None,
            customer: None,
            at: Timestamp::EPOCH,
            created: Timestamp::EPOCH,
            sale: None,
            amount: 500,
            earned: 500,
            paid: 0,
            reserved: 0,
            currency: "USD".to_owned(),
            status: "Pending".to_owned(),
            held: None,
            hold_until: Timestamp::EPOCH,
            approved: None,
            sent: None,
            left: false,
        }
    }
}

/// Newest first. What someone gave is listed under the day on which it was given; clicks, and bonuses of the past,
/// under their UTC day. Of the sale behind an override, which is a recruit's, only the time is shown.
pub async fn list(tx: &mut TenantTx, affiliate: AffiliateId, filter: &Filter) -> Result<Vec<Earning>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select m.id, m.kind, c.kind as "sold?", m.component_id is not distinct from $12 as "imported!", p.name as program, m.happened_at as "at!", m.created_at,
                  c.amount as "sale?", c.currency as "sale_currency?", m.amount, m.earned, m.paid, m.reserved, m.currency,
                  m.status, m.held as "held: Held", m.hold_until, m.approved_at,
                  coalesce(u.buyer_id, c.customer_id) as "customer?: Uuid", l.host || '/' || l.slug as "link?",
                  (select max(o.sent_at) from payout_items i
                   join payouts o on o.organization_id = i.organization_id and o.id = i.payout_id and o.status = 'Sent'
                        and not o.settled_there
                   where i.organization_id = $1 and i.commission_id = m.id) as "sent?",
                  exists (select 1 from payout_items i
                          join payouts o on o.organization_id = i.organization_id and o.id = i.payout_id
                               and o.settled_there
                          where i.organization_id = $1 and i.commission_id = m.id) as "left!"
           from commissions m
           join programs p on p.organization_id = m.organization_id and p.id = m.program_id
           left join conversions c on c.organization_id = m.organization_id and c.id = m.conversion_id
                and m.kind <> 'Override'
           left join customers u on u.organization_id = m.organization_id and u.id = c.customer_id
           left join links l on l.organization_id = m.organization_id and l.id = c.link_id and l.affiliate_id = m.affiliate_id
           where m.organization_id = $1 and m.affiliate_id = $2 and ($3::uuid is null or m.id = $3)
             and ($4::text[] = '{}' or m.kind = any ($4)) and ($5::text is null or c.kind = $5)
             and ($6::text is null or m.status = $6)
             and ($7::timestamptz is null or m.happened_at >= $7) and ($8::timestamptz is null or m.happened_at < $8)
             and ($13::timestamptz is null or case
                  when m.kind = 'Click'
                      or (m.kind in ('Bonus', 'Adjustment') and m.component_id is not distinct from $12)
                      then m.happened_at >= $15 and m.happened_at < $16
                  when m.kind in ('Bonus', 'Adjustment') then m.created_at >= $13 and m.created_at < $14
                  else m.happened_at >= $13 and m.happened_at < $14 end)
             and ($9::timestamptz is null or (m.happened_at, m.id) < ($9, $11))
           order by m.happened_at desc, m.id desc limit $10"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        filter.id.map(|id| id.uuid()),
        &filter.kinds,
        filter.sold,
        filter.status,
        filter.days.map(|days| days.earliest()),
        filter.days.map(|days| days.latest()),
        filter.after.map(|(moment, _)| moment),
        filter.limit,
        filter.after.map(|(_, id)| id),
        COMPONENT,
        filter.days.map(|days| days.from),
        filter.days.map(|days| days.to),
        filter.days.map(|days| days.utc_from),
        filter.days.map(|days| days.utc_to),
    )
    .fetch_all(tx.conn())
    .await?;
    let earnings = rows.into_iter().map(|row| Earning {
        id: CommissionId::new(row.id),
        kind: row.kind,
        sold: row.sold,
        imported: row.imported,
        program: row.program,
        link: row.link,
        customer: row.customer.map(pseudonym),
        at: row.at,
        created: row.created_at,
        sale: row.sale.zip(row.sale_currency),
        amount: row.amount,
        earned: row.earned,
        paid: row.paid,
        reserved: row.reserved,
        currency: row.currency,
        status: row.status,
        held: row.held,
        hold_until: row.hold_until,
        approved: row.approved_at,
        sent: row.sent,
        left: row.left,
    });
    Ok(earnings.collect())
}

/// Four digits in place of a buyer's id. All joined customers of the buyer have the same.
fn pseudonym(buyer: Uuid) -> String {
    let [.., high, low] = *buyer.as_bytes();
    format!("{high:02X}{low:02X}")
}

/// A click.
#[derive(Debug)]
pub struct Visit {
    pub id: ClickId,
    pub at: Timestamp,
    pub link: Option<String>,
    pub country: Option<String>,
    pub referrer: Option<String>,
    pub device: String,
}

/// Clicks by people on the affiliate's links, newest first.
pub async fn clicks(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (from, to): (Timestamp, Timestamp),
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<Visit>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.clicked_at, l.host || '/' || l.slug as "link?", c.country, c.referrer_host, c.device
           from (select id, clicked_at, link_id, country, referrer_host, device from clicks
                 where organization_id = $1 and affiliate_id = $2 and class = 'human'
                   and clicked_at >= $3 and clicked_at < $4
                   and ($5::timestamptz is null or (clicked_at, id) < ($5, $6))
                 order by clicked_at desc, id desc limit $7) c
           left join links l on l.organization_id = $1 and l.id = c.link_id
           order by c.clicked_at desc, c.id desc"#,
        tx.organization().uuid(),
        affiliate.uuid(),
        from,
        to,
        after.map(|(moment, _)| moment),
        after.map(|(_, id)| id),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let visits = rows.into_iter().map(|row| Visit {
        id: ClickId::new(row.id),
        at: row.clicked_at,
        link: row.link,
        country: row.country,
        referrer: row.referrer_host,
        device: row.device,
    });
    Ok(visits.collect())
}
