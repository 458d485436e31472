//! What a brand sees of a creator before there is a contact: no address, no URLs, no exact figures, and initials instead of
//! the name if the creator wants that. Every page and answer for brands is made of this type. Pure.

use kit::text::Texts;
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};

use super::{channel::Channel, profile::Profile};
use crate::words;

/// A creator as brands see them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicCard {
    pub handle: Option<String>,
    /// The name, or initials.
    pub name: String,
    pub headline: String,
    pub bio: String,
    pub country: Option<String>,
    pub languages: Vec<String>,
    pub topics: Vec<Topic>,
    pub formats: Vec<Format>,
    pub earnings: Vec<Earning>,
    pub recent_results: String,
    pub wont_promote: String,
    pub channels: Vec<CardChannel>,
}

/// A channel without its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CardChannel {
    pub kind: ChannelKind,
    pub audience: AudienceBand,
    pub is_verified: bool,
}

impl PublicCard {
    pub fn of(profile: &Profile, channels: &[Channel]) -> Self {
        Self {
            handle: profile.handle.clone(),
            name: shown_name(&profile.name, profile.initials_only),
            headline: profile.headline.clone(),
            bio: profile.bio.clone(),
            country: profile.country.clone(),
            languages: profile.languages.clone(),
            topics: profile.topics.clone(),
            formats: profile.formats.clone(),
            earnings: profile.earnings.clone(),
            recent_results: profile.recent_results.clone(),
            wont_promote: profile.wont_promote.clone(),
            channels: channels.iter().map(CardChannel::of).collect(),
        }
    }

    /// The labels and values that pages show, in the language of `t`; empty ones are left out.
    pub fn facts(&self, t: &Texts) -> Vec<(String, String)> {
        let t = *t;
        let list = |words: Vec<String>| words.join(", ");
        let country = self.country.as_deref().and_then(country::named).map(|country| country.name(t));
        let channel = |channel: &CardChannel| {
            let mark = if channel.is_verified { "verified" } else { "unverified" };
            let kind = words::channel(t, channel.kind);
            let audience = words::audience(t, channel.audience);
            t.say("creator-card-channel").with("kind", kind).with("audience", audience).with("mark", mark).to_string()
        };
        [
            ("topics", list(self.topics.iter().map(|topic| words::topic(t, *topic)).collect())),
            ("channels", list(self.channels.iter().map(channel).collect())),
            ("country", country.unwrap_or_default()),
            ("languages", list(self.languages.iter().map(|code| words::language_name(code).to_owned()).collect())),
            ("formats", list(self.formats.iter().map(|format| words::format(t, *format)).collect())),
            ("earnings", list(self.earnings.iter().map(|earning| words::earning(t, *earning)).collect())),
            ("results", self.recent_results.clone()),
            ("wont", self.wont_promote.clone()),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(part, value)| (t.say("creator-card-part").with("part", part).to_string(), value))
        .collect()
    }
}

impl CardChannel {
    pub const fn of(channel: &Channel) -> Self {
        Self { kind: channel.kind, audience: channel.audience, is_verified: channel.verified_at.is_some() }
    }
}

/// The name as brands see it: `Lauren Ipsum`, or `L. I.`.
pub fn shown_name(name: &str, initials_only: bool) -> String {
    if !initials_only {
        return name.to_owned();
    }
    let first = |word: &str| word.chars().find(|character| character.is_alphanumeric());
    let characters = name.split_whitespace().filter_map(first).take(3);
    let initials: Vec<String> = characters.map(|first| format!("{}.", first.to_uppercase())).collect();
    if initials.is_empty() { "–".to_owned() } else { initials.join(" ") }
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::{super::profile::tests::lauren, *};

    fn blog() -> Channel {
        Channel {
            id: shared::id::CreatorChannelId::v7(1, &[1; 10]),
            kind: ChannelKind::Website,
            handle: "lauren.blog".to_owned(),
            url: "https://lauren.blog/".to_owned(),
            audience: AudienceBand::From10k,
            code: "rekomi-0123456789abcdef".to_owned(),
            verified_at: Some(Timestamp::EPOCH),
            method: None,
            checked_at: None,
        }
    }

    #[test]
    fn a_card_has_no_address_and_no_url() {
        let card = PublicCard::of(&Profile { initials_only: true, ..lauren() }, &[blog()]);
        let all = format!("{card:?} {:?}", card.facts(&Texts::default()));
        for private in ["Lauren", "Ipsum", "lauren.blog", "https", "rekomi-", "@"] {
            assert!(!all.contains(private), "{private}: {all}");
        }
        assert!(all.contains("Developers") && all.contains("40 trials"), "{all}");
    }

    #[test]
    fn initials_stand_for_a_name() {
        for (name, initials) in
            [("Lauren Ipsum", "L. I."), ("élise", "É."), ("Ana María de la Cruz", "A. M. D."), ("!", "–")]
        {
            assert_eq!(shown_name(name, true), initials);
            assert_eq!(shown_name(name, false), name);
        }
    }
}
