//! What follows a trial.

use super::*;

#[test]
fn the_first_payment_after_a_trial_is_the_sale() {
    let renewal = |number, at| Box::new(Conversion { reported_recurring: true, ..*sale(number, at, 4_900) });
    let trial = Box::new(Conversion { lead: true, ..*sale(1, 1, 0) });
    let steps = [
        Step::Touch(click(20, 0, 1)),
        Step::Sale(trial.clone()),
        Step::Sale(renewal(2, 15)),
        Step::Sale(renewal(3, 45)),
    ];
    let kinds = |world: &World| {
        let mut kinds: Vec<_> = world.history.conversions.iter().map(|row| (row.id, row.outcome.kind)).collect();
        kinds.sort_unstable_by_key(|(id, _)| *id);
        kinds.into_iter().map(|(_, kind)| kind).collect::<Vec<_>>()
    };
    let world = run(&steps, true);
    assert_eq!(kinds(&world), [Kind::Lead, Kind::Sale, Kind::Recurring]);
    let [click, trial_report, first, second] = steps;
    let later = [second.clone(), first.clone(), trial_report, click.clone()];
    assert_eq!(run(&later, true).figures(), world.figures(), "the trial's event may be the last");
    // Without a trial, or with only a page's word for it, it is what the gateway calls it.
    let unheard = run(&[click.clone(), first.clone(), second.clone()], true);
    assert_eq!(kinds(&unheard), [Kind::Recurring, Kind::Recurring]);
    let claimed = Step::Sale(Box::new(Conversion { provenance: Provenance::Claimed, ..*trial }));
    assert_eq!(kinds(&run(&[click, claimed, first, second], true))[1..], [Kind::Recurring, Kind::Recurring]);
}
