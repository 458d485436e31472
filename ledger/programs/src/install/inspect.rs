//! Analyzes a page's HTML and headers: whether the script is present, is ours, and is allowed to run. Pure.

use shared::text_enum;

use serde::{Deserialize, Serialize};
use url::Url;

use super::tags::{Tag, tags, without_comments};

text_enum! {
    /// The overall result.
    Verdict { Installed, Problems, Missing, Unreachable }
}

/// One result of the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `good`, `wait` (may be fine) or `bad`.
    pub tone: String,
    pub title: String,
    /// What to do about it.
    pub advice: String,
}

fn finding(tone: &str, title: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding { tone: tone.to_owned(), title: title.into(), advice: advice.into() }
}

/// The expected installation.
#[derive(Debug)]
pub struct Expected<'a> {
    /// Where the script may come from; first what we recommend.
    pub bases: &'a [String],
    pub program: &'a str,
    /// Sites from which the program accepts clicks; empty for any.
    pub origins: &'a [String],
}

/// The maximum number of findings to show, whatever the page contains.
const FINDINGS_MAX: usize = 20;
const LOADER: &str = "/api/v1/r/loader.js";

/// Inspects a page; `policies` are its `Content-Security-Policy` headers.
pub fn inspect(page: &Url, html: &str, policies: &[String], requested: &Expected<'_>) -> (Verdict, Vec<Finding>) {
    let html = without_comments(html);
    let scripts = tags(&html, "script");
    let ours: Vec<&Tag> = scripts.iter().filter(|tag| tag.get("src").is_some_and(|src| src.contains(LOADER))).collect();
    let mut found = Vec::new();
    // A page may have tags of several programs.
    let id = |tag: &&&Tag| tag.get("data-program-id").is_some_and(|id| id.trim() == requested.program);
    let Some(first) = ours.iter().find(id).or(ours.first()) else {
        found.push(missing(&html, &scripts));
        return (Verdict::Missing, found);
    };
    found.push(finding("good", "The script is on the page", ""));
    found.extend(address(page, first, requested));
    found.push(program(first, requested));
    found.extend(place(&html, first));
    if ours.iter().filter(|tag| tag.get("data-program-id") == first.get("data-program-id")).count() > 1 {
        found.push(finding("wait", "The script is on the page twice", "Remove one of them."));
    }
    found.extend(policy(page, &html, policies, first));
    found.extend(origin(page, requested));
    found.truncate(FINDINGS_MAX);
    let worst = found.iter().any(|one| one.tone == "bad");
    (if worst { Verdict::Problems } else { Verdict::Installed }, found)
}

fn missing(html: &str, scripts: &[Tag]) -> Finding {
    let manager = html.contains("googletagmanager.com/gtm") || html.contains("GTM-");
    if manager {
        let advice = "The page loads Google Tag Manager, which may add the script later, where we can't see it. \
                      It's better to add it to the page itself, at the top of the head: tag managers load it \
                      late, and ad blockers may block it.";
        return finding("wait", "The script isn't in the page's HTML", advice);
    }
    let single_page = scripts.len() <= 4 && html.len() < 4_000;
    let advice = if single_page {
        "The page is built by a script in the browser. Add ours to the HTML file that all pages share, such as index.html."
    } else {
        "Copy it into the head of every page, publish, and check again. If you just did, the old page may still be cached."
    };
    finding("bad", "The script isn't on the page", advice)
}

fn address(page: &Url, tag: &Tag, requested: &Expected<'_>) -> Option<Finding> {
    let src = page.join(tag.get("src")?.trim()).ok()?;
    if page.scheme() == "https" && src.scheme() == "http" {
        return Some(finding(
            "bad",
            "The script is loaded without HTTPS",
            "Browsers block that on an HTTPS page. Start its URL with https://.",
        ));
    }
    let mut bases = requested.bases.iter().filter_map(|base| Url::parse(base).ok());
    let is_it =
        |base: &Url| src.host_str() == base.host_str() && src.port_or_known_default() == base.port_or_known_default();
    let recommended = bases.next()?;
    if is_it(&recommended) || bases.any(|base| is_it(&base)) {
        return None;
    }
    let host = src.host_str().unwrap_or_default().to_owned();
    let expected = recommended.host_str().unwrap_or_default();
    let advice = format!("We expected {expected}. That's fine if {host} is an alias for it.");
    Some(finding("wait", format!("The script is loaded from {host}"), advice))
}

fn program(tag: &Tag, requested: &Expected<'_>) -> Finding {
    match tag.get("data-program-id").map(str::trim) {
        Some(id) if id == requested.program => finding("good", "The program ID is correct", ""),
        Some("") | None => finding(
            "bad",
            "The program ID is missing",
            format!("Add data-program-id=\"{}\" to the tag.", requested.program),
        ),
        Some(other) => finding(
            "bad",
            format!("The program ID is another program's: {}", other.chars().take(60).collect::<String>()),
            format!("For this program, use data-program-id=\"{}\".", requested.program),
        ),
    }
}

fn place(html: &str, tag: &Tag) -> Vec<Finding> {
    let lower = html.to_ascii_lowercase();
    let head_ends = lower.find("</head").or_else(|| lower.find("<body")).unwrap_or(lower.len());
    let mut found = Vec::new();
    if tag.at < head_ends {
        found.push(finding("good", "The script is in the head", ""));
    } else {
        found.push(finding(
            "wait",
            "The script is below the head",
            "It works, but a visitor may leave before it loads. Move it to the head.",
        ));
    }
    if tag.get("async").is_none() && tag.get("defer").is_none() && tag.get("type") != Some("module") {
        found.push(finding("wait", "The script isn't async", "It delays the page. Add async to the tag."));
    }
    found
}

fn policy(page: &Url, html: &str, headers: &[String], script: &Tag) -> Vec<Finding> {
    let is_policy =
        |tag: &Tag| tag.get("http-equiv").is_some_and(|name| name.eq_ignore_ascii_case("content-security-policy"));
    let metas =
        tags(html, "meta").into_iter().filter(is_policy).filter_map(|tag| tag.get("content").map(str::to_owned));
    // The script reports visits to the host that it came from.
    let Some(Ok(edge)) = script.get("src").map(|src| page.join(src.trim())) else { return Vec::new() };
    let mut found = Vec::new();
    for text in headers.iter().cloned().chain(metas) {
        for (name, what) in [("script-src", "load the script"), ("connect-src", "report visits")] {
            match allows(&text, name, page, &edge) {
                Some(true) | None => {}
                Some(false) => {
                    let one = finding(
                        "bad",
                        format!("The page's security policy doesn't let it {what}"),
                        format!(
                            "Add {} to {name} in its Content-Security-Policy.",
                            edge.origin().ascii_serialization()
                        ),
                    );
                    // Several policies may have the same problem.
                    if !found.contains(&one) {
                        found.push(one);
                    }
                }
            }
        }
    }
    found
}

/// `None` if the policy doesn't mention it, or if only a browser can decide.
fn allows(policy: &str, name: &str, page: &Url, edge: &Url) -> Option<bool> {
    let directive = |requested: &str| {
        policy.split(';').map(str::trim).find_map(|part| {
            let (name, sources) = part.split_once(char::is_whitespace).unwrap_or((part, ""));
            name.eq_ignore_ascii_case(requested).then(|| sources.to_ascii_lowercase())
        })
    };
    let sources = (if name == "script-src" { directive("script-src-elem") } else { None })
        .or_else(|| directive(name))
        .or_else(|| directive("default-src"))?;
    if sources.contains("'strict-dynamic'") || sources.contains("'nonce-") {
        return None;
    }
    let host = edge.host_str()?;
    let fits = |source: &str| match source {
        "*" => true,
        "'self'" => page.origin() == edge.origin(),
        "https:" | "http:" => source.trim_end_matches(':') == edge.scheme(),
        other => {
            let bare = other.split_once("://").map_or(other, |(_, rest)| rest);
            let bare = bare.split('/').next().unwrap_or_default();
            let bare = bare.split_once(':').map_or(bare, |(name, _)| name);
            bare == host || bare.strip_prefix("*.").is_some_and(|end| host.ends_with(&format!(".{end}")))
        }
    };
    Some(sources.split_whitespace().any(fits))
}

fn origin(page: &Url, requested: &Expected<'_>) -> Option<Finding> {
    let own = page.origin().ascii_serialization();
    if requested.origins.is_empty() || requested.origins.iter().any(|origin| origin.trim_end_matches('/') == own) {
        return None;
    }
    let advice = format!("Add {own} to the program's allowed domains. Until then, its clicks are ignored.");
    Some(finding("bad", "This site isn't an allowed domain", advice))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAG: &str = "<script async src=\"https://edge.test/api/v1/r/loader.js\" data-program-id=\"prog_1\"></script>";

    fn looked(html: &str, policy: &str) -> (Verdict, Vec<String>) {
        let origins = ["https://brand.test".to_owned()];
        let bases = ["https://go.brand.test", "https://edge.test"].map(str::to_owned);
        let requested = Expected { bases: &bases, program: "prog_1", origins: &origins };
        let policies: Vec<String> = Some(policy.to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
        let page = Url::parse("https://brand.test/pricing").unwrap();
        let (verdict, found) = inspect(&page, html, &policies, &requested);
        (verdict, found.into_iter().filter(|one| one.tone != "good").map(|one| one.title).collect())
    }

    #[test]
    fn a_page_with_the_script_is_fine() {
        assert_eq!(looked(&format!("<html><head>{TAG}</head><body></body>"), ""), (Verdict::Installed, vec![]));
    }

    #[test]
    fn mistakes_are_named() {
        let page = |head: &str| format!("<head>{head}</head><body></body>");
        let of = |head: &str, policy: &str| looked(&page(head), policy);
        assert_eq!(of("", "").0, Verdict::Missing);
        assert_eq!(of(&format!("<!-- {TAG} -->"), "").0, Verdict::Missing);
        assert!(
            of("<script src=https://www.googletagmanager.com/gtm.js?id=GTM-1></script>", "").1[0]
                .contains("isn't in the page's")
        );
        let other = TAG.replace("prog_1", "prog_2");
        assert_eq!(of(&other, ""), (Verdict::Problems, vec!["The program ID is another program's: prog_2".to_owned()]));
        let none = TAG.replace(" data-program-id=\"prog_1\"", "");
        assert_eq!(of(&none, "").1, ["The program ID is missing"]);
        assert_eq!(of(&TAG.replace("async ", ""), ""), (Verdict::Installed, vec!["The script isn't async".to_owned()]));
        assert_eq!(of(&TAG.replace("https://edge", "http://edge"), "").0, Verdict::Problems);
        assert_eq!(of(&TAG.replace("edge.test", "go.brand.test"), ""), (Verdict::Installed, vec![]));
        assert_eq!(of(&TAG.replace("edge.test", "x.test"), "").1, ["The script is loaded from x.test"]);
        assert_eq!(looked(&format!("<head></head><body>{TAG}</body>"), "").1, ["The script is below the head"]);
        assert_eq!(of(&TAG.repeat(2), "").1, ["The script is on the page twice"]);
        assert_eq!(of(&format!("{other}{TAG}"), ""), (Verdict::Installed, vec![]), "two programs");
    }

    #[test]
    fn a_security_policy_may_be_in_the_way() {
        let html = format!("<head>{TAG}</head>");
        let problems = |policy: &str| looked(&html, policy).1.len();
        assert_eq!(problems("default-src 'self'"), 2);
        assert_eq!(problems("script-src 'self' https://edge.test; connect-src 'self'"), 1);
        assert_eq!(problems("script-src https: ; connect-src *"), 0);
        assert_eq!(problems("script-src *.test; img-src 'none'"), 0);
        assert_eq!(problems("script-src 'nonce-abc' 'strict-dynamic'"), 0);
        let many = "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\"><p>".repeat(500);
        assert_eq!(looked(&format!("<head>{many}{TAG}</head>"), "default-src 'none'").1.len(), 2, "each once");
        let meta = format!("<head><meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">{TAG}</head>");
        assert_eq!(looked(&meta, "").0, Verdict::Problems);
    }
}
