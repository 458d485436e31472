//! What can be reported: sales, leads, refunds and disputes, each with its own time. No ledger here, and no ids but names.
//!
//! Times are seconds since the case began. Whatever happened on a day happened hours before that day's business clock
//! shows it, so that the seconds which a test takes can't matter.

use std::collections::{BTreeMap, BTreeSet};

pub(crate) const DAY: i64 = 86_400;
const MINUTE: i64 = 60;

/// Few, so that they meet.
pub(crate) const SALES: u8 = 24;
pub(crate) const LEADS: u8 = 5;
/// As brand and gateway name buyers; two of them may turn out to be one.
pub(crate) const CUSTOMERS: u8 = 5;
/// The last one is the first affiliate's own.
pub(crate) const EMAILS: u8 = 3;
pub(crate) const OF_AN_AFFILIATE: u8 = EMAILS - 1;
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

/// A buyer as a report names them, perhaps with an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Customer {
    pub(crate) number: u8,
    pub(crate) email: Option<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reporter {
    Brand,
    /// A checkout session, with tax on top.
    Stripe,
}

/// One report of a sale. The brand and the gateway may both report it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sale {
    pub(crate) sale: u8,
    pub(crate) reporter: Reporter,
    pub(crate) customer: Option<Customer>,
    /// Without tax.
    pub(crate) cents: i64,
    pub(crate) tax: i64,
    pub(crate) currency: Currency,
    /// One of the customer's; only the brand reports it.
    pub(crate) subscription: Option<u8>,
    pub(crate) evidence: Evidence,
}

impl Sale {
    /// Whose, and which one.
    pub(crate) fn subscription(&self) -> Option<(u8, u8)> {
        let number = self.subscription.filter(|_| self.reporter == Reporter::Brand)?;
        Some((self.customer?.number, number))
    }

    pub(crate) const fn paid(&self) -> i64 {
        match self.reporter {
            Reporter::Brand => self.cents,
            Reporter::Stripe => self.cents + self.tax,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Lead {
    pub(crate) lead: u8,
    pub(crate) customer: Customer,
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
    /// When the edge received it, which may be long before the ledger hears of it.
    pub(crate) received: i64,
    pub(crate) fact: Fact,
}

/// Whose: a buyer's (by the smallest number of theirs), or one lone purchase's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Owner {
    Buyer(u8),
    Alone(Name),
}

/// A sale or lead, as all its reports make it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Conversion {
    pub(crate) name: Name,
    pub(crate) at: i64,
    pub(crate) owner: Owner,
    pub(crate) cents: i64,
    pub(crate) paid: i64,
    pub(crate) currency: Currency,
    pub(crate) subscription: Option<(u8, u8)>,
}

impl Conversion {
    pub(crate) const fn is_lead(&self) -> bool {
        matches!(self.name, Name::Lead(_))
    }
}

/// Who bought: which customers are one, which of a sale's several it was reported for first, and each one's addresses.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    buyers: Vec<u8>,
    firsts: BTreeMap<u8, u8>,
    emails: BTreeMap<u8, BTreeSet<u8>>,
}

impl People {
    /// Of customers who are one as the pairs say.
    pub(crate) fn of(reported: &[Event], pairs: &[(u8, u8)]) -> Self {
        let mut people = Self { buyers: (0..CUSTOMERS).collect(), ..Self::default() };
        for (one, other) in pairs {
            people.join(*one, *other);
        }
        let mut received: Vec<&Event> = reported.iter().collect();
        received.sort_by_key(|event| (event.received, event.number));
        for event in received {
            if let Fact::Sale(Sale { sale, customer: Some(customer), .. }) = event.fact {
                people.firsts.entry(sale).or_insert(customer.number);
            }
            if let Some(Customer { number, email: Some(email) }) = event.customer() {
                people.emails.entry(people.buyer(number)).or_default().insert(email);
            }
        }
        people
    }

    fn join(&mut self, one: u8, other: u8) {
        let (one, other) = (self.buyer(one), self.buyer(other));
        self.buyers.iter_mut().filter(|buyer| **buyer == one.max(other)).for_each(|buyer| *buyer = one.min(other));
    }

    /// Whose a sale is, whoever else it was reported for.
    fn owner(&self, name: Name, reported: Option<u8>) -> Owner {
        let first = match name {
            Name::Sale(sale) => self.firsts.get(&sale).copied(),
            Name::Lead(_) => reported,
        };
        first.map_or(Owner::Alone(name), |customer| Owner::Buyer(self.buyer(customer)))
    }

    pub(crate) fn buyer(&self, customer: u8) -> u8 {
        self.buyers[usize::from(customer)]
    }

    pub(crate) fn has(&self, owner: Owner, email: u8) -> bool {
        matches!(owner, Owner::Buyer(buyer) if self.emails.get(&buyer).is_some_and(|emails| emails.contains(&email)))
    }

    /// Different buyers with one address.
    pub(crate) fn share_an_address(&self, one: Owner, other: Owner) -> bool {
        one != other && (0..EMAILS).any(|email| self.has(one, email) && self.has(other, email))
    }
}

impl Event {
    pub(crate) const fn customer(&self) -> Option<Customer> {
        match self.fact {
            Fact::Sale(sale) => sale.customer,
            Fact::Lead(lead) => Some(lead.customer),
            _ => None,
        }
    }

    /// What it reports about a sale or lead.
    fn conversion(&self, people: &People) -> Option<Conversion> {
        let owner = |name| people.owner(name, self.customer().map(|customer| customer.number));
        match self.fact {
            Fact::Sale(sale) => Some(Conversion {
                name: Name::Sale(sale.sale),
                at: self.at,
                owner: owner(Name::Sale(sale.sale)),
                cents: sale.cents,
                paid: sale.paid(),
                currency: sale.currency,
                subscription: sale.subscription(),
            }),
            Fact::Lead(lead) => Some(Conversion {
                name: Name::Lead(lead.lead),
                at: self.at,
                owner: owner(Name::Lead(lead.lead)),
                cents: 0,
                paid: 0,
                currency: Currency::Usd,
                subscription: None,
            }),
            _ => None,
        }
    }
}

/// Everything sold and every lead, by name.
pub(crate) fn conversions(reported: &[Event], people: &People) -> BTreeMap<Name, Conversion> {
    let mut all: BTreeMap<Name, Conversion> = BTreeMap::new();
    for one in reported.iter().filter_map(|event| event.conversion(people)) {
        let known = all.entry(one.name).or_insert(one);
        known.at = known.at.min(one.at);
        known.paid = known.paid.max(one.paid);
        known.subscription = known.subscription.or(one.subscription);
    }
    all
}
