//! Email addresses: which ones are valid, and how they are stored.

use lettre::Address;

const ADDRESS_MAX: usize = 254;

/// Returns an address as it is stored: in lower case, and valid for a mail server. Only sending can show whether mail
/// arrives there.
pub fn parse(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (_, domain) = address.rsplit_once('@')?;
    let fits = address.len() <= ADDRESS_MAX && domain.contains('.') && recipient(&address).is_ok();
    fits.then_some(address)
}

/// Returns an address that an email can be sent to.
///
/// # Errors
/// If no server could accept mail for it.
pub(crate) fn recipient(text: &str) -> Result<Address, ()> {
    let text = text.trim();
    if text.len() > ADDRESS_MAX || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(());
    }
    text.parse().map_err(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_server_could_take_is_an_address() {
        for good in ["a@b.test", "first.last+tag@sub.brand.com", " a@b.test "] {
            assert!(recipient(good).is_ok(), "{good}");
        }
        for bad in
            ["", "a", "a@", "@b", "a@b.test\r\nRCPT TO:<c@d.test>", "a b@c.test", "a@b.test,c@d.test", "<a@b.test>"]
        {
            assert!(recipient(bad).is_err(), "{bad}");
        }
        assert!(recipient(&format!("{}@b.test", "a".repeat(300))).is_err());
    }
}
