//! `REKOMI_LOG`: which lines are logged.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use super::optional;

const DEFAULT: &str = "info,sqlx=warn";

/// Reads the `tracing` filter directives.
///
/// # Errors
/// If they are invalid.
pub fn filter() -> anyhow::Result<EnvFilter> {
    parse(&optional("REKOMI_LOG").unwrap_or_else(|| DEFAULT.to_owned()))
}

/// What is logged if nothing is set, or if it is invalid.
pub fn default_filter() -> EnvFilter {
    EnvFilter::new(DEFAULT)
}

fn parse(directives: &str) -> anyhow::Result<EnvFilter> {
    // The parser takes a space for a part of the name.
    let trimmed: Vec<&str> = directives.split(',').map(str::trim).collect();
    EnvFilter::try_new(trimmed.join(",")).context("REKOMI_LOG must be filter directives such as info,sqlx=warn")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_directives_are_named() {
        for valid in [DEFAULT, "warn", "debug,sqlx=info,hyper=info", "info, sqlx=warn", "info,sqlx=warn\r"] {
            assert!(parse(valid).is_ok(), "{valid}");
        }
        assert_eq!(parse(" warn ").unwrap().to_string(), "warn");
        for invalid in ["foo=bar=baz", "info,sqlx=loud"] {
            let refused = parse(invalid).unwrap_err().to_string();
            assert!(refused.starts_with("REKOMI_LOG must be filter directives"), "{invalid}: {refused}");
        }
    }
}
