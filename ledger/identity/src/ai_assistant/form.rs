//! Validates the fields of a new assistant: its name, and what it may do.

use kit::{
    access::{role::Role, scope::Scope},
    error::{Checks, Error, Result},
};

use crate::api_key::form::name;

/// What an assistant may do, from the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Change,
}

impl Access {
    pub const ALL: [Self; 2] = [Self::Read, Self::Change];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
        }
    }

    /// The label on a page.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Read => "Read only",
            Self::Change => "Read and change",
        }
    }

    /// What it allows, as a page says it.
    pub const fn purpose(self) -> &'static str {
        match self {
            Self::Read => "Sees programs, affiliates, sales and payouts, changes nothing.",
            Self::Change => "Also adds applicants and links. A person confirms what reaches people or affects money.",
        }
    }

    pub const fn role(self) -> Role {
        self.scope().usual_role()
    }

    pub const fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::Change => Scope::Write,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|access| access.as_str() == text)
    }
}

/// An assistant to connect.
#[derive(Debug)]
pub struct NewAssistant {
    pub name: String,
    pub access: Access,
}

/// Validates the fields as they were sent.
///
/// # Errors
/// 400 naming the field.
pub fn read(sent_name: &str, access: &str) -> Result<NewAssistant> {
    let mut checks = Checks::default();
    let known = Access::parse(access).ok_or_else(|| Error::field("access", "Choose what the assistant may do."));
    let access = checks.or(Access::Read, known);
    let name = checks.end_with(name(sent_name))?;
    Ok(NewAssistant { name, access })
}

#[cfg(test)]
mod tests {
    use kit::access::role::Right;

    use super::*;

    #[test]
    fn each_access_is_what_it_says_and_no_more() {
        let rights = |access: Access| {
            [Right::View, Right::Operate, Right::Configure]
                .map(|right| access.scope().may(right) && access.role().may(right))
        };
        assert_eq!(rights(Access::Read), [true, false, false]);
        assert_eq!(rights(Access::Change), [true, true, false]);
    }

    #[test]
    fn mistakes_name_their_field() {
        let field = |name: &str, access: &str| read(name, access).unwrap_err().body().field.clone();
        assert_eq!(field("Claude", "everything").as_deref(), Some("access"));
        assert_eq!(field(" ", "read").as_deref(), Some("name"));
        let made = read(" Claude ", "change").unwrap();
        assert_eq!((made.name.as_str(), made.access), ("Claude", Access::Change));
    }
}
