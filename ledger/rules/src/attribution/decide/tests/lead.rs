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

fn customer(number: u16) -> BuyerKey {
    let mut bytes = [200; 16];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    BuyerKey::Known(CustomerId::from_bytes(bytes))
}

/// Credits a sale on each of these days, after a hundred leads on as many days, of buyers who all share an address.
/// Returns how often two buyers were compared, and who gets the sales.
fn after_a_hundred_leads(program: u8, days: &[i64]) -> (u32, Vec<Option<(u8, Rule)>>) {
    let names: Vec<String> = (0..100).map(|lead| format!("lead {lead:03}")).collect();
    let leads = (0u16..).zip(&names).map(|(number, name)| {
        let event = id(u8::try_from(number).unwrap());
        Candidate { lead: true, buyer: customer(number), reported_by: vec![event], ..sale(name, i64::from(number)) }
    });
    let touches: Vec<Touch> = (0u8..100)
        .map(|number| Touch {
            buyer: customer(u16::from(number)),
            event_id: id(number),
            ..click(program, 100 + number, i64::from(number), i64::from(number))
        })
        .collect();
    let later = (200u16..).zip(days).map(|(number, day)| Candidate { buyer: customer(number), ..sale("sale", *day) });
    let conversions: Vec<Candidate<'_>> = leads.chain(later).collect();
    let compared = std::cell::Cell::new(0);
    let kin = |_: BuyerKey, _: BuyerKey| {
        compared.set(compared.get() + 1);
        true
    };
    let credits = credit_history(&conversions, &touches, &policies(), kin);
    let credits = credits[100..].iter();
    let credits = credits.map(|credit| credit.map(|credit| (credit.affiliate_id.bytes()[0], credit.rule)));
    (compared.get(), credits.collect())
}

/// The days are those of the oldest and the latest lead within the window of 60 days.
#[test]
fn the_lead_of_a_large_group_is_found_without_comparing_all_of_them() {
    let lead = |affiliate| Some((affiliate, Rule::Lead));
    assert_eq!(after_a_hundred_leads(LAST, &[110, 130]), (4, vec![lead(199), lead(199)]));
    assert_eq!(after_a_hundred_leads(FIRST, &[110, 130]), (2, vec![lead(150), lead(170)]));
    assert_eq!(after_a_hundred_leads(LAST, &[159, 160]), (1, vec![lead(199), None]));
}
