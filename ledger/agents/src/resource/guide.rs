//! The guide for brands, whose pages assistants read to answer how something works.

/// A page: its name, its title in the table of contents, and its text.
#[derive(Debug)]
pub struct Page {
    pub name: &'static str,
    pub title: &'static str,
    /// Markdown.
    pub text: &'static str,
}

macro_rules! page {
    ($name:literal, $title:literal) => {
        Page { name: $name, title: $title, text: include_str!(concat!("../../../../docs/guide/", $name, ".md")) }
    };
}

/// In the order of the table of contents.
pub static PAGES: [Page; 23] = [
    page!("first-steps", "Getting started"),
    page!("dashboard", "The dashboard"),
    page!("programs", "Programs"),
    page!("commissions", "Commissions"),
    page!("attribution", "Attribution"),
    page!("claimed-sales", "Claimed sales"),
    page!("coupons", "Coupons"),
    page!("rewards", "Rewards"),
    page!("sub-affiliates", "Sub-affiliates"),
    page!("currencies", "Currencies and exchange rates"),
    page!("program-page", "The program page"),
    page!("network", "The network"),
    page!("import", "Moving from another platform"),
    page!("payouts", "Payouts"),
    page!("payout-runs", "Payout runs"),
    page!("reconciliation", "Reconciliation with Stripe"),
    page!("tax-forms", "Tax forms"),
    page!("portal", "The affiliate portal"),
    page!("copilot", "The co-pilot"),
    page!("team", "Organizations and teams"),
    page!("accounts", "Accounts and emails"),
    page!("privacy", "Privacy"),
    page!("glossary", "Glossary"),
];

pub fn page(name: &str) -> Option<&'static Page> {
    PAGES.iter().find(|page| page.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_those_of_the_table_of_contents() {
        let contents = include_str!("../../../../docs/SUMMARY.md");
        let listed = contents.lines().filter_map(|line| {
            let (title, rest) = line.split_once("- [")?.1.split_once("](guide/")?;
            Some((rest.strip_suffix(".md)")?, title))
        });
        let known: Vec<(&str, &str)> = PAGES.iter().map(|page| (page.name, page.title)).collect();
        assert_eq!(listed.collect::<Vec<_>>(), known);
        assert!(PAGES.iter().all(|page| page.text.starts_with("# ")));
        assert!(page("payouts").is_some() && page("../api/keys").is_none());
    }
}
