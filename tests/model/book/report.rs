//! A model's event as it is reported to the ledger: by the brand's backend, or as a Stripe webhook that the edge passed
//! on.

use serde_json::{Value, json};
use shared::{event::Event as ReportedEvent, timestamp::Timestamp};
use world::{
    brand::{Brand, But, Partner},
    stripe::shape,
};

use super::{
    credit::clicked,
    facts::{
        Customer, DisputeState, Event, Evidence, Fact, Lead, Name, OF_AN_AFFILIATE, Part, RefundState, Reporter, Sale,
    },
};

/// Who reports, whom the evidence names, and when second 0 is.
#[derive(Debug)]
pub(crate) struct Scribe<'a> {
    pub(crate) brand: &'a Brand,
    pub(crate) partners: &'a [Partner],
    pub(crate) base: Timestamp,
}

pub(crate) const COUPON: &str = "BOOK";

pub(crate) fn customer_name(customer: u8) -> String {
    format!("customer-{customer}")
}

impl Scribe<'_> {
    fn moment(&self, at: i64) -> Timestamp {
        self.base.plus_millis(at * 1_000)
    }

    /// In one of the spellings that mean the same mailbox.
    fn address(&self, customer: Customer) -> Option<String> {
        Some(match customer.email? {
            OF_AN_AFFILIATE => format!("{}+shop@creators.test", self.partners[0].slug),
            email if customer.number.is_multiple_of(2) => format!("Buyer.{email}@shop.test"),
            email => format!("buyer.{email}+x@Shop.test"),
        })
    }

    fn token(&self, event: &Event, affiliate: usize, hours: u16) -> String {
        self.brand.token(&self.partners[affiliate], self.moment(clicked(event, hours)))
    }

    pub(crate) fn event(&self, event: &Event) -> ReportedEvent {
        ReportedEvent { received_at: self.moment(event.received), ..self.report(event) }
    }

    fn report(&self, event: &Event) -> ReportedEvent {
        match event.fact {
            Fact::Sale(sale) if sale.reporter == Reporter::Stripe => self.checkout(event, &sale),
            Fact::Sale(sale) => self.sale(event, &sale),
            Fact::Lead(lead) => self.lead(event, &lead),
            Fact::Refund { refund, of } => {
                let report = self.brand.refund(&format!("refund-{refund}"), &Name::Sale(of.sale).text(), of.cents);
                report.but(|report| {
                    report.currency = of.currency.code().parse().unwrap();
                    report.occurred_at = Some(self.moment(event.at));
                })
            }
            Fact::StripeRefund { refund, of, state } => {
                let (kind, status) = match state {
                    RefundState::Pending => ("refund.created", "pending"),
                    RefundState::Succeeded => ("refund.updated", "succeeded"),
                    RefundState::Failed => ("refund.failed", "failed"),
                };
                self.stripe(event, "refund.created", kind, |object| {
                    object["id"] = json!(format!("re_{refund}"));
                    object["status"] = json!(status);
                    names(object, of);
                    object["amount"] = json!(of.cents);
                })
            }
            Fact::StripeTotal { of } => self.stripe(event, "charge.refunded.partial", "charge.refunded", |object| {
                names(object, of);
                object["id"] = json!(charge(of.sale));
                object["amount_refunded"] = json!(of.cents);
            }),
            Fact::Dispute { dispute, of, state } => self.dispute(event, dispute, of, state),
        }
    }

    fn sale(&self, event: &Event, sale: &Sale) -> ReportedEvent {
        let report = self.brand.sale(&Name::Sale(sale.sale).text(), sale.cents).but(|report| {
            report.customer_id = sale.customer.map(|customer| customer_name(customer.number));
            report.customer_email = sale.customer.and_then(|customer| self.address(customer));
            report.currency = sale.currency.code().parse().unwrap();
            report.subscription_id = sale.subscription().map(|(whose, number)| format!("sub-{whose}-{number}"));
        });
        self.with_evidence(report, event, sale.evidence)
    }

    fn lead(&self, event: &Event, lead: &Lead) -> ReportedEvent {
        let report = self.brand.lead(&Name::Lead(lead.lead).text());
        let report = report.but(|report| {
            report.customer_id = Some(customer_name(lead.customer.number));
            report.customer_email = self.address(lead.customer);
        });
        self.with_evidence(report, event, lead.evidence)
    }

    fn with_evidence(&self, report: ReportedEvent, event: &Event, evidence: Evidence) -> ReportedEvent {
        report.but(|report| {
            report.occurred_at = Some(self.moment(event.at));
            match evidence {
                Evidence::None => {}
                Evidence::Click { affiliate, hours } => report.click_token = Some(self.token(event, affiliate, hours)),
                Evidence::Slug { affiliate } => report.affiliate_slug = Some(self.partners[affiliate].slug.clone()),
                Evidence::Coupon => report.coupon_code = Some(COUPON.to_owned()),
            }
        })
    }

    fn stripe(&self, event: &Event, fixture: &str, kind: &str, fill: impl FnOnce(&mut Value)) -> ReportedEvent {
        let mut body = shape(fixture);
        body["id"] = json!(format!("evt_{}", event.number));
        body["type"] = json!(kind);
        body["created"] = json!(self.moment(event.at).seconds());
        fill(&mut body["data"]["object"]);
        self.brand.stripe_event(&body)
    }

    fn checkout(&self, event: &Event, sale: &Sale) -> ReportedEvent {
        self.stripe(event, "checkout.session.completed.payment", "checkout.session.completed", |object| {
            object["id"] = json!(format!("cs_{:02}", sale.sale));
            object["payment_intent"] = json!(Name::Sale(sale.sale).text());
            object["customer"] = json!(sale.customer.map(|customer| customer_name(customer.number)));
            object["customer_details"]["email"] = json!(sale.customer.and_then(|customer| self.address(customer)));
            object["currency"] = json!(sale.currency.code().to_lowercase());
            object["amount_subtotal"] = json!(sale.cents);
            object["amount_total"] = json!(sale.paid());
            object["total_details"]["amount_tax"] = json!(sale.tax);
            match sale.evidence {
                Evidence::None => {}
                Evidence::Click { affiliate, hours } => {
                    object["client_reference_id"] = json!(self.token(event, affiliate, hours));
                }
                Evidence::Slug { affiliate } => object["metadata"]["via"] = json!(self.partners[affiliate].slug),
                Evidence::Coupon => object["discounts"] = json!([{ "coupon": null, "promotion_code": COUPON }]),
            }
        })
    }

    fn dispute(&self, event: &Event, dispute: u8, of: Part, state: DisputeState) -> ReportedEvent {
        let (kind, status) = match state {
            DisputeState::Open => ("charge.dispute.updated", "under_review"),
            DisputeState::Won => ("charge.dispute.closed", "won"),
            DisputeState::Lost => ("charge.dispute.closed", "lost"),
        };
        self.stripe(event, "charge.dispute.created", kind, |object| {
            object["id"] = json!(format!("du_{dispute}"));
            object["status"] = json!(status);
            names(object, of);
            object["amount"] = json!(of.cents);
        })
    }
}

fn charge(sale: u8) -> String {
    format!("ch_{sale:02}")
}

fn names(object: &mut Value, of: Part) {
    object["charge"] = json!(charge(of.sale));
    object["payment_intent"] = json!(Name::Sale(of.sale).text());
    object["currency"] = json!(of.currency.code().to_lowercase());
}
