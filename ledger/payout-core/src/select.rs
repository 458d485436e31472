//! Decides whom a run pays, and whom it leaves out and why. Each affiliate with a balance is in exactly one of the two
//! groups.

use shared::money::{Currency, Money};

use crate::{portion, rail::Rail, tax::gate::Verdict};

/// An affiliate with a positive or negative balance in the run's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// What is payable and in no payout, in minor units; negative if more was paid than is owed.
    pub payable: i64,
    pub is_approved: bool,
    /// A payout in this currency is in progress.
    pub is_in_payout: bool,
    pub is_on_hold: bool,
    /// The method that they chose instead of Stripe; never [`Rail::Stripe`].
    pub method: Option<Rail>,
    /// Their account with the brand's Stripe platform, if the brand has connected one.
    pub account: Account,
    pub tax: Verdict,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Account {
    /// The brand has no Stripe account connected.
    NotOffered,
    None,
    NotReady,
    Ready,
}

/// Terms that are the same for the whole run.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    pub currency: Currency,
    /// In minor units; smaller amounts aren't paid.
    pub minimum: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Paid(Payment),
    LeftOut(Reason),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payment {
    pub rail: Rail,
    /// What leaves their balance.
    pub amount: i64,
    /// The part of it that is withheld as tax.
    pub withheld: i64,
    /// Why tax is withheld: a stable code.
    pub withheld_reason: Option<&'static str>,
    /// A warning although they are paid in full: a stable code.
    pub warning: Option<&'static str>,
}

/// Why an affiliate isn't paid: the first reason that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    NotApproved,
    InAnotherRun,
    NegativeBalance,
    OnHold,
    BelowMinimum,
    NoMethod,
    NoAccount,
    AccountNotReady,
    NoTaxForm,
    /// A person left them out of the run; [`choose`] never does.
    Excluded,
}

impl Reason {
    pub const ALL: [Self; 10] = [
        Self::NotApproved,
        Self::InAnotherRun,
        Self::NegativeBalance,
        Self::OnHold,
        Self::BelowMinimum,
        Self::NoMethod,
        Self::NoAccount,
        Self::AccountNotReady,
        Self::NoTaxForm,
        Self::Excluded,
    ];

    /// The name in the database and the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotApproved => "not_approved",
            Self::InAnotherRun => "in_another_run",
            Self::NegativeBalance => "negative_balance",
            Self::OnHold => "on_hold",
            Self::BelowMinimum => "below_minimum",
            Self::NoMethod => "no_method",
            Self::NoAccount => "no_account",
            Self::AccountNotReady => "account_not_ready",
            Self::NoTaxForm => "no_tax_form",
            Self::Excluded => "excluded",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }

    /// A short title.
    pub const fn title(self) -> &'static str {
        match self {
            Self::NotApproved => "Not approved",
            Self::InAnotherRun => "In another run",
            Self::NegativeBalance => "Negative balance",
            Self::OnHold => "Payouts on hold",
            Self::BelowMinimum => "Below the minimum",
            Self::NoMethod => "No payout method",
            Self::NoAccount => "No Stripe account",
            Self::AccountNotReady => "Stripe account not ready",
            Self::NoTaxForm => "No tax form",
            Self::Excluded => "Excluded manually",
        }
    }

    /// A sentence.
    pub const fn message(self) -> &'static str {
        match self {
            Self::NotApproved => "They aren't an approved affiliate.",
            Self::InAnotherRun => "They already have a payout in progress in this currency.",
            Self::NegativeBalance => "Refunds lowered their balance below zero.",
            Self::OnHold => "Their payouts are on hold.",
            Self::BelowMinimum => "The balance is below the minimum payout.",
            Self::NoMethod => "They don't have a payout method yet.",
            Self::NoAccount => "They haven't started setting up their Stripe account.",
            Self::AccountNotReady => "Their Stripe account can't receive transfers yet.",
            Self::NoTaxForm => "No valid tax form is on file.",
            Self::Excluded => "The person who paid left them out.",
        }
    }

    /// What can be done about it, if anything.
    pub const fn next_action(self) -> &'static str {
        match self {
            Self::NotApproved => "Approve them, or pay outside a run and record the payment.",
            Self::InAnotherRun => "No action needed. The rest is included in the next run after that payout ends.",
            Self::NegativeBalance => "No action needed. New earnings will offset it.",
            Self::OnHold => "Check the reason for the hold, then release their payouts.",
            Self::BelowMinimum => "No action needed: the balance carries over. Or lower the minimum.",
            Self::NoMethod => "Connect your Stripe account, or ask them to choose PayPal or Wise in their portal.",
            Self::NoAccount => "Ask them to open \"Payouts\" in their portal.",
            Self::AccountNotReady => "Ask them to open \"Payouts\" in their portal to see what Stripe still needs.",
            Self::NoTaxForm => {
                "Ask them to submit a tax form in their portal, or change the payout setting for missing forms."
            }
            Self::Excluded => "No action needed. The next run includes them.",
        }
    }
}

/// Decides whether a candidate is paid.
pub fn choose(candidate: &Candidate, terms: Terms) -> Choice {
    match reason(candidate, terms) {
        Err(reason) => Choice::LeftOut(reason),
        Ok(payment) => Choice::Paid(payment),
    }
}

fn reason(candidate: &Candidate, terms: Terms) -> Result<Payment, Reason> {
    let unless = |fine: bool, reason: Reason| if fine { Ok(()) } else { Err(reason) };
    unless(candidate.is_approved, Reason::NotApproved)?;
    unless(!candidate.is_in_payout, Reason::InAnotherRun)?;
    unless(candidate.payable >= 0, Reason::NegativeBalance)?;
    unless(!candidate.is_on_hold, Reason::OnHold)?;
    unless(candidate.payable >= terms.minimum.max(1), Reason::BelowMinimum)?;
    let rail = match (candidate.method, candidate.account) {
        (Some(rail), _) => rail,
        (None, Account::Ready) => Rail::Stripe,
        (None, Account::NotOffered) => return Err(Reason::NoMethod),
        (None, Account::None) => return Err(Reason::NoAccount),
        (None, Account::NotReady) => return Err(Reason::AccountNotReady),
    };
    let (withheld_reason, warning) = match candidate.tax {
        Verdict::Pay => (None, None),
        Verdict::PayAndWarn(why) => (None, Some(why.code)),
        Verdict::Withhold(why) => (Some(why.code), None),
        Verdict::Hold(_) => return Err(Reason::NoTaxForm),
    };
    let payable = Money::new(candidate.payable, terms.currency);
    let portion = portion::of(payable, rail, withheld_reason.is_some()).ok_or(Reason::BelowMinimum)?;
    unless(portion.amount >= terms.minimum.max(1), Reason::BelowMinimum)?;
    Ok(Payment { rail, amount: portion.amount, withheld: portion.withheld, withheld_reason, warning })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tax::gate::{Gate, TaxFormStatus, decide};

    const READY: Candidate = Candidate {
        payable: 10_000,
        is_approved: true,
        is_in_payout: false,
        is_on_hold: false,
        method: None,
        account: Account::Ready,
        tax: Verdict::Pay,
    };

    fn chosen(candidate: &Candidate) -> Choice {
        choose(candidate, Terms { currency: Currency::USD, minimum: 1_000 })
    }

    #[test]
    fn each_reason_has_its_case() {
        let held = decide(Gate::Hold, TaxFormStatus::Missing);
        for (candidate, reason) in [
            (Candidate { is_approved: false, payable: -5, ..READY }, Reason::NotApproved),
            (Candidate { is_in_payout: true, ..READY }, Reason::InAnotherRun),
            (Candidate { payable: -1, is_on_hold: true, ..READY }, Reason::NegativeBalance),
            (Candidate { is_on_hold: true, payable: 5, ..READY }, Reason::OnHold),
            (Candidate { payable: 999, account: Account::None, ..READY }, Reason::BelowMinimum),
            (Candidate { account: Account::NotOffered, ..READY }, Reason::NoMethod),
            (Candidate { account: Account::None, ..READY }, Reason::NoAccount),
            (Candidate { account: Account::NotReady, tax: held, ..READY }, Reason::AccountNotReady),
            (Candidate { tax: held, ..READY }, Reason::NoTaxForm),
        ] {
            assert_eq!(chosen(&candidate), Choice::LeftOut(reason));
        }
        assert!(Reason::ALL.into_iter().all(|reason| Reason::parse(reason.as_str()) == Some(reason)));
    }

    #[test]
    fn what_they_chose_counts_before_stripe() {
        let by = |method, account| match chosen(&Candidate { method, account, ..READY }) {
            Choice::Paid(payment) => Some(payment.rail),
            Choice::LeftOut(_) => None,
        };
        assert_eq!(by(None, Account::Ready), Some(Rail::Stripe));
        assert_eq!(by(Some(Rail::PayPal), Account::Ready), Some(Rail::PayPal));
        assert_eq!(by(Some(Rail::Manual), Account::NotOffered), Some(Rail::Manual));
    }

    #[test]
    fn tax_is_withheld_or_warned_of() {
        let paid = |gate, status| match chosen(&Candidate { tax: decide(gate, status), ..READY }) {
            Choice::Paid(payment) => (payment.withheld, payment.withheld_reason.is_some(), payment.warning.is_some()),
            Choice::LeftOut(reason) => panic!("{reason:?}"),
        };
        assert_eq!(paid(Gate::Withhold, TaxFormStatus::Missing), (2_400, true, false));
        assert_eq!(paid(Gate::Warn, TaxFormStatus::Missing), (0, false, true));
        assert_eq!(paid(Gate::Withhold, TaxFormStatus::Valid), (0, false, false));
    }

    #[test]
    fn paypal_pays_whole_forints() {
        let terms = Terms { currency: "HUF".parse().unwrap(), minimum: 0 };
        let candidate = Candidate { payable: 12_345, method: Some(Rail::PayPal), ..READY };
        assert!(matches!(choose(&candidate, terms), Choice::Paid(payment) if payment.amount == 12_300));
        let taxed = Candidate { tax: decide(Gate::Withhold, TaxFormStatus::Missing), ..candidate };
        assert!(
            matches!(choose(&taxed, terms), Choice::Paid(payment) if (payment.amount, payment.withheld) == (10_000, 2_400))
        );
        assert_eq!(choose(&Candidate { payable: 99, ..candidate }, terms), Choice::LeftOut(Reason::BelowMinimum));
    }

    fn candidates() -> impl Strategy<Value = Candidate> {
        let tax = (prop::sample::select(Gate::ALL.to_vec()), prop::sample::select(TaxFormStatus::ALL.to_vec()))
            .prop_map(|(gate, status)| decide(gate, status));
        let method = prop::sample::select(vec![None, Some(Rail::PayPal), Some(Rail::Wise), Some(Rail::Manual)]);
        let account = prop::sample::select(vec![Account::NotOffered, Account::None, Account::NotReady, Account::Ready]);
        (-100_000i64..100_000, any::<[bool; 3]>(), method, account, tax).prop_map(
            |(payable, flags, method, account, tax)| Candidate {
                payable,
                is_approved: flags[0],
                is_in_payout: flags[1],
                is_on_hold: flags[2],
                method,
                account,
                tax,
            },
        )
    }

    proptest! {
           #[test]
           fn each_is_paid_or_left_out_for_a_reason_that_holds(
               candidate in candidates(), minimum in 0i64..20_000, code in prop::sample::select(vec!["USD", "JPY", "HUF"])) {
               let terms = Terms { currency: code.parse().unwrap(), minimum };
               match choose(&candidate, terms) {
                   Choice::Paid(payment) => {
                       prop_assert!(candidate.is_approved && !candidate.is_in_payout && !candidate.is_on_hold);
                       prop_assert!((minimum.max(1)..=candidate.payable).contains(&payment.amount));
                       prop_assert!((0..payment.amount).contains(&payment.withheld));
                       prop_assert_eq!(payment.withheld_reason.is_some(), matches!(candidate.tax, Verdict::Withhold(_)));
                       prop_assert_eq!(payment.rail == Rail::Stripe, candidate.method.is_none());
                       prop_assert!(!matches!(candidate.tax, Verdict::Hold(_)));
                   }
                   Choice::LeftOut(reason) => {
    let holds = match reason {
                       Reason::NotApproved => !candidate.is_approved,
                       Reason::InAnotherRun => candidate.is_in_payout,
                       Reason::NegativeBalance => candidate.payable < 0,
                       Reason::OnHold => candidate.is_on_hold,
                       Reason::BelowMinimum => candidate.payable < minimum.max(1) || candidate.method == Some(Rail::PayPal),
                       Reason::NoMethod => candidate.method.is_none() && candidate.account == Account::NotOffered,
                       Reason::NoAccount => candidate.method.is_none() && candidate.account == Account::None,
                       Reason::AccountNotReady => candidate.method.is_none() && candidate.account == Account::NotReady,
                       Reason::NoTaxForm => matches!(candidate.tax, Verdict::Hold(_)),
                        // Only a person leaves somebody out like that.
                        Reason::Excluded => false,
                   };
    prop_assert!(holds, "{reason:?}");
    }
               }
           }
       }
}
