//! What an applicant's website says of itself, for the reviewer of the application. Pure.

use url::Url;

use super::application::Fact;
use programs::install::tags::{Tag, tags, without_comments};

/// Most characters that are shown.
const TITLE_MAX: usize = 150;
const DESCRIPTION_MAX: usize = 400;
/// Longer ones aren't profiles.
const HREF_MAX: usize = 300;
/// Shorter names are found on any page.
const NAME_MIN: usize = 3;
/// Longest name of an entity, with its semicolon.
const ENTITY_MAX: usize = 10;
/// Links of a page that are read.
const LINKS_MAX: usize = 2_000;

/// Where creators publish: the domain, and its name.
const CHANNELS: [(&str, &str); 10] = [
    ("youtube.com", "YouTube"),
    ("instagram.com", "Instagram"),
    ("tiktok.com", "TikTok"),
    ("x.com", "X"),
    ("twitter.com", "X"),
    ("facebook.com", "Facebook"),
    ("linkedin.com", "LinkedIn"),
    ("pinterest.com", "Pinterest"),
    ("twitch.tv", "Twitch"),
    ("substack.com", "Substack"),
];
/// Paths of these that share a page instead of being a profile.
const SHARING: [&str; 4] = ["/intent", "/share", "/dialog", "/pin/create"];

/// A website as it was fetched, or why it wasn't.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Website {
    pub problem: Option<String>,
    pub title: Option<String>,
    pub description: Option<String>,
    /// The host that it redirects to, if it is another one.
    pub leads_to: Option<String>,
    /// The profiles that it links to: name and URL.
    pub channels: Vec<(&'static str, String)>,
    /// Whether it names the applicant.
    pub facts: Vec<Fact>,
}

impl Website {
    pub fn refused(problem: impl Into<String>) -> Self {
        Self { problem: Some(problem.into()), ..Self::default() }
    }

    /// Reads the page at which the `given` URL ended.
    pub fn read(given: &Url, page: &Url, html: &str, (name, email): (&str, &str)) -> Self {
        let html = without_comments(html);
        let metas = tags(&html, "meta");
        let (from, to) = (host(given), host(page));
        Self {
            problem: None,
            title: title(&html).or_else(|| meta(&metas, ["og:title", "twitter:title"], TITLE_MAX)),
            description: meta(&metas, ["description", "og:description"], DESCRIPTION_MAX),
            leads_to: to.filter(|to| Some(to) != from.as_ref()),
            channels: channels(&html, page),
            facts: vec![names_them(&html, name, email)],
        }
    }
}

fn host(url: &Url) -> Option<String> {
    let host = url.host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host).to_owned())
}

fn title(html: &str) -> Option<String> {
    let lower = html.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let (_, inside) = html.get(start..)?.split_once('>')?;
    let end = inside.to_ascii_lowercase().find("</title")?;
    line(inside.get(..end)?, TITLE_MAX)
}

/// The first of these that the page has.
fn meta(metas: &[Tag], names: [&str; 2], most: usize) -> Option<String> {
    names.into_iter().find_map(|name| {
        let tag = metas.iter().find(|tag| is_named(tag, name))?;
        line(tag.get("content")?, most)
    })
}

fn is_named(tag: &Tag, name: &str) -> bool {
    [tag.get("name"), tag.get("property")].into_iter().flatten().any(|own| own.eq_ignore_ascii_case(name))
}

/// The profiles that a page links to, one for each channel.
fn channels(html: &str, page: &Url) -> Vec<(&'static str, String)> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    for link in tags(html, "a").into_iter().take(LINKS_MAX) {
        let href = link.get("href").filter(|href| href.len() <= HREF_MAX);
        let Some(url) = href.and_then(|href| page.join(href).ok()) else { continue };
        if let Some(name) = channel(&url)
            && found.iter().all(|(known, _)| *known != name)
        {
            found.push((name, url.to_string()));
        }
    }
    found
}

fn channel(url: &Url) -> Option<&'static str> {
    let (host, path) = (url.host_str()?, url.path());
    let is_profile = path.len() > 1 && !SHARING.iter().any(|start| path.starts_with(start));
    if !is_profile || !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let is_of = |domain: &str| host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    CHANNELS.iter().find(|(domain, _)| is_of(domain)).map(|(_, name)| *name)
}

fn names_them(html: &str, name: &str, email: &str) -> Fact {
    let text = decoded(html).to_lowercase();
    let has = |words: &str| words.chars().count() >= NAME_MIN && has_words(&text, &words.to_lowercase());
    let fact = |tone, word, text: &str| Fact { tone, word, text: text.to_owned(), affiliate: None };
    if has(email) {
        fact("good", "Match", "Their email address is on their website.")
    } else if has(name) {
        fact("good", "Match", "Their name is on their website.")
    } else {
        fact("off", "Not found", "Neither their name nor their email address is on this page of their website.")
    }
}

/// Whether the text has these words on their own: "Ian" isn't in "guardian". The text may be of scripts and attributes,
/// too.
fn has_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(start, found)| {
        let before = text.get(..start).and_then(|before| before.chars().next_back());
        let after = text.get(start + found.len()..).and_then(|after| after.chars().next());
        ![before, after].into_iter().flatten().any(char::is_alphanumeric)
    })
}

/// One line without entities and control characters; `None` if nothing is left.
fn line(text: &str, most: usize) -> Option<String> {
    let text = decoded(text);
    let parts = text.split(|sign: char| sign.is_whitespace() || sign.is_control());
    let line = parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    let end = line.char_indices().nth(most).map(|(end, _)| end);
    match end {
        Some(end) => line.get(..end).map(|short| format!("{}\u{2026}", short.trim_end())),
        None => Some(line).filter(|line| !line.is_empty()),
    }
}

/// Replaces the entities that texts of pages have; others stay.
fn decoded(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        result.push_str(before);
        // Only as far as the longest name: a page may have a million of these signs.
        let end = after.bytes().take(ENTITY_MAX).position(|byte| byte == b';');
        let known = end.and_then(|end| Some((entity(after.get(..end)?)?, after.get(end + 1..)?)));
        match known {
            Some((character, after)) => {
                result.push(character);
                rest = after;
            }
            None => {
                result.push('&');
                rest = after;
            }
        }
    }
    result + rest
}

fn entity(name: &str) -> Option<char> {
    if let Some(number) = name.strip_prefix('#') {
        let code = match number.strip_prefix(['x', 'X']) {
            Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
            None => number.parse().ok()?,
        };
        return char::from_u32(code);
    }
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "rsquo" => '\u{2019}',
        "hellip" => '\u{2026}',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn read(html: &str) -> Website {
        let page = url("https://nina.test/");
        Website::read(&page, &page, html, ("Nina Park", "nina@nina.test"))
    }

    #[test]
    fn a_page_says_what_it_is_about() {
        let site = read(
            "<TITLE>\n Nina &amp; the&nbsp;mat &#x2014; yoga </TITLE><meta property=og:title content=other>\
             <META name='Description' content=\"Slow &quot;mornings&quot;\"><p>I am NINA PARK.",
        );
        assert_eq!(site.title.as_deref(), Some("Nina & the mat \u{2014} yoga"));
        assert_eq!(site.description.as_deref(), Some("Slow \"mornings\""));
        assert_eq!((site.facts[0].tone, site.problem, site.leads_to), ("good", None, None));
        let bare = read("<meta property=\"og:title\" content=\"Mat\"><!-- Nina Park --><title></title>");
        assert_eq!((bare.title.as_deref(), bare.description), (Some("Mat"), None));
        assert_eq!(bare.facts[0].tone, "off");
        let long = read(&format!("<title>{}</title>", "é".repeat(TITLE_MAX + 1))).title.unwrap();
        assert_eq!(long.chars().count(), TITLE_MAX + 1);
        assert!(long.ends_with('\u{2026}'), "{long}");
    }

    #[test]
    fn a_name_within_another_word_is_no_match() {
        let page = url("https://site.test/");
        let tone = |html: &str, name| Website::read(&page, &page, html, (name, "m@site.test")).facts.remove(0).tone;
        for (html, name, expected) in [
            ("<p>The Guardian</p><script src=\"/guardian.js\"></script>", "Ian", "off"),
            ("<p>Guardian, by IAN</p>", "Ian", "good"),
            ("<meta name=\"annual\"> Annual reports, channels", "Ann", "off"),
            ("Annual reports by <b>Ann</b>", "Ann", "good"),
            ("<a href=\"/@ann\">x</a>", "Ann", "good"),
            // A character of any script is part of a word, and so is one that is written as an entity.
            ("Jos\u{e9}phine", "Jos\u{e9}", "off"),
            ("&#352;ann", "Ann", "off"),
            ("caf\u{e9} Jos\u{e9}!", "Jos\u{e9}", "good"),
            ("write to tom@site.test.", "Tim", "off"),
            ("write to m@site.test.", "Tim", "good"),
        ] {
            assert_eq!(tone(html, name), expected, "{name} in {html}");
        }
    }

    #[test]
    fn profiles_are_listed_once_and_share_buttons_are_none() {
        let site = read(
            "<a href=https://www.youtube.com/@nina>a</a> <a href='https://youtube.com/@other'>b</a>\
             <a href=\"https://twitter.com/intent/tweet?x=1\">c</a> <a href=https://notyoutube.com/x>d</a>\
             <a href=\"javascript:alert(1)\">e</a> <a href='//x.com/nina'>f</a> <a href=https://tiktok.com/>g</a>",
        );
        let expected = [("YouTube", "https://www.youtube.com/@nina"), ("X", "https://x.com/nina")];
        assert_eq!(site.channels, expected.map(|(name, href)| (name, href.to_owned())));
    }

    #[test]
    fn a_redirect_to_another_host_is_shown() {
        let (given, page) = (url("https://www.nina.test/"), url("https://linkhub.test/nina"));
        let site = Website::read(&given, &page, "", ("Nina", "n@n.test"));
        assert_eq!(site.leads_to.as_deref(), Some("linkhub.test"));
        let same = Website::read(&given, &url("https://nina.test/home"), "", ("Nina", "n@n.test"));
        assert_eq!(same.leads_to, None);
    }

    #[test]
    fn a_broken_page_is_read_as_far_as_it_goes() {
        for html in [
            "",
            "<title",
            "<title>",
            "</title><title>é",
            "<a href=",
            "<meta name=description content='",
            "&#x;&#99999999;&é;",
        ] {
            let site = read(html);
            assert_eq!((site.title, site.channels.len()), (None, 0), "{html}");
        }
        assert_eq!(decoded("a&#x41;&#66;&nothing;&"), "aAB&nothing;&");
    }
}
