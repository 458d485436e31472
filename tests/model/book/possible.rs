//! Which steps mean something in a state: shrinking leaves steps out, and what others needed with them.

use super::{
    facts::{Event, Fact, Name, RefundState, Sale},
    machine::State,
    payout::PayoutState,
    step::{Step, What},
};

impl State {
    /// Whether it means anything: shrinking leaves steps out.
    pub(super) fn can(&self, step: &Step) -> bool {
        let ideal = &self.ideal;
        let known = |name: &Name| ideal.credits().contains_key(name);
        match step {
            Step::Report(what, _) => {
                let mut then = self.clone();
                what.iter().all(|what| then.can_happen(what) && (then.happen(what), true).1)
            }
            Step::Held { .. } => self.has_held(),
            Step::Again(_) => !ideal.report.is_empty(),
            Step::Plan { affiliate: None, plan, .. } => plan.is_some(),
            Step::Plan { plan: Some(_), .. } => true,
            Step::Plan { affiliate, plan: None, .. } => {
                let own = ideal.versions.iter().rev().find(|version| version.affiliate == *affiliate);
                own.is_some_and(|version| version.plan.is_some())
            }
            Step::Reattribute { name, .. } | Step::Review { name, .. } => known(name),
            Step::Decide { name, component, .. } => {
                self.commission(*name, *component).is_some_and(|key| ideal.commissions().contains_key(&key))
            }
            Step::DecideShare { name, component, .. } => self.share(*name, *component).is_some(),
            Step::DecideExtra { number, .. } => *number < ideal.extras.len(),
            Step::ReleaseBuyer(customer) | Step::Erase(customer) => {
                let mut report = ideal.report.iter().filter_map(Event::customer);
                !self.erased.contains(customer) && report.any(|known| known.number == *customer)
            }
            Step::Send { affiliate, currency, .. } => !ideal.has_open_payout(*affiliate, *currency),
            Step::Goes { number, .. } => {
                ideal.payouts.get(*number).is_some_and(|one| one.stands == PayoutState::Waiting)
            }
            Step::Returns { number, share } => self.comes_back(*number, *share).is_some(),
            Step::ReleaseAffiliate(_)
            | Step::Terms(..)
            | Step::Recruit(..)
            | Step::Give { .. }
            | Step::Pay { .. }
            | Step::Days(_)
            | Step::Kill => true,
        }
    }

    fn can_happen(&self, what: &What) -> bool {
        let all = || self.ideal.report.iter().chain(&self.held);
        match what {
            What::Sale { sale, .. } => self.sale(sale.sale).is_none(),
            What::Retell { sale, .. } => {
                let deliveries: Vec<&Sale> = self.sales.iter().filter(|known| known.sale == *sale).collect();
                matches!(deliveries.as_slice(), [one] if one.cents > 0)
            }
            What::Lead { lead, .. } => !self.leads.contains(&lead.lead),
            What::Refund { refund, .. } => {
                !all().any(|event| matches!(event.fact, Fact::Refund { refund: known, .. } if known == *refund))
            }
            What::StripeRefund { refund, .. } => !self.refunds.iter().any(|(known, ..)| known == refund),
            // One that failed stays failed; nothing goes on twice.
            What::RefundMoves { refund, state } => self
                .refunds
                .iter()
                .any(|(known, _, now)| known == refund && *now != RefundState::Failed && now != state),
            What::StripeTotal { sale } => self.sale(*sale).is_some(),
            What::Dispute { dispute, .. } => !self.disputes.iter().any(|(known, _)| known == dispute),
            What::DisputeMoves { dispute, .. } => self.disputes.iter().any(|(known, _)| known == dispute),
        }
    }
}
