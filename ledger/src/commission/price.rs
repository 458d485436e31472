//! What sales earn: every component of a plan version on every sale given, with its arithmetic in words.
//!
//! Pure, and blind to the order in which sales are given or became known: sales count by their own dates. A refund takes
//! its share of its own sale's commission and never raises another one's; where tiers or caps make sales depend on each
//! other, what they depend on is chosen so that this holds.

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::plan::PlanVersion;
use crate::{conversion::Kind, fact::Details};

/// A conversion that is credited to an affiliate under a plan version.
///
/// For a conversion credited while no plan was in force, which still counts for others' tiers, give a version without
/// components.
#[derive(Debug, Clone, Copy)]
pub struct Sale<'a> {
    pub conversion: ConversionId,
    pub external_id: &'a str,
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub buyer: BuyerKey,
    pub version: &'a PlanVersion,
    pub kind: Kind,
    /// 1: the buyer's first sale of more than nothing in this program; for a lead, their first lead. Refunds don't
    /// change it.
    pub sequence: u32,
    /// When the buyer was bound: where [`Duration::Months`](super::plan::Duration::Months) begins.
    pub bound_at: Timestamp,
    pub occurred_at: Timestamp,
    /// Commissionable, before refunds.
    pub amount: Money,
    /// Commissionable minor units refunded or lost so far.
    pub refunded: i64,
    pub product_id: Option<&'a str>,
    pub details: &'a Details,
    /// The affiliate's.
    pub segment: Option<&'a str>,
}

/// Whose conversions a customer's cap adds up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuyerKey {
    Customer(CustomerId),
    /// Nobody knows who bought: a buyer of one conversion.
    Unknown(ConversionId),
}

/// What one component earns on one sale; never zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// The component's index in its version.
    pub component: i32,
    /// Before this sale's own refunds.
    pub earned: Money,
    /// After them.
    pub left: Money,
    /// The arithmetic in words, one sentence each, without full stops.
    pub steps: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Priced {
    Earned(Earned),
    /// The pool that it depends on is not complete among the sales given: what is booked for it stands.
    Kept {
        component: i32,
    },
}

/// The conversions of one affiliate in one program and period, whatever plan versions they are under.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pool {
    pub program: ProgramId,
    pub affiliate: AffiliateId,
    pub from: Timestamp,
    /// Exclusive.
    pub to: Timestamp,
}

/// For each sale, in the order given, what its version's components earn. Components that earn nothing are left out.
///
/// All conversions of a buyer must be among `sales` if any is: a customer's cap adds them up. `complete` says whether all
/// conversions of a pool are.
///
/// # Errors
/// [`MoneyError::Overflow`] where a commission exceeds 64 bits.
pub fn price(sales: &[Sale<'_>], complete: impl Fn(&Pool) -> bool) -> Result<Vec<Vec<Priced>>, MoneyError> {
    todo!()
}

/// The pools whose other conversions this sale's price depends on; none for plans without tiers and affiliates' caps.
pub fn pools(sale: &Sale<'_>) -> Vec<Pool> {
    todo!()
}

/// The pools whose prices a conversion of this affiliate at this moment may change, when any of the affiliate's buyers
/// are bound to these versions. A conversion counts for others' tiers also where its own version has none.
pub fn reached<'a>(
    versions: impl IntoIterator<Item = &'a PlanVersion>,
    program: ProgramId,
    affiliate: AffiliateId,
    occurred_at: Timestamp,
) -> Vec<Pool> {
    todo!()
}
