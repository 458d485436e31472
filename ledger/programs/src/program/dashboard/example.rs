//! Computes an example customer: what each of their payments would earn under a plan. Pure.

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, ProgramId},
    money::{Money, MoneyError},
    timestamp::Timestamp,
};

use super::form::{amount, currency};
use kit::form::{Fields, Problems};
use rules::{
    commission::{
        partner::Partner,
        period::plus_months,
        plan::{Component, Pays, Scope},
        price::BuyerKey,
        simulate::{Draft, Known, Past, simulate},
    },
    conversion::Kind,
    fact::Details,
};

const PAYMENTS_MAX: u16 = 36;
const EARLIER_MAX: u16 = 500;

/// The form's fields as text.
#[derive(Debug, Clone)]
pub(super) struct ExampleForm {
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) payments: String,
    pub(super) earlier: String,
    pub(super) product: String,
    pub(super) country: String,
    pub(super) segment: String,
}

impl ExampleForm {
    pub(super) fn usual(currency: String) -> Self {
        Self {
            amount: "100".to_owned(),
            currency,
            payments: "12".to_owned(),
            earlier: "0".to_owned(),
            product: String::new(),
            country: String::new(),
            segment: String::new(),
        }
    }

    pub(super) fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            amount: text("exAmount"),
            currency: text("exCurrency"),
            payments: text("exPayments"),
            earlier: text("exEarlier"),
            product: text("exProduct"),
            country: text("exCountry"),
            segment: text("exSegment"),
        }
    }

    pub(super) fn read(&self, now: Timestamp, problems: &mut Problems) -> Option<Buyer> {
        let count =
            |text: &str, least: u16, most: u16| text.parse().ok().filter(|count| (least..=most).contains(count));
        let payments = count(&self.payments, 1, PAYMENTS_MAX);
        if payments.is_none() {
            problems.add("exPayments", format!("Enter a number from 1 to {PAYMENTS_MAX}."));
        }
        let earlier = count(&self.earlier, 0, EARLIER_MAX);
        if earlier.is_none() {
            problems.add("exEarlier", format!("Enter a number from 0 to {EARLIER_MAX}."));
        }
        let in_currency = currency(&self.currency).map_err(|problem| problems.add("exCurrency", problem)).ok()?;
        let amount = amount(&self.amount, in_currency).map_err(|problem| problems.add("exAmount", problem)).ok()?;
        let text = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Some(Buyer {
            amount,
            payments: payments?,
            earlier: earlier?,
            product: text(&self.product),
            country: text(&self.country).map(|country| country.to_ascii_uppercase()),
            segment: text(&self.segment),
            since: now,
        })
    }
}

/// A customer who pays the same amount each month, referred by an affiliate with earlier sales just before the first
/// payment.
#[derive(Debug, Clone)]
pub(super) struct Buyer {
    pub(super) amount: Money,
    pub(super) payments: u16,
    pub(super) earlier: u16,
    pub(super) product: Option<String>,
    pub(super) country: Option<String>,
    pub(super) segment: Option<String>,
    pub(super) since: Timestamp,
}

/// The earnings of one payment or lead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// 0 for the lead before the first payment.
    pub(super) payment: u16,
    pub(super) earned: Vec<Money>,
    /// The calculation steps.
    pub(super) steps: Vec<String>,
}

/// Whether a plan pays for leads: then the customer starts as one.
pub(super) fn has_leads(components: &[Component]) -> bool {
    components.iter().any(|component| matches!(component.pays, Pays::PerLead(_)))
}

/// Computes a line for each payment, and one more at the beginning for a lead.
///
/// # Errors
/// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
pub(super) fn work_out(components: &[Component], buyer: &Buyer, with_lead: bool) -> Result<Vec<Line>, MoneyError> {
    let affiliate = AffiliateId::from_bytes([1; 16]);
    let mut sales = Vec::new();
    for number in 0..buyer.earlier {
        let at = buyer.since.plus_millis(-i64::from(buyer.earlier - number));
        let conversion = conversion(sales.len());
        sales.push(buyer.sale(conversion, BuyerKey::Unknown(conversion), (Kind::Sale, 1), (at, at)));
    }
    let own = BuyerKey::Customer(CustomerId::from_bytes([1; 16]));
    let first = sales.len();
    if with_lead {
        let lead = buyer.sale(conversion(first), own, (Kind::Lead, 1), (buyer.since, buyer.since));
        sales.push(Past { amount: Money::zero(buyer.amount.currency), ..lead });
    }
    for payment in 1..=buyer.payments {
        let at = plus_months(buyer.since, u32::from(payment) - 1);
        let kind = if payment == 1 { Kind::Sale } else { Kind::Recurring };
        sales.push(buyer.sale(conversion(sales.len()), own, (kind, u32::from(payment)), (buyer.since, at)));
    }
    let draft = Draft {
        program: ProgramId::from_bytes([1; 16]),
        scope: Scope::Program,
        components: components.to_vec(),
        from: Timestamp::EPOCH,
        to: plus_months(buyer.since, 1_200),
    };
    let segments = vec![(Timestamp::EPOCH, buyer.segment.clone())];
    let partners = [(affiliate, Partner { segments, ..Partner::default() })].into_iter().collect();
    let simulation = simulate(&draft, &sales, &Known { partners, ..Known::default() }, sales.len())?;
    let lead = u16::from(with_lead);
    let line = |payment: u16| {
        let place = first + usize::from(payment);
        let found = simulation.examples.iter().find(|example| example.sale == place);
        let earned: Vec<_> = found.and_then(|example| example.simulated.as_ref()).into_iter().flatten().collect();
        Line {
            payment: payment + 1 - lead,
            earned: earned.iter().map(|earned| earned.left).collect(),
            steps: earned.iter().map(|earned| earned.steps.join("; ")).collect(),
        }
    };
    Ok((0..buyer.payments + lead).map(line).collect())
}

pub(super) fn conversion(number: usize) -> ConversionId {
    ConversionId::v7(u64::try_from(number).unwrap_or_default(), &[0; 10])
}

impl Buyer {
    pub(super) fn sale(
        &self,
        conversion: ConversionId,
        buyer: BuyerKey,
        (kind, sequence): (Kind, u32),
        (bound_at, occurred_at): (Timestamp, Timestamp),
    ) -> Past {
        Past {
            conversion,
            external_id: conversion.to_string(),
            affiliate: AffiliateId::from_bytes([1; 16]),
            buyer,
            kind,
            sequence,
            bound_at,
            occurred_at,
            amount: self.amount,
            refunded: 0,
            product_id: self.product.clone(),
            details: Details { country: self.country.clone(), ..Details::default() },
            denied: false,
            waits: false,
            is_claim: false,
            is_apart: false,
            version: None,
            plan_at: bound_at,
            booked: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::money::Currency;

    use super::*;

    fn buyer(payments: u16, earlier: u16) -> Buyer {
        Buyer {
            amount: Money::new(10_000, Currency::USD),
            payments,
            earlier,
            product: None,
            country: Some("US".to_owned()),
            segment: Some("gold".to_owned()),
            since: Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap(),
        }
    }

    fn earned(json: &str, buyer: &Buyer) -> Vec<i64> {
        let components: Vec<Component> = serde_json::from_str(json).unwrap();
        let lines = work_out(&components, buyer, has_leads(&components)).unwrap();
        lines.iter().map(|line| line.earned.iter().map(|money| money.minor).sum()).collect()
    }

    #[test]
    fn each_payment_is_priced_as_a_real_one() {
        let year = r#"[{"type":"percentage","ratePercent":"25","duration":{"months":2}}]"#;
        assert_eq!(earned(year, &buyer(4, 0)), [2_500, 2_500, 0, 0]);
        let hybrid = r#"[{"type":"first_conversion","amountCents":5000,"currency":"USD"},
                         {"type":"percentage","ratePercent":"10","when":{"on":"recurring"}}]"#;
        assert_eq!(earned(hybrid, &buyer(3, 0)), [5_000, 1_000, 1_000]);
        let lead = r#"[{"type":"per_lead","amountCents":200,"currency":"USD"},{"type":"flat","amountCents":700,"currency":"USD"}]"#;
        assert_eq!(earned(lead, &buyer(2, 0)), [200, 700, 700]);
    }

    #[test]
    fn what_was_sold_earlier_counts_for_tiers() {
        let tiers = r#"[{"type":"tiers","by":"sales","period":"month","mode":"marginal",
                         "steps":[{"from":1,"ratePercent":"10"},{"from":11,"ratePercent":"20"}]}]"#;
        assert_eq!(earned(tiers, &buyer(2, 9)), [1_000, 1_000]);
        assert_eq!(earned(tiers, &buyer(2, 10)), [2_000, 1_000]);
        let cap = r#"[{"type":"percentage","ratePercent":"50","cap":{"currency":"USD","perCustomer":12000}}]"#;
        assert_eq!(earned(cap, &buyer(3, 3)), [5_000, 5_000, 2_000]);
    }

    #[test]
    fn conditions_are_asked_of_the_customer() {
        for (when, paid) in [
            (r#"{"countries":["US"]}"#, 2_000),
            (r#"{"countries":["DE"]}"#, 0),
            (r#"{"segments":["gold"]}"#, 2_000),
            (r#"{"segments":["silver"]}"#, 0),
            (r#"{"products":["pro"]}"#, 0),
        ] {
            let json = format!(r#"[{{"type":"percentage","ratePercent":"20","when":{when}}}]"#);
            assert_eq!(earned(&json, &buyer(1, 0)), [paid], "{when}");
        }
    }

    #[test]
    fn a_mistake_is_named() {
        let mut problems = Problems::default();
        let form =
            ExampleForm { payments: "99".to_owned(), amount: "x".to_owned(), ..ExampleForm::usual("USD".to_owned()) };
        assert!(form.read(Timestamp::EPOCH, &mut problems).is_none());
        assert!(problems.of("exPayments").is_some() && problems.of("exAmount").is_some());
    }
}
