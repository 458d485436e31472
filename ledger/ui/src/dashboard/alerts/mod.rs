//! The overview's alerts: payments that earn two commissions, refunds that don't match their sale, refunds and disputes of
//! unknown sales, broken gateway connections, CRMs with failing syncs, and payouts that are stuck. Alerts that need no
//! decision can be dismissed ([`dismiss`]).

pub mod dismiss;
pub mod kind;
pub mod store;

use shared::{
    id::{ConversionId, CrmConnectionId, EventId, GatewayConnectionId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use self::{
    kind::Kind,
    store::{Orphan, PaidTwice, UnmatchedRefund},
};
use super::payouts;
use engine::explain::words;
use integrations::{
    gateway_connection::{self, catalogue, store::Broken},
    sync::{
        dashboard,
        read_store::{self, FailingCrm},
    },
};
use kit::{
    db::TenantTx,
    page::zone::{When, Zone},
};
use rules::{conversion::RefundIssue, format};

/// How far back alerts reach, and how many of each kind are shown.
const DAYS: i64 = 30;
const ROWS: i64 = 5;
const COUNTED_MAX: i64 = 100;

#[derive(Debug)]
pub struct Alerts {
    pub paid_twice: Vec<PaidTwiceRow>,
    pub sales: Vec<SaleRow>,
    pub orphans: Vec<OrphanRow>,
    pub gateways: Vec<GatewayRow>,
    pub crms: Vec<CrmRow>,
    pub money: Vec<payouts::alerts::MoneyRow>,
}

/// A gateway connection that failed its last check.
#[derive(Debug)]
pub struct GatewayRow {
    pub id: GatewayConnectionId,
    pub name: &'static str,
    pub problem: String,
}

/// A CRM that needs attention.
#[derive(Debug)]
pub struct CrmRow {
    pub id: CrmConnectionId,
    pub name: String,
    /// Why nothing is sent, if the connection is paused.
    pub paused: Option<String>,
    /// Affiliates whose last sync failed.
    pub failed: i64,
    pub more_failed: bool,
}

/// Two sales of one payment.
#[derive(Debug)]
pub struct PaidTwiceRow {
    pub at: When,
    /// The sale under another name, and the one under the gateway's.
    pub pair: [(ConversionId, String); 2],
}

#[derive(Debug)]
pub struct SaleRow {
    pub id: ConversionId,
    pub at: When,
    pub what: String,
    pub external_id: String,
    pub receipt: Option<String>,
}

#[derive(Debug)]
pub struct OrphanRow {
    pub id: EventId,
    pub at: When,
    pub what: String,
    pub external_id: String,
    pub of: String,
    pub amount: String,
}

impl Alerts {
    /// Whether there is anything.
    pub const fn has_failures(&self) -> bool {
        let of_sales = [self.paid_twice.len(), self.sales.len(), self.orphans.len()];
        let others = [self.gateways.len(), self.crms.len(), self.money.len()];
        !matches!((of_sales, others), ([0, 0, 0], [0, 0, 0]))
    }

    /// The line above [`Self::paid_twice`].
    pub fn doubled(&self) -> String {
        several(self.paid_twice.len(), ["payment earns two commissions", "payments earn two commissions"])
    }

    /// The line above [`Self::sales`].
    pub fn unmatched(&self) -> String {
        several(self.sales.len(), ["sale with refunds that don't match", "sales with refunds that don't match"])
    }

    /// The line above [`Self::orphans`].
    pub fn unknown(&self) -> String {
        several(self.orphans.len(), ["refund or dispute of an unknown sale", "refunds and disputes of unknown sales"])
    }

    /// Returns the kind and id of the named row, if it can be dismissed.
    fn dismissible(&self, organization: OrganizationId, row: &str) -> Option<(Kind, Uuid)> {
        let sales = self.sales.iter().map(|one| (one.id.to_string(), Kind::Sale, one.id.uuid()));
        let orphans = self.orphans.iter().map(|one| (one.id.to_string(), Kind::Orphan, one.id.uuid()));
        let crms = self.crms.iter().filter(|one| one.failed > 0);
        let crms = crms.map(|one| (format!("{}-failed", one.id), Kind::Crm, one.id.uuid()));
        let money = self.money.iter().filter_map(|one| Some((one.id.clone(), one.kind?, organization.uuid())));
        let mut all = sales.chain(orphans).chain(crms).chain(money);
        all.find(|(name, ..)| name == row).map(|(_, kind, id)| (kind, id))
    }
}

/// `1 sale`, `3 sales`, `5+ sales`: at most [`ROWS`] are read.
fn several(count: usize, [one, many]: [&str; 2]) -> String {
    let is_all = i64::try_from(count).is_ok_and(|count| count < ROWS);
    format!("{count}{} {}", if is_all { "" } else { "+" }, if count == 1 { one } else { many })
}

pub async fn load(tx: &mut TenantTx, now: Timestamp, zone: &Zone) -> Result<Alerts, sqlx::Error> {
    let from = now.plus_days(-DAYS);
    let paid_twice = store::paid_twice(tx, from, ROWS).await?;
    let sales = store::unmatched_refunds(tx, from, ROWS).await?;
    // A sale may be reported after its refund; within a day that is normal.
    let orphans = store::orphans(tx, from, now.plus_days(-1), ROWS).await?;
    let gateways = gateway_connection::store::broken(tx, ROWS).await?;
    let crms = read_store::failing(tx, from, COUNTED_MAX + 1).await?;
    let money = payouts::alerts::load(tx, now).await?;
    Ok(Alerts {
        paid_twice: paid_twice.into_iter().map(|pair| PaidTwiceRow::of(pair, zone)).collect(),
        sales: sales.into_iter().map(|sale| SaleRow::of(sale, zone)).collect(),
        orphans: orphans.into_iter().map(|orphan| OrphanRow::of(orphan, zone)).collect(),
        gateways: gateways.into_iter().map(GatewayRow::from).collect(),
        crms: crms.into_iter().map(CrmRow::from).collect(),
        money,
    })
}

impl From<Broken> for GatewayRow {
    fn from(broken: Broken) -> Self {
        Self { id: broken.id, name: catalogue::name(broken.gateway), problem: broken.problem }
    }
}

impl From<FailingCrm> for CrmRow {
    fn from(crm: FailingCrm) -> Self {
        Self {
            id: crm.id,
            name: dashboard::vendor_name(&crm.vendor),
            paused: crm.paused,
            failed: crm.failed.min(COUNTED_MAX),
            more_failed: crm.failed > COUNTED_MAX,
        }
    }
}

impl PaidTwiceRow {
    fn of(found: PaidTwice, zone: &Zone) -> Self {
        Self { at: zone.when(found.at), pair: [(found.id, found.external_id), (found.gateways, found.name)] }
    }
}

impl SaleRow {
    fn of(sale: UnmatchedRefund, zone: &Zone) -> Self {
        let words: Vec<&str> =
            sale.issues.iter().filter_map(|text| RefundIssue::parse(text)).map(words::refund_issue).collect();
        Self {
            id: sale.id,
            at: zone.when(sale.at),
            what: words.join(" "),
            external_id: sale.external_id,
            receipt: sale.receipt.map(|id| id.to_string()),
        }
    }
}

impl OrphanRow {
    fn of(orphan: Orphan, zone: &Zone) -> Self {
        Self {
            id: orphan.event,
            at: zone.when(orphan.at),
            amount: format::money(orphan.amount, &orphan.currency),
            what: orphan.what,
            external_id: orphan.external_id,
            of: orphan.of,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_may_be_there_than_were_read() {
        let nouns = ["sale", "sales"];
        assert_eq!([1, 2, 5].map(|count| several(count, nouns)), ["1 sale", "2 sales", "5+ sales"]);
    }
}
