//! The page for visitors whose link leads nowhere, and the redirect.

use crate::answer::Answer;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;color:#1d2433;background:#f7f8fa;margin:25vh 1rem;text-align:center}h1{font-size:1.4rem}";
/// Allows only the style with this hash: nothing injected into the page takes effect.
const POLICY: &str =
    "default-src 'none'; style-src 'sha256-fekXVOwqi3BRiDGLSzHWQAjSMdwFp4cmOxKFv753yvE='; frame-ancestors 'none'";
const ROBOTS: &str = "User-agent: *\nDisallow: /\n";

/// The brand's 404 page; without a brand if the host is unknown.
pub fn not_found(brand: Option<&str>) -> Answer {
    let brand = escaped(brand.unwrap_or_default());
    let title = if brand.is_empty() { "Link not found".to_owned() } else { format!("Link not found \u{b7} {brand}") };
    let by = if brand.is_empty() { String::new() } else { format!("<p>{brand}</p>") };
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <meta name=robots content=noindex><title>{title}</title><style>{STYLE}</style>\
         <main><h1>This link doesn\u{2019}t lead anywhere</h1><p>It may have been mistyped, or it is no longer in use.</p>{by}</main></html>"
    );
    Answer::bytes(404, "text/html; charset=utf-8", page)
        .with("Cache-Control", "no-store")
        .with("Content-Security-Policy", POLICY)
        .with("X-Content-Type-Options", "nosniff")
}

/// Redirects to a link's destination, or to the default page that the host's owner set for unknown links. No
/// Referrer-Policy: by default, browsers send the shop only the host that its visitor came from.
pub fn redirect(location: String) -> Answer {
    Answer::empty(302).with("Location", location).with("Cache-Control", "no-store")
}

/// Files that browsers and crawlers request from every host. Links aren't pages, so nothing here should be indexed.
pub fn well_known(path: &str) -> Option<Answer> {
    match path {
        "/robots.txt" => {
            Some(Answer::bytes(200, "text/plain; charset=utf-8", ROBOTS).with("Cache-Control", "public, max-age=86400"))
        }
        "/favicon.ico" => Some(Answer::empty(204).with("Cache-Control", "public, max-age=86400")),
        _ => None,
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(character),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_brands_name_is_text() {
        let answer = not_found(Some("<script>alert('x')</script> & \"Sons\""));
        let page = String::from_utf8(answer.body.clone()).unwrap();
        assert!(
            !page.contains("<script>")
                && page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &quot;Sons&quot;")
        );
        assert_eq!((answer.status, answer.header("cache-control")), (404, Some("no-store")));
    }
}
