//! Determines which addresses lead to the same mailbox, by the rules of its provider. Pure.

/// How a mailbox provider interprets the part before the `@`.
struct Provider {
    /// Its domains: the same name at any of them is the same mailbox. The first one represents all.
    domains: &'static [&'static str],
    /// Characters that it ignores in a name.
    ignored: &'static [char],
    /// A character other than `+` that ends a name: the owner's tag follows.
    tag: Option<char>,
}

/// Providers that ignore more in an address than a `+tag`, from their documentation: Google ("Dots don't matter in
/// Gmail addresses"), Proton ("Addresses and aliases"; usernames are compared without dots, hyphens and underscores),
/// Apple (an account of me.com or mac.com has the same name at icloud.com), Yahoo (a disposable address is
/// `nickname-keyword`, and no other name has a hyphen), Yandex (all its domains are one mailbox, and a hyphen is a
/// dot).
const PROVIDERS: &[Provider] = &[
    Provider { domains: &["gmail.com", "googlemail.com"], ignored: &['.'], tag: None },
    Provider {
        domains: &["proton.me", "protonmail.com", "protonmail.ch", "pm.me"],
        ignored: &['.', '-', '_'],
        tag: None,
    },
    Provider { domains: &["icloud.com", "me.com", "mac.com"], ignored: &[], tag: None },
    Provider { domains: &["yahoo.com"], ignored: &[], tag: Some('-') },
    Provider { domains: &["yahoo.co.uk"], ignored: &[], tag: Some('-') },
    Provider { domains: &["yahoo.de"], ignored: &[], tag: Some('-') },
    Provider { domains: &["yahoo.fr"], ignored: &[], tag: Some('-') },
    Provider { domains: &["yahoo.es"], ignored: &[], tag: Some('-') },
    Provider { domains: &["yahoo.it"], ignored: &[], tag: Some('-') },
    Provider { domains: &["ymail.com"], ignored: &[], tag: Some('-') },
    Provider { domains: &["rocketmail.com"], ignored: &[], tag: Some('-') },
    Provider {
        domains: &["yandex.com", "yandex.ru", "ya.ru", "yandex.by", "yandex.kz", "yandex.ua"],
        ignored: &['.', '-'],
        tag: None,
    },
];

/// Fastmail delivers `anything@name.fastmail.com` to `name@fastmail.com` ("Plus addressing and subdomain addressing").
const SUBDOMAINS: &[&str] = &["fastmail.com", "fastmail.fm"];

/// Returns an address in the form used for comparison: lower case, without a `+tag`, and without what its provider
/// ignores.
pub fn email_key(email: &str) -> String {
    let email = email.trim().to_lowercase();
    let Some((name, domain)) = email.rsplit_once('@') else { return email };
    for provider_domain in SUBDOMAINS {
        if let Some(owner) = domain.strip_suffix(provider_domain).and_then(|rest| rest.strip_suffix('.'))
            && !owner.is_empty()
        {
            return format!("{owner}@{provider_domain}");
        }
    }
    let name = name.split('+').next().unwrap_or(name);
    let Some(provider) = PROVIDERS.iter().find(|provider| provider.domains.contains(&domain)) else {
        return format!("{name}@{domain}");
    };
    let name = provider.tag.and_then(|tag| name.split(tag).next()).unwrap_or(name);
    format!("{}@{}", name.replace(provider.ignored, ""), provider.domains[0])
}

/// What addresses with the same key may look like, in any case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spellings<'k> {
    /// The name, without what its provider ignores.
    pub name: String,
    /// Characters that may be anywhere in the name.
    pub ignored: &'static [char],
    /// Characters that end the name: a tag follows.
    pub tags: Vec<char>,
    pub domains: Vec<&'k str>,
    /// Whether the name may also be a subdomain of the domain, of which every name is the same mailbox.
    pub owns_subdomain: bool,
}

/// Returns what addresses with this key may look like; `None` if the key is no address.
pub fn spellings(key: &str) -> Option<Spellings<'_>> {
    let (name, domain) = key.rsplit_once('@')?;
    let provider = PROVIDERS.iter().find(|provider| provider.domains.contains(&domain));
    let ignored = provider.map(|provider| provider.ignored).unwrap_or_default();
    let spellings = Spellings {
        name: name.replace(ignored, ""),
        ignored,
        tags: std::iter::once('+').chain(provider.and_then(|provider| provider.tag)).collect(),
        domains: provider.map_or_else(|| vec![domain], |provider| provider.domains.to_vec()),
        owns_subdomain: SUBDOMAINS.contains(&domain),
    };
    Some(spellings).filter(|spellings| !spellings.name.is_empty())
}

/// How keys of addresses that begin with a text may begin, other than with the text itself. Some begin with others'
/// addresses, too. A provider's other domains are only known in a whole address.
pub fn key_beginnings(beginning: &str) -> Vec<String> {
    let beginning = beginning.to_lowercase();
    let (typed, domain) = match beginning.rsplit_once('@') {
        Some((name, domain)) => (name, Some(format!("@{domain}"))),
        None => (beginning.as_str(), None),
    };
    // A tag ends the name.
    let key = |name: &str, is_whole: bool| {
        let rest = domain.as_deref().unwrap_or(if is_whole { "@" } else { "" });
        (!name.is_empty()).then(|| format!("{name}{rest}"))
    };
    let name = typed.split('+').next().unwrap_or(typed);
    let is_whole = name.len() < typed.len();
    let ignored: Vec<char> = PROVIDERS.iter().flat_map(|provider| provider.ignored).copied().collect();
    let tags = PROVIDERS.iter().filter_map(|provider| provider.tag);
    let untagged = tags.filter_map(|tag| name.split_once(tag)).filter_map(|(name, _)| key(name, true));
    let mut found: Vec<String> = [key(name, is_whole), key(&name.replace(ignored.as_slice(), ""), is_whole)]
        .into_iter()
        .flatten()
        .chain(untagged)
        .filter(|key| *key != beginning)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Whether an address looks as one of these spellings.
    fn fits(spellings: &Spellings<'_>, address: &str) -> bool {
        let address = address.to_lowercase();
        let Some((name, domain)) = address.rsplit_once('@') else { return false };
        let untagged = name.split(spellings.tags.as_slice()).next().unwrap_or_default();
        let is_name = untagged.replace(spellings.ignored, "") == spellings.name;
        let below = |parent: &&str| domain == format!("{}.{parent}", spellings.name);
        (is_name && spellings.domains.contains(&domain))
            || (spellings.owns_subdomain && spellings.domains.iter().any(below))
    }

    fn domains() -> Vec<&'static str> {
        let of_providers = PROVIDERS.iter().flat_map(|provider| provider.domains);
        of_providers.chain(SUBDOMAINS).copied().chain(["shop.test"]).collect()
    }

    proptest! {
        /// Every address is one of the spellings of its key, and every spelling has the key.
        #[test]
        fn spellings_are_the_addresses_with_one_key(
            name in "[A-Za-z0-9][A-Za-z0-9._-]{0,8}",
            tag in "|[+][a-z0-9.-]{0,4}|[-][a-z]{1,4}",
            domain in prop::sample::select(domains()),
            below in "|[A-Za-z0-9]{1,5}[.]",
            other in "[a-z.-]{1,4}@(gmail[.]com|yahoo[.]de|pm[.]me|me[.]com)",
        ) {
            let address = format!("{name}{tag}@{below}{domain}");
            let key = email_key(&address);
            let spellings = spellings(&key).unwrap();
            prop_assert!(fits(&spellings, &address), "{} {:?}", address, spellings);
            prop_assert!(fits(&spellings, &key), "{} {:?}", key, spellings);
            prop_assert_eq!(fits(&spellings, &other), email_key(&other) == key, "{} {:?}", other, spellings);
        }
    }

    #[test]
    fn an_address_is_found_by_its_beginning() {
        for (beginning, keys) in [
            ("ann", vec![]),
            ("ann@shop.test", vec![]),
            ("Ann.B", vec!["annb"]),
            ("ann-b", vec!["ann@", "annb"]),
            ("ann.bee+sh", vec!["ann.bee@", "annbee@"]),
            ("ann.bee+shop@gm", vec!["ann.bee@gm", "annbee@gm"]),
            ("ann-shop@yahoo", vec!["ann@yahoo", "annshop@yahoo"]),
            ("+", vec![]),
            ("@shop", vec![]),
        ] {
            assert_eq!(key_beginnings(beginning), keys, "{beginning}");
        }
        for address in ["ann.bee+shop@gmail.com", "ann_b-ee@pm.me", "ann-shop@yahoo.de", "ann.bee+x@shop.test"] {
            for length in 1..=address.rfind('@').unwrap() {
                let typed = &address[..length];
                let mut keys = key_beginnings(typed);
                keys.push(typed.to_owned());
                let key = email_key(address);
                assert!(keys.iter().any(|beginning| key.starts_with(beginning)), "{typed}: {keys:?}");
            }
        }
    }

    #[test]
    fn one_mailbox_has_one_key() {
        for (key, spellings) in [
            ("annbee@gmail.com", ["Ann.Bee@Gmail.com", "annbee+shop@googlemail.com", " a.n.n.b.e.e@gmail.com "]),
            ("annbee@proton.me", ["ann.bee@protonmail.com", "ann_bee@pm.me", "ann-bee+x@proton.me"]),
            ("ann.bee@icloud.com", ["ann.bee@me.com", "Ann.Bee+x@mac.com", "ann.bee@icloud.com"]),
            ("ann@yahoo.com", ["ann-shop@yahoo.com", "ann-other@yahoo.com", "ann+x@yahoo.com"]),
            ("annbee@yandex.com", ["ann.bee@yandex.ru", "ann-bee@ya.ru", "ann.bee+x@yandex.com"]),
            ("ann@fastmail.com", ["shop@ann.fastmail.com", "ann+shop@fastmail.com", "other@ann.fastmail.com"]),
            ("ann.bee@shop.test", ["Ann.Bee@Shop.test", "ann.bee+x@shop.test", "ann.bee+y@shop.test"]),
        ] {
            for spelling in spellings {
                assert_eq!(email_key(spelling), key, "{spelling}");
            }
        }
    }

    #[test]
    fn different_mailboxes_have_different_keys() {
        for (one, other) in [
            ("ann.bee@outlook.com", "annbee@outlook.com"),
            ("ann-bee@shop.test", "ann@shop.test"),
            ("ann@yahoo.com", "ann@yahoo.de"),
            ("ann@icloud.com", "ann@gmail.com"),
            ("ann@fastmail.com", "bee@fastmail.com"),
            ("ann@notfastmail.com", "ann@fastmail.com"),
        ] {
            assert_ne!(email_key(one), email_key(other));
        }
        assert_eq!(email_key("no address"), "no address");
    }
}
