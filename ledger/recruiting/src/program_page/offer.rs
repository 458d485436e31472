//! Describes a program's offer in plain words: how much it pays, for how long, how credit is given and when commissions
//! are due.

use shared::{id::ProgramId, timestamp::Timestamp};

use engine::commission::{offer::offer, store};
use kit::{api::view::Program, db::TenantTx, text::Texts};
use rules::commission::plan::{PlanVersion, Scope};

/// Returns one sentence for each component of the current plan; none if the program has no plan yet.
pub async fn lines(tx: &mut TenantTx, program: ProgramId, now: Timestamp) -> Result<Vec<String>, sqlx::Error> {
    let organization = tx.organization();
    let versions = store::plan_versions(tx, &[(organization, program)], &[]).await?;
    let components = in_force(&versions, now).and_then(|version| version.components.as_deref());
    Ok(components.map_or_else(Vec::new, |components| {
        offer(Texts::default(), components).iter().map(|line| capitalized(line)).collect()
    }))
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

/// Describes how credit works, in three sentences.
pub fn credit(program: &Program) -> Vec<String> {
    let days = |count: i32| if count == 1 { "1 day".to_owned() } else { format!("{count} days") };
    let window = days(program.cookie_window_days);
    let which = if program.attribution_model == "FirstTouch" {
        "If several affiliates referred the same buyer, the first one gets credit."
    } else {
        "If several affiliates referred the same buyer, the last one gets credit."
    };
    let kept = match program.customer_binding.as_str() {
        "None" => "Each purchase is credited separately.",
        _ => "Your customers stay yours: you earn on their later purchases too.",
    };
    let paid = match program.hold_days {
        0 => "Commissions become payable right away.".to_owned(),
        held => format!("Commissions become payable {} after the sale, once the refund period has ended.", days(held)),
    };
    vec![
        format!("You get credit when someone follows your link and buys within {window}. {which}"),
        kept.to_owned(),
        paid,
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
