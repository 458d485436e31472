//! A receipt in the words of the organization's model. It gets what the page shows, without names of people, and what it
//! writes is shown if each of its figures is the receipt's.

use super::{dashboard::ReceiptPage, receipt::Receipt};
use identity::{
    access::member::Member,
    suggestion::{Connected, names::Names},
};
use kit::{error::Result, page::amounts::with_symbols};

const TASK: &str = "You explain the receipt of an affiliate's commission to someone who runs the affiliate program. Say why the \
     affiliate gets it, how the amount comes about, and what happens to it next.";

impl ReceiptPage {
    /// Adds an explanation, or why there is none.
    ///
    /// # Errors
    /// 404 if the organization of the receipt isn't the member's; 503 if the database is unavailable.
    pub async fn explain(&mut self, model: &Connected, member: &Member) -> Result<()> {
        if self.frame.organization != member.organization {
            return Err(kit::error::Error::not_found());
        }
        let mut names = Names::default();
        let facts = names.hidden_in(&self.facts(), &people(&self.receipt));
        let explanation = model.explanation(TASK, (&facts, &names)).await?;
        self.explanation = Some(explanation);
        Ok(())
    }

    /// What the page shows, one fact per line.
    fn facts(&self) -> String {
        let receipt = &self.receipt;
        let whole = self.money(&receipt.amount_cents);
        let settled = if receipt.is_left { "Left to another platform" } else { "Paid" };
        let mut lines = vec![
            format!("Commission: {whole} for {}, {}", receipt.affiliate_name, self.badge.word),
            format!("Earned before refunds: {}", self.money(&receipt.earned_cents)),
            format!("{settled}: {}", self.money(&receipt.paid_cents)),
            format!("Program: {}", receipt.program_name),
            format!("State: {}", self.state),
        ];
        lines.extend(self.sale_facts());
        if let Some(plan) = &receipt.plan {
            let (from, pays) = (self.when(&plan.effective_at), with_symbols(&plan.component));
            lines.push(format!("Plan for {}, effective {from}: {pays}. {}", plan.scope, plan.why));
        }
        lines.extend(receipt.arithmetic.iter().map(|step| format!("Calculation: {}", with_symbols(step))));
        lines.push(format!("Hold ends: {}", self.when(&receipt.hold.hold_until)));
        lines.extend(receipt.hold.approved_at.iter().map(|at| format!("Payable since: {}", self.when(at))));
        lines.extend(receipt.hold.held_for.iter().map(|held| format!("Held for: {held}")));
        lines.extend(receipt.hold.flags.iter().map(|flag| format!("Flagged: {flag}")));
        let decided = receipt.decisions.iter();
        lines.extend(decided.map(|one| format!("Decision: {} on {}", one.kind, self.when(&one.decided_at))));
        let others = receipt.others.iter().map(|one| (self.money(&one.amount_cents), one));
        lines.extend(others.map(|(amount, one)| {
            format!("Other commission of the sale: {amount} for {}, {}", one.affiliate_name, one.status)
        }));
        let booked = receipt.transfers.iter().map(|row| (self.when(&row.at), self.money(&row.amount_cents), row.what));
        lines.extend(booked.map(|(when, amount, what)| format!("Booked on {when}: {what} {amount}")));
        lines.join("\n")
    }

    /// The sale, its refunds, and why it is credited to whom.
    fn sale_facts(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(sale) = &self.receipt.sale {
            let verified = if sale.verified { "verified" } else { "unverified" };
            let amount = Self::money_of(&sale.amount_cents, &sale.currency);
            lines.push(format!("{}: {amount} without tax, {verified}. {}", sale.kind, sale.report));
            let refunds = sale.given_back.iter().map(|row| (row.what, self.when(&row.at), with_symbols(&row.in_words)));
            lines.extend(refunds.map(|(what, when, words)| format!("{what} on {when}: {words}")));
            lines.extend(sale.issues.iter().cloned());
        }
        if let Some(credit) = &self.receipt.credit {
            lines.push(format!("Attribution: {}", credit.in_words));
            let touches = credit.touches.iter().map(|touch| (touch, self.when(&touch.at)));
            lines.extend(touches.map(|(touch, when)| {
                let (what, who) = (touch.label(), &touch.affiliate_name);
                format!("{what} of {who} on {when}: {}, {}", touch.outcome, touch.reason)
            }));
        }
        lines
    }
}

/// The names on a receipt, and the reasons that people wrote, which stay here in the same way.
fn people(receipt: &Receipt) -> Vec<&str> {
    let touches = receipt.credit.iter().flat_map(|credit| &credit.touches);
    let touches = touches.map(|touch| touch.affiliate_name.as_str());
    let others = receipt.others.iter().map(|other| other.affiliate_name.as_str());
    let customer = receipt.sale.iter().filter_map(|sale| sale.customer_id.as_deref());
    let reasons = receipt.decisions.iter().map(|decision| decision.reason.as_str());
    let names = std::iter::once(receipt.affiliate_name.as_str()).chain(touches).chain(others);
    names.chain(customer).chain(reasons).collect()
}
