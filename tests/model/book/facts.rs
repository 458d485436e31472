//! What can be told: sales, leads, refunds and disputes, each with its own time. No ledger here, and no ids but names.
//!
//! Times are seconds since the case began. Whatever happened on a day happened hours before that day's business clock
//! shows it, so that the seconds which a test takes can't matter.

use std::collections::BTreeMap;

pub(crate) const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// Few, so that they meet.
pub(crate) const SALES: u8 = 24;
pub(crate) const LEADS: u8 = 5;
pub(crate) const BUYERS: u8 = 3;
pub(crate) const AFFILIATES: usize = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Name {
    Lead(u8),
    Sale(u8),
}

impl Name {
    /// As the brand and its gateway name it. The order of names is the order of these texts.
    pub(crate) fn text(self) -> String {
        match self {
            Self::Sale(sale) => format!("pi_{sale:02}"),
            Self::Lead(lead) => format!("lead_{lead:02}"),
        }
    }

    pub(crate) fn parse(text: &str) -> Self {
        let number = |text: &str| text.parse().unwrap();
        match text.split_once('_') {
            Some(("pi", rest)) => Self::Sale(number(rest)),
            Some(("lead", rest)) => Self::Lead(number(rest)),
            _ => panic!("{text} is nothing of ours"),
        }
    }

    /// The time of day is its own: no two conversions happen within half an hour of each other by accident.
    pub(crate) fn on(self, day: i64) -> i64 {
        let place = match self {
            Self::Sale(sale) => sale,
            Self::Lead(lead) => SALES + lead,
        };
        day * DAY - 18 * 60 * MINUTE + i64::from(place) * 30 * MINUTE
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Currency {
    Usd,
    Eur,
    Jpy,
}

impl Currency {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Usd => "USD",
            Self::Eur => "EUR",
            Self::Jpy => "JPY",
        }
    }

    pub(crate) fn parse(code: &str) -> Self {
        [Self::Usd, Self::Eur, Self::Jpy].into_iter().find(|one| one.code() == code).unwrap()
    }
}

/// What names an affiliate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Evidence {
    None,
    /// A click so many hours before.
    Click {
        affiliate: usize,
        hours: u16,
    },
    Slug {
        affiliate: usize,
    },
    /// The first affiliate's; beats a click.
    Coupon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Teller {
    Brand,
    /// A checkout session, with tax on top.
    Stripe,
}

/// One telling of a sale. The brand and the gateway may both tell it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sale {
    pub(crate) sale: u8,
    pub(crate) teller: Teller,
    pub(crate) buyer: Option<u8>,
    /// Without tax.
    pub(crate) cents: i64,
    pub(crate) tax: i64,
    pub(crate) currency: Currency,
    /// Of the buyer's subscriptions; only the brand tells it.
    pub(crate) subscription: Option<u8>,
    pub(crate) evidence: Evidence,
}

impl Sale {
    pub(crate) const fn paid(&self) -> i64 {
        match self.teller {
            Teller::Brand => self.cents,
            Teller::Stripe => self.cents + self.tax,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lead {
    pub(crate) lead: u8,
    pub(crate) buyer: u8,
    pub(crate) evidence: Evidence,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RefundState {
    Pending,
    Succeeded,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DisputeState {
    Open,
    Won,
    Lost,
}

/// Of a sale, which may be unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) sale: u8,
    pub(crate) cents: i64,
    pub(crate) currency: Currency,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Sale(Sale),
    Lead(Lead),
    /// The brand's word, without tax.
    Refund {
        refund: u8,
        of: Part,
    },
    /// Where one of Stripe's refunds stands by now.
    StripeRefund {
        refund: u8,
        of: Part,
        state: RefundState,
    },
    /// How much of a charge was refunded so far.
    StripeTotal {
        of: Part,
    },
    Dispute {
        dispute: u8,
        of: Part,
        state: DisputeState,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    /// Counts the events of a case.
    pub(crate) number: u32,
    pub(crate) at: i64,
    pub(crate) fact: Fact,
}

/// A sale or lead, as all its tellings make it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    pub(crate) name: Name,
    pub(crate) at: i64,
    pub(crate) buyer: Option<u8>,
    pub(crate) cents: i64,
    pub(crate) paid: i64,
    pub(crate) currency: Currency,
    pub(crate) subscription: Option<u8>,
}

impl Conversion {
    pub(crate) const fn is_lead(&self) -> bool {
        matches!(self.name, Name::Lead(_))
    }
}

/// Everything sold and every lead, by name.
pub(crate) fn conversions(told: &[Event]) -> BTreeMap<Name, Conversion> {
    let mut all: BTreeMap<Name, Conversion> = BTreeMap::new();
    for event in told {
        let one = match event.fact {
            Fact::Sale(sale) => Conversion {
                name: Name::Sale(sale.sale),
                at: event.at,
                buyer: sale.buyer,
                cents: sale.cents,
                paid: sale.paid(),
                currency: sale.currency,
                subscription: sale.subscription.filter(|_| sale.teller == Teller::Brand),
            },
            Fact::Lead(lead) => Conversion {
                name: Name::Lead(lead.lead),
                at: event.at,
                buyer: Some(lead.buyer),
                cents: 0,
                paid: 0,
                currency: Currency::Usd,
                subscription: None,
            },
            _ => continue,
        };
        let known = all.entry(one.name).or_insert(one);
        known.at = known.at.min(one.at);
        known.buyer = known.buyer.or(one.buyer);
        known.paid = known.paid.max(one.paid);
        known.subscription = known.subscription.or(one.subscription);
    }
    all
}
