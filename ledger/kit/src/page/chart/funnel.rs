//! A funnel: how many people continued from one step to the next.

use rules::figures;

use super::{drawn, share};

pub const WIDTH: f64 = 100.0;

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub figure: String,
    pub width: String,
    /// `4.2% of visitors`; `None` at the first step.
    pub rate: Option<String>,
}

/// Builds the steps from name, figure, and the text for the step before.
pub fn of(steps: &[(&'static str, i64, &'static str)], write: impl Fn(i64) -> String) -> Vec<Step> {
    let highest = steps.iter().map(|(_, figure, _)| *figure).max().unwrap_or_default();
    let mut made = Vec::with_capacity(steps.len());
    let mut before: Option<i64> = None;
    for (name, figure, of) in steps {
        let rate = before.and_then(|before| figures::share(*figure, before)).map(|rate| format!("{rate} {of}"));
        made.push(Step { name, figure: write(*figure), width: drawn(share(*figure, highest, 0.01) * WIDTH), rate });
        before = Some(*figure);
    }
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_is_a_part_of_the_one_before() {
        let steps = [("Visitors", 1_000, ""), ("Leads", 50, "of visitors"), ("Sales", 0, "of leads")];
        let funnel = of(&steps, |figure| figure.to_string());
        let rates: Vec<_> = funnel.iter().map(|step| step.rate.as_deref()).collect();
        assert_eq!(rates, [None, Some("5.0% of visitors"), Some("0.0% of leads")]);
        assert_eq!((funnel[1].width.as_str(), funnel[2].width.as_str()), ("5.00", "0.00"));
        assert_eq!(of(&[("Visitors", 0, ""), ("Leads", 0, "of visitors")], |_| String::new())[1].rate, None);
    }
}
