//! A funnel: how many people continued from one step to the next.

use rules::figures;

use super::{drawn, number, share};

/// A positive figure is at least this share of the height.
const LEAST: f64 = 0.02;

/// The data of `ui/charts.html`.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub figure: String,
    /// In percent.
    pub height: String,
    /// The distance from the top, in percent.
    pub top: String,
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
        let height = share(*figure, number(highest), LEAST) * 100.0;
        made.push(Step { name, figure: write(*figure), height: drawn(height), top: drawn(100.0 - height), rate });
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
        assert_eq!((funnel[1].height.as_str(), funnel[1].top.as_str()), ("5.00", "95.00"));
        assert_eq!((funnel[2].height.as_str(), funnel[2].top.as_str()), ("0.00", "100.00"));
        assert_eq!(of(&[("Visitors", 0, ""), ("Leads", 0, "of visitors")], |_| String::new())[1].rate, None);
    }
}
