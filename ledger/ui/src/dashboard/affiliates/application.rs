//! What the server can check about an application, for its reviewer. Pure.

use url::Url;

use super::{answers::Answer, application_store::Other};
use rules::customer::mailbox::email_key;

/// Something that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// The CSS class of its badge.
    pub tone: &'static str,
    pub word: &'static str,
    pub text: String,
    /// The affiliate whom it is about.
    pub affiliate: Option<String>,
}

/// Compares the email address with the websites among the answers; without a website there is nothing to compare.
pub fn of_website(email: &str, answers: &[Answer]) -> Option<Fact> {
    let (_, domain) = email.rsplit_once('@')?;
    let hosts: Vec<String> = answers.iter().filter_map(|answer| host(answer.href.as_deref()?)).collect();
    let fact = |tone, word, text| Some(Fact { tone, word, text, affiliate: None });
    match hosts.iter().find(|host| is_below(host, domain) || is_below(domain, host)) {
        Some(host) => fact("good", "Match", format!("Their email address is at their website, {host}.")),
        None => {
            let host = hosts.first()?;
            fact("off", "Differs", format!("Their email address is at {domain}, and their website at {host}."))
        }
    }
}

/// Says who else uses the mailbox: one mailbox has many spellings.
pub fn of_mailbox(email: &str, others: Vec<Other>) -> Vec<Fact> {
    let mailbox = email_key(email);
    let same = others.into_iter().filter(|other| email_key(&other.email) == mailbox);
    let facts: Vec<Fact> = same
        .map(|other| Fact {
            tone: "wait",
            word: "Check",
            text: format!("{} ({}) uses the same mailbox, as {}.", other.name, other.status, other.email),
            affiliate: Some(other.id.to_string()),
        })
        .collect();
    if facts.is_empty() {
        let text = "No other affiliate uses this mailbox.".to_owned();
        return vec![Fact { tone: "good", word: "New", text, affiliate: None }];
    }
    facts
}

/// What all spellings of a mailbox contain.
pub fn mailbox_name(email: &str) -> String {
    email_key(email).split('@').next().unwrap_or_default().replace(['.', '-', '_'], "")
}

fn host(href: &str) -> Option<String> {
    let url = Url::parse(href).ok()?;
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

/// Whether a name is this domain or below it.
fn is_below(name: &str, domain: &str) -> bool {
    name.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use shared::id::AffiliateId;

    use super::*;

    fn website(href: &str) -> Vec<Answer> {
        vec![Answer { question: "Website".to_owned(), text: href.to_owned(), href: Some(href.to_owned()) }]
    }

    #[test]
    fn an_email_address_at_the_website_speaks_for_them() {
        for (email, href, tone) in [
            ("mia@mia.yoga", "https://www.mia.yoga/about", "good"),
            ("mia@mail.mia.yoga", "https://mia.yoga", "good"),
            ("mia@mia.yoga", "https://shop.mia.yoga", "good"),
            ("mia@gmail.com", "https://mia.yoga", "off"),
            ("mia@yoga", "https://mia-yoga", "off"),
        ] {
            assert_eq!(of_website(email, &website(href)).unwrap().tone, tone, "{email} {href}");
        }
        assert_eq!(of_website("mia@mia.yoga", &[]), None);
    }

    #[test]
    fn another_spelling_of_a_mailbox_is_found() {
        let other = |email: &str| Other {
            id: AffiliateId::from_bytes([1; 16]),
            name: "Mia".to_owned(),
            email: email.to_owned(),
            status: "Banned".to_owned(),
        };
        let found = of_mailbox("m.ia@gmail.com", vec![other("mia+2@googlemail.com"), other("mia@x.test")]);
        assert_eq!((found.len(), found[0].tone), (1, "wait"));
        assert!(found[0].text.contains("(Banned)") && found[0].affiliate.is_some());
        assert_eq!(of_mailbox("mia@gmail.com", vec![other("mia@x.test")])[0].tone, "good");
        assert_eq!(mailbox_name("M.ia-x+2@gmail.com"), "miax");
    }
}
