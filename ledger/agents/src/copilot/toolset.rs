//! Which tools a model is offered. All of them would fill a good part of its memory, so they come in sets, and the model
//! opens another set when it needs one.

use serde_json::json;

use super::chat::{Block, Message, Offer};

pub const OPEN: &str = "open_tools";

/// A set of tools for one kind of question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// Commissions, payouts, plans.
    Money,
    /// Affiliates, links, coupons.
    People,
    /// Clicks, sales, customers.
    Figures,
}

const ALWAYS: [&str; 5] = ["search", "read_organization", "list_programs", "read_program", "summarize_clicks"];

impl Set {
    pub const ALL: [Self; 3] = [Self::Money, Self::People, Self::Figures];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::People => "people",
            Self::Figures => "figures",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|set| set.as_str() == text)
    }

    const fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Money => &[
                "list_plans",
                "simulate_plan",
                "create_plan",
                "change_program",
                "create_program",
                "list_commissions",
                "explain_commission",
                "list_decisions",
                "read_balances",
                "read_affiliate_balances",
                "read_statement",
                "read_payout_account",
                "list_payouts",
                "list_payout_runs",
                "preview_payout_run",
                "propose_payout_run",
                "give_bonus",
                "deny_commission",
                "release_commission",
            ],
            Self::People => &[
                "list_affiliates",
                "read_affiliate",
                "create_affiliate",
                "change_affiliate",
                "approve_affiliate",
                "reject_affiliate",
                "bulk_invite_affiliates",
                "set_segment",
                "list_links",
                "create_link",
                "change_link",
                "list_coupons",
                "create_coupon",
                "retry_sync",
            ],
            Self::Figures => &[
                "list_affiliates",
                "list_leads",
                "list_conversions",
                "read_conversion",
                "list_customers",
                "read_customer_journey",
                "list_commissions",
                "explain_commission",
                "review_conversion",
                "reattribute_conversion",
                "read_status",
            ],
        }
    }

    /// Whether a tool is offered when these sets are open.
    pub fn offers(open: &[Self], tool: &str) -> bool {
        ALWAYS.contains(&tool) || open.iter().any(|set| set.tools().contains(&tool))
    }
}

shared::stored_as_text!(Set);

/// The sets that are open: the first one, and those that the model opened later.
pub fn open(first: Set, messages: &[Message]) -> Vec<Set> {
    let mut open = vec![first];
    for block in messages.iter().flat_map(|message| &message.blocks) {
        if let Block::Call { name, arguments: Some(arguments), .. } = block
            && name == OPEN
            && let Some(set) = arguments.get("set").and_then(|set| set.as_str()).and_then(Set::parse)
            && !open.contains(&set)
        {
            open.push(set);
        }
    }
    open
}

/// The tool that opens a set.
pub fn opener() -> Offer {
    let sets: Vec<&str> = Set::ALL.iter().map(|set| set.as_str()).collect();
    Offer {
        name: OPEN.to_owned(),
        description: "Adds tools to those that you have: money (commissions, payouts, plans), people (affiliates, applications, \
                      links, coupons) or figures (sales, leads, customers). Call it when the tools that you have can\u{2019}t \
                      answer."
            .to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"set": {"type": "string", "enum": sets}},
            "required": ["set"],
            "additionalProperties": false,
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::tool::table;

    #[test]
    fn each_tool_is_in_a_set_and_each_name_is_a_tool() {
        let names: BTreeSet<&str> = table::entries().map(|entry| entry.name).collect();
        let in_sets: BTreeSet<&str> =
            ALWAYS.iter().chain(Set::ALL.iter().flat_map(|set| set.tools())).copied().collect();
        assert_eq!(in_sets, names);
        assert!(!names.contains(OPEN));
    }

    #[test]
    fn a_set_stays_open() {
        let call = |set: &str| Block::Call {
            id: "1".to_owned(),
            name: OPEN.to_owned(),
            arguments: json!({ "set": set }).as_object().cloned(),
        };
        let messages = [Message {
            author: super::super::chat::Author::Model,
            blocks: vec![call("money"), call("none"), call("money")],
        }];
        assert_eq!(open(Set::People, &messages), [Set::People, Set::Money]);
        assert!(Set::offers(&[Set::People], "create_link") && !Set::offers(&[Set::People], "give_bonus"));
        assert!(Set::offers(&[], "search"));
    }
}
