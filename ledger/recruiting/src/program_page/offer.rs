//! Describes a program's offer in plain words: how much it pays, for how long, how credit is given and when commissions
//! are due.

use shared::{id::ProgramId, money::Currency, timestamp::Timestamp};

use engine::commission::{offer::offer, store};
use kit::{api::view::Program, db::TenantTx, text::Texts};
use programs::program::dashboard::earnings;
use rules::commission::plan::{Component, PlanVersion, Scope};

/// Returns the components of the current plan; none if the program has no plan yet.
pub async fn components(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<Vec<Component>, sqlx::Error> {
    let organization = tx.organization();
    let versions = store::plan_versions(tx, &[(organization, program)], &[]).await?;
    Ok(in_force(&versions, now).and_then(|version| version.components.clone()).unwrap_or_default())
}

/// Returns one sentence for each component.
pub fn lines(components: &[Component], t: Texts) -> Vec<String> {
    offer(t, components).iter().map(|line| capitalized(line)).collect()
}

/// Returns the currency of examples: that of the plan's amounts, or else the organization's.
pub fn currency(components: &[Component], home: Option<&str>) -> Currency {
    let home = || home.and_then(|code| code.parse().ok()).unwrap_or(Currency::USD);
    earnings::currency(components).unwrap_or_else(home)
}

/// Returns the program's current plan, ignoring plans for single affiliates and segments.
fn in_force(versions: &[PlanVersion], now: Timestamp) -> Option<&PlanVersion> {
    versions
        .iter()
        .filter(|version| version.scope == Scope::Program && version.effective_at <= now)
        .max_by_key(|version| (version.effective_at, version.id))
}

fn capitalized(line: &str) -> String {
    let mut characters = line.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// Describes how credit works, in three paragraphs.
pub fn credit(program: &Program, t: Texts) -> [String; 3] {
    let model = if program.attribution_model == "FirstTouch" { "first" } else { "last" };
    let binding = if program.customer_binding == "None" { "none" } else { "customer" };
    [
        format!(
            "{} {}",
            t.say("program-credit-window").with("days", program.cookie_window_days),
            t.say("program-credit-several").with("model", model),
        ),
        t.say("program-credit-later").with("binding", binding).to_string(),
        t.say("program-credit-payable").with("days", program.hold_days).to_string(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_like_sentences() {
        assert_eq!(capitalized("a share"), "A share");
        assert_eq!(capitalized("20% of each sale"), "20% of each sale");
        assert_eq!(capitalized(""), "");
    }
}
