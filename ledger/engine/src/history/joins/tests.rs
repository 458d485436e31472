use super::*;
use crate::history::Person;

fn customer(number: u8) -> CustomerId {
    CustomerId::from_bytes([number; 16])
}

fn event(number: u8) -> EventId {
    EventId::from_bytes([number; 16])
}

fn hour(hours: i64) -> Timestamp {
    Timestamp::EPOCH.plus_days(20_000).plus_millis(hours * 3_600_000)
}

fn join(number: u8, one: u8, other: u8, verdict: Option<Verdict>) -> Join {
    let status = JoinStatus { found_at: hour(0), verdict, state: State::Waiting };
    Join {
        id: CustomerJoinId::from_bytes([number; 16]),
        one: customer(one),
        other: customer(other),
        is_legacy: false,
        words: Vec::new(),
        status,
        stored: status,
    }
}

fn report(sale: u8, who: u8, hours: i64) -> Report {
    let by = event(100 + sale * 10 + who);
    Report { sale: event(sale), customer: customer(who), received_at: hour(hours), event: by }
}

fn history(customers: u8, joins: Vec<Join>, reports: Vec<Report>) -> BuyerHistory {
    let person = |number: u8| {
        let person = Person { buyer: customer(number), name: format!("c{number}"), emails: Vec::new() };
        (customer(number), person)
    };
    BuyerHistory {
        people: (1..=customers).map(person).collect(),
        joins: Joins { joins, reports, ..Joins::default() },
        ..BuyerHistory::default()
    }
}

fn buyers(history: &BuyerHistory) -> Vec<CustomerId> {
    let mut people: Vec<_> = history.people.iter().map(|(id, person)| (*id, person.buyer)).collect();
    people.sort_unstable();
    people.into_iter().map(|(_, buyer)| buyer).collect()
}

fn word(at: i64, same: bool) -> Word {
    Word { at: hour(at), id: Uuid::from_u128(u128::from(at.unsigned_abs())), same }
}

#[test]
fn a_sale_is_the_customers_that_was_reported_first() {
    let mut history = history(2, Vec::new(), vec![report(1, 2, 3), report(1, 1, 5)]);
    assert_eq!(history.joins.owner(event(1)), Some(customer(2)));
    assert_eq!(history.joins.owner(event(9)), None);
    history.joins.reports.push(report(1, 1, 2));
    assert_eq!(history.joins.owner(event(1)), Some(customer(1)));
}

#[test]
fn the_first_sale_that_names_both_is_the_evidence() {
    let reports = vec![report(1, 1, 0), report(1, 2, 60), report(2, 2, 10), report(2, 1, 34), report(3, 1, 1)];
    let history = history(2, vec![join(1, 1, 2, None)], reports);
    let evidence = history.joins.evidence(&history.joins.joins[0]).unwrap();
    assert_eq!(
        (evidence.sale, evidence.at, evidence.is_prompt),
        (event(2), hour(34), true),
        "24 hours to the last one"
    );
    let late = Joins { reports: vec![report(1, 1, 0), report(1, 2, 25)], ..Joins::default() };
    assert!(!late.evidence(&history.joins.joins[0]).unwrap().is_prompt);
}

#[test]
fn joined_customers_are_one_through_others() {
    let joined = Some(Verdict::Joined);
    let joins =
        vec![join(1, 2, 3, joined), join(2, 1, 3, joined), join(3, 3, 4, Some(Verdict::Waiting(Cause::Credit)))];
    let mut history = history(4, joins, Vec::new());
    apply(&mut history);
    assert_eq!(buyers(&history), [1, 1, 1, 4].map(customer));
    let states: Vec<State> = history.joins.joins.iter().map(|join| join.status.state).collect();
    assert_eq!(states, [State::Joined, State::Joined, State::Waiting]);
}

#[test]
fn a_split_holds_against_every_other_way_until_someone_joins_them() {
    let joined = Some(Verdict::Joined);
    let mut history = history(3, vec![join(1, 1, 2, joined), join(2, 1, 3, joined), join(3, 2, 3, joined)], Vec::new());
    history.joins.joins[0].words = vec![word(5, true), word(8, false)];
    apply(&mut history);
    assert_eq!(buyers(&history), [1, 2, 1].map(customer), "the first of the two other joins holds");
    let status = history.joins.joins[2].status;
    assert_eq!((status.state, status.cause()), (State::Waiting, Some(Cause::Split)));
    assert_eq!(history.joins.joins[0].status.state, State::Split);
    // The latest decision wins.
    history.joins.joins[2].words = vec![word(9, true)];
    apply(&mut history);
    assert_eq!(buyers(&history), [1, 2, 2].map(customer));
    history.joins.joins[0].words.push(word(10, true));
    apply(&mut history);
    assert_eq!(buyers(&history), [1, 1, 1].map(customer));
}

#[test]
fn only_what_is_new_or_unasked_is_asked() {
    let reports = vec![report(1, 1, 0), report(1, 2, 10)];
    let mut history = history(2, vec![join(1, 1, 2, Some(Verdict::Joined))], reports);
    assert!(!history.joins.are_due());
    history.joins.receive(hour(11));
    assert!(!history.joins.are_due(), "later news changes nothing");
    history.joins.receive(hour(9));
    assert!(history.joins.are_due());
    history.joins.since = None;
    history.joins.forget();
    assert!(history.joins.are_due());
    history.joins.joins[0].is_legacy = true;
    assert!(!history.joins.are_due());
}

#[test]
fn customers_with_nothing_booked_are_joined() {
    let mut history = history(2, vec![join(1, 1, 2, None)], vec![report(1, 1, 0), report(1, 2, 99)]);
    judge(&mut history, &crate::history::Rates::default(), &HashMap::new()).unwrap();
    assert_eq!(history.joins.joins[0].status.verdict, Some(Verdict::Joined));
    assert_eq!(history.joins.joins[0].status.found_at, hour(99));
}

#[test]
fn more_addresses_than_one_person_has_wait() {
    let addresses = |later: i64| {
        let mut history = history(2, vec![join(1, 1, 2, None)], vec![report(1, 1, 0), report(1, 2, 9)]);
        for (place, since) in [Some(hour(1)), None, Some(hour(2)), Some(hour(later))].into_iter().enumerate() {
            let who = customer(1 + u8::from(place % 2 == 0));
            history.joins.addresses.push((who, format!("a{place}@b.test"), since));
        }
        judge(&mut history, &crate::history::Rates::default(), &HashMap::new()).unwrap();
        history.joins.joins[0].status.verdict
    };
    assert_eq!(addresses(10), Some(Verdict::Joined), "an address that came later says nothing of then");
    assert_eq!(addresses(9), Some(Verdict::Waiting(Cause::Addresses)));
}
