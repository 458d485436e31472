//! What a creator says about themselves. Pure.

use rules::network::{AudienceBand, Earning, Format, Topic};
use shared::{id::OrganizationId, timestamp::Timestamp};

/// A profile, as its creator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The public name in URLs.
    pub handle: Option<String>,
    pub name: String,
    /// Whether brands see initials instead of the name before there is a contact.
    pub initials_only: bool,
    pub headline: String,
    pub bio: String,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub topics: Vec<Topic>,
    pub formats: Vec<Format>,
    pub earnings: Vec<Earning>,
    pub portfolio_url: Option<String>,
    pub recent_results: String,
    pub wont_promote: String,
    /// The largest of all channels.
    pub audience_band: Option<AudienceBand>,
    pub verified_channels: i32,
    /// `None`: no brand sees the profile.
    pub listed_at: Option<Timestamp>,
    pub paused_at: Option<Timestamp>,
    pub hidden_from: Vec<OrganizationId>,
    pub shares_reputation: bool,
    pub weekly_invitations_max: i32,
}

impl Profile {
    /// What would make the profile more useful, most important first; each is a message's variant.
    pub fn missing(&self, channels: usize) -> Vec<&'static str> {
        [
            ("topics", self.topics.is_empty()),
            ("channel", channels == 0),
            ("headline", self.headline.is_empty()),
            ("bio", self.bio.is_empty()),
            ("languages", self.languages.is_empty()),
            ("country", self.country.is_none()),
            ("formats", self.formats.is_empty()),
            ("earnings", self.earnings.is_empty()),
            ("verified", channels > 0 && self.verified_channels == 0),
            ("results", self.recent_results.is_empty()),
        ]
        .into_iter()
        .filter_map(|(part, is_missing)| is_missing.then_some(part))
        .collect()
    }

    /// What has to be there before brands can see the profile.
    pub fn needs(&self, channels: usize) -> Vec<&'static str> {
        self.missing(channels).into_iter().filter(|part| ["topics", "channel"].contains(part)).collect()
    }

    /// Whether brands can see it, apart from those it is hidden from.
    pub const fn is_visible(&self) -> bool {
        self.listed_at.is_some() && self.paused_at.is_none()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn lauren() -> Profile {
        Profile {
            handle: Some("lauren".to_owned()),
            name: "Lauren Ipsum".to_owned(),
            initials_only: false,
            headline: "Software for small teams".to_owned(),
            bio: "I test tools.".to_owned(),
            country: Some("US".to_owned()),
            languages: vec!["en".to_owned()],
            topics: vec![Topic::Developers],
            formats: vec![Format::Review],
            earnings: vec![Earning::Share],
            portfolio_url: Some("https://lauren.blog/work".to_owned()),
            recent_results: "40 trials in May".to_owned(),
            wont_promote: "Gambling".to_owned(),
            audience_band: Some(AudienceBand::From10k),
            verified_channels: 1,
            listed_at: None,
            paused_at: None,
            hidden_from: Vec::new(),
            shares_reputation: false,
            weekly_invitations_max: 10,
        }
    }

    #[test]
    fn a_profile_says_what_is_missing() {
        let whole = lauren();
        assert_eq!(whole.missing(1), Vec::<&str>::new());
        let bare = Profile { topics: Vec::new(), bio: String::new(), verified_channels: 0, ..whole.clone() };
        assert_eq!(bare.missing(0), ["topics", "channel", "bio"]);
        assert_eq!(bare.needs(0), ["topics", "channel"]);
        assert_eq!(Profile { verified_channels: 0, ..whole }.missing(2), ["verified"]);
    }

    #[test]
    fn a_paused_profile_is_not_visible() {
        let listed = Profile { listed_at: Some(Timestamp::EPOCH), ..lauren() };
        assert!(listed.is_visible() && !lauren().is_visible());
        assert!(!Profile { paused_at: Some(Timestamp::EPOCH), ..listed }.is_visible());
    }
}
