//! A plan as a form that works without JavaScript: its rows, its buttons, and the resulting plan. Pure.

use super::{
    plan_field::field_of,
    plan_row::{Reader, Row, STEPS_MAX},
    presets,
};
use kit::{
    error::{Error, message_for},
    form::{Fields, Problems},
};
use rules::commission::plan::{Component, validate};
use shared::money::{Currency, Money};

pub(super) const ROWS_MAX: usize = 20;

/// The rows of a plan that is being edited.
#[derive(Debug, Clone, Default)]
pub(super) struct PlanForm {
    pub(super) rows: Vec<Row>,
}

/// The action of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FormAction {
    /// Show the form again, with its preview.
    Look,
    Publish,
}

impl PlanForm {
    pub(super) fn of(components: &[Component]) -> Self {
        Self { rows: components.iter().map(Row::of).collect() }
    }

    pub(super) fn of_fields(fields: &Fields) -> Self {
        let count = fields.text("rows").parse::<usize>().unwrap_or_default().min(ROWS_MAX);
        Self { rows: (0..count).map(|at| Row::of_fields(fields, at)).collect() }
    }

    /// Applies a button: `add`, `remove-2`, `up-2`, `step-2`, `unstep-2-1`, `preset-share`, `publish`; anything else
    /// only shows the form again.
    pub(super) fn press(&mut self, button: &str) -> FormAction {
        let (act, rest) = button.split_once('-').unwrap_or((button, ""));
        let mut numbers = rest.split('-').map(|text| text.parse::<usize>().unwrap_or(usize::MAX));
        let at = numbers.next().unwrap_or(usize::MAX);
        match act {
            "publish" => return FormAction::Publish,
            "add" if self.rows.len() < ROWS_MAX => self.rows.push(Row::another()),
            "remove" if at < self.rows.len() => drop(self.rows.remove(at)),
            "up" if at > 0 && at < self.rows.len() => self.rows.swap(at - 1, at),
            "step" => {
                if let Some(row) = self.rows.get_mut(at).filter(|row| row.steps.len() < STEPS_MAX) {
                    row.steps.push((String::new(), String::new()));
                }
            }
            "unstep" => {
                let step = numbers.next().unwrap_or(usize::MAX);
                if let Some(row) = self.rows.get_mut(at).filter(|row| step < row.steps.len()) {
                    row.steps.remove(step);
                }
            }
            "preset" => {
                if let Some(preset) = presets::find(rest) {
                    *self = Self::of(&presets::components(preset, 200_000, Money::new(5_000, Currency::USD)));
                }
            }
            _ => {}
        }
        FormAction::Look
    }

    /// The plan's components; `None` if a row has a mistake.
    pub(super) fn read(&self, problems: &mut Problems) -> Option<Vec<Component>> {
        let read = |(at, row)| Reader { row, at, problems: &mut *problems }.read();
        let rows: Vec<Option<Component>> = self.rows.iter().enumerate().map(read).collect();
        let components = rows.into_iter().collect::<Option<Vec<Component>>>().filter(|_| problems.is_empty())?;
        if let Err(invalid) = validate(&components) {
            let message = match invalid.field.as_str() {
                "components" => "Add at least one rule. To pay nothing, use a percentage of 0%.".to_owned(),
                field if field.ends_with("ratePpm") && invalid.message.contains("at most") => {
                    "Must be at most 100%.".to_owned()
                }
                field if field.ends_with("mountCents") && invalid.message.contains("minor units") => {
                    "Enter an amount above zero.".to_owned()
                }
                _ => message_for(&Error::field(&invalid.field, &invalid.message)),
            };
            problems.add(&field_of(&invalid.field), message);
            return None;
        }
        Some(components)
    }
}

/// A problem of a field that the page doesn't show; rows show their own.
pub(super) fn elsewhere<'p>(problems: &'p Problems, shown: &[&str]) -> Option<&'p str> {
    let of_row =
        |field: &str| field.strip_prefix('c').is_some_and(|rest| rest.starts_with(|one: char| one.is_ascii_digit()));
    let other = problems.pairs().iter().find(|(field, _)| !shown.contains(&field.as_str()) && !of_row(field));
    other.map(|(_, message)| message.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rules::commission::plan::Pays;

    fn rates(form: &PlanForm) -> Vec<&str> {
        form.rows.iter().map(|row| row.rate.as_str()).collect()
    }

    fn shares(rates: &[u32]) -> PlanForm {
        let components: Vec<Component> =
            rates.iter().map(|rate| Pays::Percentage { rate_ppm: rate * 10_000 }.into()).collect();
        PlanForm::of(&components)
    }

    #[test]
    fn buttons_change_rows() {
        let mut form = shares(&[1, 2, 3]);
        assert_eq!(form.press("up-2"), FormAction::Look);
        assert_eq!(rates(&form), ["1", "3", "2"]);
        form.press("remove-0");
        assert_eq!(rates(&form), ["3", "2"]);
        form.press("add");
        assert_eq!(rates(&form), ["3", "2", ""]);
        form.press("step-0");
        assert_eq!(form.rows[0].steps.len(), 3);
        form.press("unstep-0-1");
        assert_eq!(form.rows[0].steps.len(), 2);
        assert_eq!(form.press("publish"), FormAction::Publish);
        form.press("preset-hybrid");
        assert_eq!(form.rows.len(), 2);
        for nonsense in ["", "remove", "remove-9", "up-0", "unstep-0-9", "unstep-9-0", "step-9", "preset-x", "x-y-z"] {
            let before = form.rows.len();
            assert_eq!((form.press(nonsense), form.rows.len()), (FormAction::Look, before), "{nonsense}");
        }
        for _ in 0..ROWS_MAX + 5 {
            form.press("add");
        }
        assert_eq!(form.rows.len(), ROWS_MAX);
    }

    #[test]
    fn what_cannot_stand_is_told_beside_its_field() {
        let words = |form: &PlanForm, field: &str| {
            let mut problems = Problems::default();
            assert_eq!(form.read(&mut problems), None);
            problems.of(field).map(str::to_owned)
        };
        assert!(words(&PlanForm::default(), "components").unwrap().contains("at least one"));
        assert_eq!(words(&shares(&[101]), "c0-rate").unwrap(), "Must be at most 100%.");
        let mut lower = shares(&[10]);
        lower.press("preset-tiers");
        lower.rows[0].steps[1].1 = "1".to_owned();
        assert!(words(&lower, "c0-s1-pays").unwrap().contains("Must not be below the step before"));
        let mut problems = Problems::default();
        assert_eq!(shares(&[10, 20]).read(&mut problems).map(|components| components.len()), Some(2));
        problems.add("c0-rate", "Enter a percentage.");
        assert_eq!(elsewhere(&problems, &["note"]), None);
        problems.add("note", "Too long.");
        assert_eq!((elsewhere(&problems, &["note"]), elsewhere(&problems, &[])), (None, Some("Too long.")));
    }
}
