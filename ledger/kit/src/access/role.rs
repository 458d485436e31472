//! What a member of an organization may do, by role. An API key acts with a role too.

/// A member's role in an organization, from the most to the fewest rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    Owner,
    Admin,
    Manager,
    Viewer,
}

/// The right that an action requires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Reading.
    View,
    /// Programs, affiliates, and decisions about money.
    Operate,
    /// Settings, API keys, webhooks, gateways.
    Configure,
    /// Team, ownership, billing, deletion.
    Govern,
}

impl Role {
    pub const ALL: [Self; 4] = [Self::Owner, Self::Admin, Self::Manager, Self::Viewer];

    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Manager => "manager",
            Self::Viewer => "viewer",
        }
    }

    /// As pages show it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Owner => "Owner",
            Self::Admin => "Admin",
            Self::Manager => "Manager",
            Self::Viewer => "Viewer",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == text)
    }

    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::View => true,
            Right::Operate => !matches!(self, Self::Viewer),
            Right::Configure => matches!(self, Self::Owner | Self::Admin),
            Right::Govern => matches!(self, Self::Owner),
        }
    }

    /// Whether someone with this role may grant the other one: no one grants more rights than they have.
    pub fn covers(self, other: Self) -> bool {
        [Right::Govern, Right::Configure, Right::Operate].into_iter().all(|right| self.may(right) || !other.may(right))
    }
}

shared::stored_as_text!(Role);

impl Right {
    /// Who has this right, for the message to someone who doesn't.
    pub const fn whose(self) -> &'static str {
        match self {
            Self::View => "a member",
            Self::Operate => "an owner, admin or manager",
            Self::Configure => "an owner or admin",
            Self::Govern => "an owner",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_its_line_says() {
        let may =
            |role: Role| [Right::View, Right::Operate, Right::Configure, Right::Govern].map(|right| role.may(right));
        assert_eq!(may(Role::Owner), [true, true, true, true]);
        assert_eq!(may(Role::Admin), [true, true, true, false]);
        assert_eq!(may(Role::Manager), [true, true, false, false]);
        assert_eq!(may(Role::Viewer), [true, false, false, false]);
    }

    #[test]
    fn nobody_gives_more_than_they_have() {
        assert!(Role::ALL.into_iter().all(|role| Role::Owner.covers(role) && role.covers(role)));
        assert!(
            !Role::Admin.covers(Role::Owner)
                && !Role::Manager.covers(Role::Admin)
                && !Role::Viewer.covers(Role::Manager)
        );
    }

    #[test]
    fn roles_are_spelled_as_they_are_read() {
        assert!(Role::ALL.into_iter().all(|role| Role::parse(role.as_str()) == Some(role)));
        assert_eq!(Role::parse("Owner"), None);
    }
}
