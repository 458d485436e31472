//! The scopes that apps ask for: `rekomi:read`, and `rekomi:write`, which includes it.

use kit::access::scope::Scope;

const READ: &str = "rekomi:read";
const WRITE: &str = "rekomi:write";
pub const ALL: [&str; 2] = [READ, WRITE];

/// What an app may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    Read,
    Write,
}

impl Access {
    /// Reads a list of scopes; a missing or empty one means reading. As RFC 6749 §3.3 allows, scopes that we don't have are
    /// left out. `None` if nothing is left.
    pub fn parse(scopes: Option<&str>) -> Option<Self> {
        let mut named = scopes.unwrap_or(READ).split_ascii_whitespace().peekable();
        if named.peek().is_none() {
            return Some(Self::Read);
        }
        Self::of(named)
    }

    /// The access of these scopes.
    pub fn of<'a>(scopes: impl Iterator<Item = &'a str>) -> Option<Self> {
        scopes.fold(None, |access, scope| match scope {
            WRITE => Some(Self::Write),
            READ => access.or(Some(Self::Read)),
            _ => access,
        })
    }

    pub fn scopes(self) -> Vec<String> {
        let scopes: &[&str] = if self == Self::Write { &ALL } else { &[READ] };
        scopes.iter().map(|scope| (*scope).to_owned()).collect()
    }

    /// As tokens and requests have them.
    pub fn text(self) -> String {
        self.scopes().join(" ")
    }

    /// Whether this includes all of the other.
    pub fn covers(self, other: Self) -> bool {
        self == Self::Write || other == Self::Read
    }

    /// The scope of an API key that may do the same.
    pub const fn scope(self) -> Scope {
        match self {
            Self::Read => Scope::Read,
            Self::Write => Scope::Write,
        }
    }

    pub const fn title(self) -> &'static str {
        match self {
            Self::Read => "Read only",
            Self::Write => "Read and change",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_that_was_requested_is_given() {
        for (scopes, access) in [
            (None, Some(Access::Read)),
            (Some(""), Some(Access::Read)),
            (Some("  "), Some(Access::Read)),
            (Some("rekomi:read"), Some(Access::Read)),
            (Some("rekomi:write"), Some(Access::Write)),
            (Some("rekomi:write rekomi:read"), Some(Access::Write)),
            (Some("openid rekomi:read offline_access"), Some(Access::Read)),
            (Some("openid"), None),
            (Some("rekomi:admin"), None),
            (Some("REKOMI:READ"), None),
            (Some("rekomi:read,rekomi:write"), None),
        ] {
            assert_eq!(Access::parse(scopes), access, "{scopes:?}");
        }
    }

    #[test]
    fn scopes_are_written_as_they_are_read() {
        for access in [Access::Read, Access::Write] {
            assert_eq!(Access::parse(Some(&access.text())), Some(access));
            assert_eq!(Access::of(access.scopes().iter().map(String::as_str)), Some(access));
        }
        assert_eq!(Access::Write.text(), "rekomi:read rekomi:write");
        assert_eq!((Access::Read.scope(), Access::Write.scope()), (Scope::Read, Scope::Write));
        assert!(Access::Write.covers(Access::Read) && !Access::Read.covers(Access::Write));
    }
}
