//! Names that affiliates choose for themselves once they have joined. Others read them on public pages, on leaderboards
//! and in emails. Pure.

use kit::{
    api::text::holds_address,
    text::{Text, Texts},
};

/// Why others must not see this name, if so: programs that show it would turn an address in it into a link. The
/// application form refuses web addresses, too.
pub fn address_problem(name: &str, t: Texts) -> Option<Text> {
    if name.contains('@') {
        return Some(t.say("creator-profile-name-address"));
    }
    holds_address(name).then(|| t.say("program-form-name-with-address"))
}

#[cfg(test)]
mod tests {
    use kit::text::Language;

    use super::*;

    #[test]
    fn a_name_leads_nowhere() {
        let problem = |name: &str| address_problem(name, Texts::new(Language::De)).map(String::from);
        for bad in ["Claim at evil.example", "https://evil", "www.evil", "win@evil.example", "@evil"] {
            assert!(problem(bad).is_some(), "{bad}");
        }
        for good in ["Nina Berg", "Dr. Ann Vale", "Sam 2.0", "李. 雷"] {
            assert_eq!(problem(good), None);
        }
        assert!(problem("evil.example").is_some_and(|problem| problem.contains("ohne Webadresse")));
    }
}
