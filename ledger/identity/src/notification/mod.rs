//! The emails that people want: by person, organization and kind, with a default for those who never chose.
//!
//! Code that notifies an organization's people asks [`store::recipients`] for the recipients. [`wording_store`] has the words
//! that brands write into their emails to affiliates. The job that sends
//! affiliates' milestone emails ([`success_email`]) is in the `ui` crate, the one that reminds people of due
//! commissions in `payouts`, and the weekly summary in `ui`.

pub mod dashboard;
pub mod end;
pub mod store;
pub mod success_email;
pub mod wording_store;

use kit::access::role::Role;

/// The kinds of notification for an organization's people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    AffiliateApplied,
    TeamJoined,
    ApiKeyCreated,
    CommissionsDue,
    WeeklySummary,
    /// Only where there is a creator network.
    NetworkMessage,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::AffiliateApplied,
        Self::NetworkMessage,
        Self::TeamJoined,
        Self::ApiKeyCreated,
        Self::CommissionsDue,
        Self::WeeklySummary,
    ];

    /// The name in the database and in forms.
    pub const fn name(self) -> &'static str {
        match self {
            Self::AffiliateApplied => "affiliate_applied",
            Self::TeamJoined => "team_joined",
            Self::ApiKeyCreated => "api_key_created",
            Self::CommissionsDue => "commissions_due",
            Self::WeeklySummary => "weekly_summary",
            Self::NetworkMessage => "network_message",
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::AffiliateApplied => "New affiliate application",
            Self::TeamJoined => "Team member joined",
            Self::ApiKeyCreated => "API key created",
            Self::CommissionsDue => "Commissions due",
            Self::WeeklySummary => "Weekly summary",
            Self::NetworkMessage => "Message from a creator",
        }
    }

    pub const fn hint(self) -> &'static str {
        match self {
            Self::AffiliateApplied => "Someone applied on one of your program pages.",
            Self::TeamJoined => "Someone accepted an invitation to your team.",
            Self::ApiKeyCreated => "Someone created an API key for your organization.",
            Self::CommissionsDue => "Weekly, while payable commissions haven’t been paid out.",
            Self::WeeklySummary => "On Monday mornings: the three changes of the week that matter most.",
            Self::NetworkMessage => "A creator wrote to you, and no one on your team has read it yet.",
        }
    }

    /// Returns whether members with that role may get it, on an installation with or without a creator network.
    pub const fn is_offered(self, role: Role, has_network: bool) -> bool {
        self.is_for(role) && (has_network || !matches!(self, Self::NetworkMessage))
    }

    /// Returns whether members with that role may get it.
    pub const fn is_for(self, role: Role) -> bool {
        match self {
            Self::AffiliateApplied | Self::NetworkMessage => matches!(role, Role::Owner | Role::Admin | Role::Manager),
            Self::TeamJoined | Self::CommissionsDue | Self::WeeklySummary => matches!(role, Role::Owner | Role::Admin),
            Self::ApiKeyCreated => matches!(role, Role::Owner),
        }
    }

    fn roles(self) -> Vec<String> {
        Role::ALL.into_iter().filter(|role| self.is_for(*role)).map(|role| role.as_str().to_owned()).collect()
    }

    /// The kind's number in unsubscribe tokens. Emails about new API keys contain no unsubscribe link: a person can
    /// turn them off only in their account.
    const fn number(self) -> u8 {
        match self {
            Self::AffiliateApplied => 1,
            Self::TeamJoined => 2,
            Self::ApiKeyCreated => 3,
            Self::CommissionsDue => 4,
            Self::WeeklySummary => 5,
            Self::NetworkMessage => 6,
        }
    }

    fn numbered(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_is_told_what_concerns_it() {
        let notified = |role| Kind::ALL.map(|kind| kind.is_for(role));
        assert_eq!(notified(Role::Owner), [true; 6]);
        assert_eq!(notified(Role::Admin), [true, true, true, false, true, true]);
        assert_eq!(notified(Role::Manager), [true, true, false, false, false, false]);
        assert_eq!(notified(Role::Viewer), [false; 6]);
        let without_network = Kind::ALL.map(|kind| kind.is_offered(Role::Owner, false));
        assert_eq!(without_network, [true, false, true, true, true, true]);
        assert!(Kind::ALL.iter().all(|kind| kind.is_offered(Role::Owner, true)));
        assert!(Kind::ALL.iter().all(|kind| Kind::numbered(kind.number()) == Some(*kind)));
    }
}
