//! What an API key may do, whatever its role: one of five presets, each limited to what its purpose needs.

use super::role::{Right, Role};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Sends sales, leads and refunds to the edge, and nothing else.
    SendConversions,
    /// Reads what its role may see.
    Read,
    /// The four operations that a CRM calls, and nothing else.
    Automations,
    /// Also changes programs, affiliates and what they earn.
    Write,
    /// Also changes settings, and does whatever else its role may.
    Admin,
    /// The name of [`Scope::Admin`] before presets existed.
    ReadWrite,
}

impl Scope {
    /// The presets that people choose from, starting with the least.
    pub const PRESETS: [Self; 5] = [Self::SendConversions, Self::Read, Self::Automations, Self::Write, Self::Admin];
    const ALL: [Self; 6] =
        [Self::SendConversions, Self::Read, Self::Automations, Self::Write, Self::Admin, Self::ReadWrite];

    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SendConversions => "send_conversions",
            Self::Read => "read",
            Self::Automations => "automations",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::ReadWrite => "read_write",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }

    /// The label on a page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::SendConversions => "Send sales",
            Self::Read => "Read only",
            Self::Automations => "CRM automations",
            Self::Write => "Write",
            Self::Admin | Self::ReadWrite => "Full access",
        }
    }

    /// What a key with this scope is for, as a page says it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::SendConversions => "For your shop or backend: sales, leads and refunds, nothing else.",
            Self::Read => "For reports and exports: sees everything, changes nothing.",
            Self::Automations => "For your CRM\u{2019}s webhooks: four actions for affiliates.",
            Self::Write => "For your own tools: programs, affiliates, payout runs and sales.",
            Self::Admin | Self::ReadWrite => "Also settings, keys and approving payout runs.",
        }
    }

    /// Whether the scope includes this right; the key's role has to include it as well.
    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::View => matches!(self, Self::Read | Self::Write | Self::Admin | Self::ReadWrite),
            Right::Operate => matches!(self, Self::Write | Self::Admin | Self::ReadWrite),
            Right::Configure | Right::Govern => matches!(self, Self::Admin | Self::ReadWrite),
        }
    }

    /// Whether the key may call the operations for CRMs.
    pub const fn automates(self) -> bool {
        matches!(self, Self::Automations) || self.may(Right::Operate)
    }

    /// Whether the edge accepts conversions from the key.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendConversions) || self.may(Right::Operate)
    }

    /// The default role of a key: the lowest that makes the scope useful.
    pub const fn usual_role(self) -> Role {
        match self {
            Self::SendConversions | Self::Read => Role::Viewer,
            Self::Automations | Self::Write => Role::Manager,
            Self::Admin | Self::ReadWrite => Role::Admin,
        }
    }

    /// The preset that grants this right, for the message to a key without it.
    pub const fn that_may(right: Right) -> Self {
        match right {
            Right::View => Self::Read,
            Right::Operate => Self::Write,
            Right::Configure | Right::Govern => Self::Admin,
        }
    }
}

shared::stored_as_text!(Scope);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_preset_reaches_as_far_as_its_purpose() {
        let may = |scope: Scope| {
            let rights = [Right::View, Right::Operate, Right::Configure, Right::Govern].map(|right| scope.may(right));
            (rights, scope.automates(), scope.sends())
        };
        assert_eq!(may(Scope::SendConversions), ([false; 4], false, true));
        assert_eq!(may(Scope::Read), ([true, false, false, false], false, false));
        assert_eq!(may(Scope::Automations), ([false; 4], true, false));
        assert_eq!(may(Scope::Write), ([true, true, false, false], true, true));
        assert_eq!(may(Scope::Admin), ([true; 4], true, true));
        assert_eq!(may(Scope::ReadWrite), may(Scope::Admin), "keys of before the presets keep what they could do");
    }

    #[test]
    fn scopes_are_spelled_as_they_are_read() {
        assert!(Scope::ALL.into_iter().all(|scope| Scope::parse(scope.as_str()) == Some(scope)));
        assert_eq!(Scope::parse("write_read"), None);
    }

    #[test]
    fn the_usual_role_is_of_use_and_no_more() {
        for right in [Right::View, Right::Operate, Right::Configure] {
            let scope = Scope::that_may(right);
            assert!(scope.may(right) && scope.usual_role().may(right), "{right:?}");
        }
        assert!(!Scope::Read.usual_role().may(Right::Operate) && !Scope::Write.usual_role().may(Right::Configure));
    }
}
