//! Where a creator reaches people, and how each kind of channel can be proved. Pure.

use programs::install::tags::{tags, without_comments};
use rules::network::{AudienceBand, ChannelKind};
use shared::{id::CreatorChannelId, text_enum, timestamp::Timestamp};
use url::Url;

use kit::outbound::{Reach, target};

/// The most channels of a creator.
pub const CHANNELS_MAX: usize = 8;
const HANDLE_MAX: usize = 200;
/// What the DNS record and the tag are called.
pub const DNS_PREFIX: &str = "rekomi-creator=";
pub const TAG_NAME: &str = "rekomi-verification";

text_enum! {
    /// How a channel was proved.
    Method {
        Dns, Tag,
        /// The code was in the text with which the channel describes itself.
        Bio,
    }
}

/// A channel, as its creator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    pub id: CreatorChannelId,
    pub kind: ChannelKind,
    /// Such as `@lauren` or `lauren.blog`.
    pub handle: String,
    pub url: String,
    pub audience: AudienceBand,
    /// What proves the channel.
    pub code: String,
    pub verified_at: Option<Timestamp>,
    pub method: Option<Method>,
    pub checked_at: Option<Timestamp>,
}

/// How a kind of channel can be proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// A DNS record of the host, or a tag on the page.
    Site,
    /// The code in the channel's description, which the platform shows to everyone.
    Bio,
    /// The platform shows profiles to people who are signed in only.
    Closed,
}

/// How a channel of that kind is proved.
pub const fn proof(kind: ChannelKind) -> Proof {
    match kind {
        ChannelKind::Website => Proof::Site,
        ChannelKind::YouTube
        | ChannelKind::Twitch
        | ChannelKind::Newsletter
        | ChannelKind::Podcast
        | ChannelKind::Other => Proof::Bio,
        ChannelKind::Instagram | ChannelKind::TikTok | ChannelKind::X | ChannelKind::LinkedIn => Proof::Closed,
    }
}

/// The hosts of a platform's profiles; empty if they can be anywhere.
const fn hosts(kind: ChannelKind) -> &'static [&'static str] {
    match kind {
        ChannelKind::YouTube => &["youtube.com"],
        ChannelKind::Instagram => &["instagram.com"],
        ChannelKind::TikTok => &["tiktok.com"],
        ChannelKind::X => &["x.com", "twitter.com"],
        ChannelKind::LinkedIn => &["linkedin.com"],
        ChannelKind::Twitch => &["twitch.tv"],
        ChannelKind::Website | ChannelKind::Newsletter | ChannelKind::Podcast | ChannelKind::Other => &[],
    }
}

/// Why an address isn't a channel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mistake {
    /// It isn't a public address.
    Address,
    /// It is on another platform.
    Platform,
    /// It is the platform's own page, or a single post.
    Profile,
}

/// Parses the address of a channel as typed, with https:// if it has no scheme. Returns its URL and its handle.
///
/// # Errors
/// The mistake.
pub fn address(kind: ChannelKind, typed: &str, reach: Reach) -> Result<(Url, String), Mistake> {
    let typed = typed.trim();
    let full = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = target::check(&full, reach).map_err(|_| Mistake::Address)?;
    url.set_query(None);
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_owned();
    let known = hosts(kind);
    let is_at = |platform: &str| host == platform || host.strip_suffix(platform).is_some_and(|sub| sub.ends_with('.'));
    if !known.is_empty() && !known.iter().any(|platform| is_at(platform)) {
        return Err(Mistake::Platform);
    }
    let handle = if known.is_empty() {
        format!("{host}{}", url.path().trim_end_matches('/'))
    } else {
        profile_name(kind, url.path()).ok_or(Mistake::Profile)?
    };
    if handle.is_empty() || handle.chars().count() > HANDLE_MAX { Err(Mistake::Address) } else { Ok((url, handle)) }
}

/// The name in the path of a profile; `None` if it is the path of something else, such as a video, where strangers may
/// write, too.
fn profile_name(kind: ChannelKind, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let name = match (kind, parts.as_slice()) {
        (ChannelKind::YouTube, [name]) if name.starts_with('@') => name,
        (ChannelKind::YouTube, ["channel" | "c" | "user", name]) => name,
        (ChannelKind::TikTok, [name]) if name.starts_with('@') => name,
        (ChannelKind::LinkedIn, ["in" | "company", name]) => name,
        (ChannelKind::Instagram | ChannelKind::X | ChannelKind::Twitch, [name]) => name,
        _ => return None,
    };
    Some(format!("@{}", name.trim_start_matches('@')))
}

/// Whether a page has our tag with the code.
pub fn has_tag(html: &str, code: &str) -> bool {
    metas(html).iter().any(|(name, content)| name == TAG_NAME && content.trim() == code)
}

/// Whether a channel's page has the code where only its owner writes: in its description. Other texts of a page may be
/// written by strangers, such as comments.
pub fn describes_itself_with(html: &str, code: &str) -> bool {
    let is_own = |name: &str| ["description", "og:description", "twitter:description"].contains(&name);
    metas(html).iter().any(|(name, content)| is_own(name) && content.contains(code))
}

/// Names and contents of a page's meta tags.
fn metas(html: &str) -> Vec<(String, String)> {
    let html = without_comments(html);
    let named = |tag: &programs::install::tags::Tag| {
        let name = tag.get("name").or_else(|| tag.get("property"))?.trim().to_ascii_lowercase();
        Some((name, tag.get("content")?.to_owned()))
    };
    tags(&html, "meta").iter().filter_map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handle(kind: ChannelKind, typed: &str) -> Result<String, Mistake> {
        address(kind, typed, Reach::Public).map(|(_, handle)| handle)
    }

    #[test]
    fn a_channel_is_on_its_platform() {
        for (kind, typed, expected) in [
            (ChannelKind::Website, "lauren.blog", "lauren.blog"),
            (ChannelKind::Website, "https://www.lauren.blog/en/?utm=x", "lauren.blog/en"),
            (ChannelKind::YouTube, "youtube.com/@lauren", "@lauren"),
            (ChannelKind::YouTube, "https://m.youtube.com/channel/UC1", "@UC1"),
            (ChannelKind::X, "https://twitter.com/lauren", "@lauren"),
            (ChannelKind::LinkedIn, "https://www.linkedin.com/in/lauren/", "@lauren"),
            (ChannelKind::Newsletter, "lauren.substack.com", "lauren.substack.com"),
        ] {
            assert_eq!(handle(kind, typed).as_deref(), Ok(expected), "{typed}");
        }
    }

    #[test]
    fn other_addresses_are_refused() {
        for (kind, typed, mistake) in [
            (ChannelKind::Website, "", Mistake::Address),
            (ChannelKind::Website, "http://lauren.blog", Mistake::Address),
            (ChannelKind::Website, "https://127.0.0.1/", Mistake::Address),
            (ChannelKind::Website, "https://router.local/", Mistake::Address),
            (ChannelKind::Website, "https://me:pw@lauren.blog", Mistake::Address),
            (ChannelKind::YouTube, "https://notyoutube.com/@lauren", Mistake::Platform),
            (ChannelKind::YouTube, "https://youtube.com.evil.test/@lauren", Mistake::Platform),
            (ChannelKind::YouTube, "https://youtube.com/watch", Mistake::Profile),
            (ChannelKind::X, "https://x.com/lauren/status/1", Mistake::Profile),
            (ChannelKind::Twitch, "https://twitch.tv/", Mistake::Profile),
        ] {
            assert_eq!(handle(kind, typed), Err(mistake), "{typed}");
        }
    }

    #[test]
    fn the_code_counts_only_where_its_owner_writes() {
        let code = "rekomi-0123456789abcdef";
        let tag = format!("<head><meta content='{code}' name=\"rekomi-verification\"></head>");
        assert!(has_tag(&tag, code) && !has_tag(&tag, "rekomi-0123456789abcde"));
        assert!(!has_tag(&format!("<!-- {tag} -->"), code));
        let bio = format!("<meta property=\"og:description\" content=\"Hi, {code}\">");
        assert!(describes_itself_with(&bio, code) && !has_tag(&bio, code));
        let comment = format!("<p>{code}</p><meta name=\"keywords\" content=\"{code}\">");
        assert!(!describes_itself_with(&comment, code) && !has_tag(&comment, code));
    }
}
