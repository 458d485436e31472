//! Figures of a period of an organization's days, the same on every page.
//!
//! A day begins when the organization's clocks say so, and what happened in it is counted exactly. Figures are added up by
//! UTC hour and by UTC day; where a day begins elsewhere, the clicks and conversions around its start are counted one by
//! one:
//!
//! - Days that begin on an hour of UTC are sums of the roll-ups by hour. Those that begin at a quarter past or half past
//!   one also need single clicks ([`kit::page::span::Span::parts`]). If these are deleted by the organization's
//!   retention, that part of an hour counts to the day before.
//! - Conversions of affiliates are added up by UTC day only. The macro [`sold`](crate::sold) adds and takes away those
//!   between the start of a day and the next midnight of UTC.
//! - A day's clicks that are paid, a bonus or an adjustment count at the start of their UTC day.

use uuid::Uuid;

pub mod sold_store;
pub mod store;

/// Which clicks or conversions are counted. Everything, by default.
#[derive(Debug, Default, Clone, Copy)]
pub struct Only<'a> {
    pub affiliates: Option<&'a [Uuid]>,
    pub program: Option<Uuid>,
    pub link: Option<Uuid>,
    pub countries: Option<&'a [String]>,
    pub devices: Option<&'a [String]>,
    pub sources: Option<&'a [String]>,
}

/// Clicks by people on one day; days are numbered from the period's first one. Several rows may be about one day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clicks {
    pub day: i32,
    pub clicks: i64,
}

/// One day's figures in one currency. A renewal counts as a conversion; a lead doesn't.
#[derive(Debug, Clone)]
pub struct Sold {
    pub day: i32,
    pub currency: String,
    pub conversions: i64,
    pub renewals: i64,
    pub leads: i64,
    pub revenue: i64,
    pub commission: i64,
}

/// An affiliate's figures of a whole period in one currency.
#[derive(Debug, Clone)]
pub struct SoldBy {
    pub affiliate: Uuid,
    pub currency: String,
    pub conversions: i64,
    pub renewals: i64,
    pub revenue: i64,
    pub commission: i64,
}
