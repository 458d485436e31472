//! Describes a program's offer in plain words, besides what it pays ([`programs::program::offer`]): how credit is given and
//! when commissions are due.

use kit::{api::view::Program, text::Texts};
use programs::program::dashboard::earnings;
use rules::commission::plan::Component;
use shared::money::Currency;

/// Returns the currency of examples: that of the plan's amounts, or else the organization's.
pub fn currency(components: &[Component], home: Option<&str>) -> Currency {
    let home = || home.and_then(|code| code.parse().ok()).unwrap_or(Currency::USD);
    earnings::currency(components).unwrap_or_else(home)
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
