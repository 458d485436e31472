//! Describes a program's offer in plain words, besides what it pays ([`programs::program::offer`]): how credit is given and
//! when commissions are due.

use kit::{api::view::Program, text::Texts};

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
