//! Leads that count for sales.

use super::*;

/// A lead decides who gets the sale; the plan, and the start of durations, come from the sale.
#[test]
fn what_a_lead_speaks_for_begins_with_the_sale() {
    let lead = Candidate { lead: true, ..sale("lead", 10) };
    let touches = [click(LAST, 10, 0, 10)];
    let credits = credit_history(&[lead, sale("a", 69)], &touches, &policies(), kin);
    let of = |credit: Option<Credit>| credit.map(|credit| (credit.rule, credit.bound_at, credit.plan_at));
    let (lead, sale) = ((Rule::Click, day(10), day(10)), (Rule::Lead, day(69), day(69)));
    assert_eq!(credits.into_iter().map(of).collect::<Vec<_>>(), [Some(lead), Some(sale)]);
}
