//! The emails about billing. They go to an organization's billing email, or to its owners, and can't be turned off.

use shared::timestamp::Timestamp;

use crate::organization::plan::Tier;
use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
};

/// What an email is about. Amounts are in minor units, currencies in capital letters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    TrialStarted {
        tier: Tier,
        end: Timestamp,
    },
    TrialEnding {
        tier: Tier,
        end: Timestamp,
    },
    /// A trial without a card, and without a plan that would follow.
    CardlessTrialStarted {
        end: Timestamp,
    },
    CardlessTrialEnding {
        end: Timestamp,
    },
    TrialExpired,
    PaymentFailed {
        amount: i64,
        currency: String,
        retried_at: Option<Timestamp>,
    },
    Receipt {
        amount: i64,
        currency: String,
        number: Option<String>,
        url: Option<String>,
    },
    /// `before` is `None` if there was no plan, and `Trial` during one.
    PlanChanged {
        before: &'static str,
        after: Tier,
    },
    /// Without an end it has ended already.
    Cancelled {
        end: Option<Timestamp>,
    },
}

impl Notice {
    pub const fn kind(&self) -> EmailKind {
        match self {
            Self::TrialStarted { .. } => EmailKind::BillingTrialStarted,
            Self::TrialEnding { .. } => EmailKind::BillingTrialEnding,
            Self::CardlessTrialStarted { .. } => EmailKind::BillingCardlessTrialStarted,
            Self::CardlessTrialEnding { .. } => EmailKind::BillingCardlessTrialEnding,
            Self::TrialExpired => EmailKind::BillingTrialExpired,
            Self::PaymentFailed { .. } => EmailKind::BillingPaymentFailed,
            Self::Receipt { .. } => EmailKind::BillingReceipt,
            Self::PlanChanged { .. } => EmailKind::BillingPlanChanged,
            Self::Cancelled { .. } => EmailKind::BillingCancelled,
        }
    }
}

/// `page` is the URL of the billing page.
pub fn content(organization: &str, notice: &Notice, page: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let why = t.say("email-billing-why").with("brand", organization);
    let email = |subject| EmailContent::new(look, subject, why);
    match notice {
        Notice::TrialStarted { tier, end } => {
            let message = t.say("email-billing-trial-started-message").with("organization", organization);
            email(t.say("email-billing-trial-started-subject").with("tier", tier.as_str()))
                .paragraph(message.with("tier", tier.as_str()).with("day", t.date(*end)))
                .paragraph(t.say("email-billing-trial-card"))
                .button(t.say("email-billing-manage-button"), page)
        }
        Notice::TrialEnding { tier, end } => {
            let message = t.say("email-billing-trial-ending-message").with("organization", organization);
            email(t.say("email-billing-trial-ending-subject").with("day", t.date(*end)))
                .paragraph(message.with("tier", tier.as_str()).with("day", t.date(*end)))
                .paragraph(t.say("email-billing-trial-card"))
                .button(t.say("email-billing-manage-button"), page)
        }
        Notice::CardlessTrialStarted { end } => {
            let message = t.say("email-billing-cardless-started-message").with("organization", organization);
            email(t.say("email-billing-cardless-started-subject"))
                .paragraph(message.with("day", t.date(*end)))
                .paragraph(t.say("email-billing-cardless-card"))
                .button(t.say("email-billing-choose-button"), page)
        }
        Notice::CardlessTrialEnding { end } => {
            let message = t.say("email-billing-cardless-ending-message").with("organization", organization);
            email(t.say("email-billing-trial-ending-subject").with("day", t.date(*end)))
                .paragraph(message.with("day", t.date(*end)))
                .paragraph(t.say("email-billing-kept"))
                .button(t.say("email-billing-choose-button"), page)
        }
        Notice::TrialExpired => email(t.say("email-billing-trial-expired-subject"))
            .paragraph(t.say("email-billing-trial-expired-message").with("organization", organization))
            .paragraph(t.say("email-billing-kept"))
            .button(t.say("email-billing-choose-button"), page),
        Notice::PaymentFailed { amount, currency, retried_at } => {
            let message = t.say("email-billing-payment-failed-message").with("organization", organization);
            let next = match retried_at {
                Some(at) => t.say("email-billing-payment-failed-next").with("day", t.date(*at)),
                None => t.say("email-billing-payment-failed-last"),
            };
            email(t.say("email-billing-payment-failed-subject"))
                .paragraph(message.with("amount", t.money(*amount, currency)))
                .paragraph(next)
                .button(t.say("email-billing-payment-failed-button"), page)
        }
        Notice::Receipt { amount, currency, number, url } => {
            let amount = t.money(*amount, currency);
            let message = t.say("email-billing-receipt-message").with("organization", organization);
            let label = t.say("email-billing-receipt-number-label").to_string();
            let rows = number.iter().map(|number| (label.clone(), number.clone())).collect();
            email(t.say("email-billing-receipt-subject").with("amount", amount.as_str()))
                .paragraph(message.with("amount", amount))
                .rows(rows)
                .button(t.say("email-billing-receipt-button"), url.clone().unwrap_or(page))
        }
        Notice::PlanChanged { before, after } => {
            let message = match *before {
                "None" | "Trial" => t.say("email-billing-plan-chosen-message"),
                before => t.say("email-billing-plan-changed-message").with("before", before),
            };
            email(t.say("email-billing-plan-changed-subject").with("tier", after.as_str()))
                .paragraph(message.with("organization", organization).with("tier", after.as_str()))
                .button(t.say("email-billing-manage-button"), page)
        }
        Notice::Cancelled { end } => {
            let message = match end {
                Some(end) => t.say("email-billing-cancelled-message").with("day", t.date(*end)),
                None => t.say("email-billing-ended-message"),
            };
            email(t.say("email-billing-cancelled-subject"))
                .paragraph(message.with("organization", organization))
                .paragraph(t.say("email-billing-kept"))
                .button(t.say("email-billing-manage-button"), page)
        }
    }
}

/// Samples of the emails, for development.
pub fn samples(brand: &str, to: &str) -> Result<Vec<Email>> {
    let (end, currency) = (Timestamp::EPOCH.plus_days(14), || "USD".to_owned());
    let samples = [
        Notice::TrialStarted { tier: Tier::Growth, end },
        Notice::TrialEnding { tier: Tier::Growth, end },
        Notice::CardlessTrialStarted { end },
        Notice::CardlessTrialEnding { end },
        Notice::TrialExpired,
        Notice::PaymentFailed { amount: 4_900, currency: currency(), retried_at: Some(end) },
        Notice::Receipt { amount: 4_900, currency: currency(), number: Some("B7F2-0004".to_owned()), url: None },
        Notice::PlanChanged { before: "Starter", after: Tier::Growth },
        Notice::Cancelled { end: Some(end) },
    ];
    let page = || "https://rekomi.test/dashboard/settings/billing".to_owned();
    samples.iter().map(|notice| content(brand, notice, page()).to(to, notice.kind())).collect()
}
