//! The two kinds of keys in `api_keys`: those of the API, and the tokens of AI assistants. Neither is accepted in the
//! place of the other.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// `rk_live_…` and `rk_test_…`, for `/api/v1` and the edge.
    Api,
    /// `rk_mcp_…` and `rk_mcp_test_…`, for `/mcp` only.
    Mcp,
}

impl KeyKind {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Mcp => "mcp",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Api, Self::Mcp].into_iter().find(|kind| kind.as_str() == text)
    }

    /// How bearers of this kind begin; the live organization's first.
    pub const fn prefixes(self) -> [&'static str; 2] {
        match self {
            Self::Api => ["rk_live_", "rk_test_"],
            Self::Mcp => ["rk_mcp_", "rk_mcp_test_"],
        }
    }
}

shared::stored_as_text!(KeyKind);
