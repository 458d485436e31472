//! A link with everything to share it: the places where affiliates share, each with a text in their language, and the QR
//! code.

use shared::id::{AffiliateId, LinkId};
use url::form_urlencoded;

use super::{read::link_scheme, store};
use kit::{db::TenantTx, page::address::Address, state::AppState, text::Texts};

/// A part of the portal's pages; its template is `portal_share.html`.
#[derive(Debug)]
pub struct Share {
    pub url: String,
    /// Goes with the link wherever there is room for words.
    pub text: String,
    /// What an email says, with the link.
    pub email: String,
    pub places: Vec<Place>,
    pub svg: Address,
    pub png: Address,
}

/// Where a link is shared: a page that opens with the link in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub href: String,
}

impl Share {
    /// `page` is where the link leads below its own destination.
    pub fn of(t: Texts, brand: &str, url: String, link: LinkId, page: Option<&str>) -> Self {
        let text = t.say("portal-share-text").with("brand", brand).to_string();
        let picture = |path: &str| Address::new(path).with("link", link).maybe("page", page);
        let email = t.say("portal-share-email-body").with("brand", brand).with("link", &url).to_string();
        let places = places(t, brand, &url, (text.as_str(), email.as_str()));
        Self { svg: picture("/a/links/qr.svg"), png: picture("/a/links/qr.png"), places, email, text, url }
    }

    /// What a post says, with the link.
    pub fn post(&self) -> String {
        format!("{} {}", self.text, self.url)
    }

    /// The same picture as a file.
    pub fn file(&self, picture: &Address) -> Address {
        picture.clone().with("save", "yes")
    }
}

/// Returns the link that an affiliate of this brand shares first.
pub async fn main(
    tx: &mut TenantTx,
    state: &AppState,
    t: Texts,
    (brand, affiliate): (&str, AffiliateId),
) -> Result<Option<Share>, sqlx::Error> {
    let found = store::main(tx, affiliate).await?;
    Ok(found.map(|(link, place)| {
        let url = format!("{}://{place}", link_scheme(&state.config));
        Share::of(t, brand, url, link, None)
    }))
}

fn places(t: Texts, brand: &str, url: &str, (text, email): (&str, &str)) -> Vec<Place> {
    let subject = t.say("portal-share-email-subject").with("brand", brand).to_string();
    let words = format!("{text} {url}");
    let place = |name: &str, start: &str, pairs: &[(&str, &str)]| Place {
        name: name.to_owned(),
        href: pairs.iter().enumerate().fold(start.to_owned(), |href, (at, (key, value))| {
            format!("{href}{}{key}={}", if at == 0 { '?' } else { '&' }, encoded(value))
        }),
    };
    vec![
        place(&t.say("portal-share-email").to_string(), "mailto:", &[("subject", subject.as_str()), ("body", email)]),
        place("WhatsApp", "https://wa.me/", &[("text", words.as_str())]),
        place("X", "https://x.com/intent/post", &[("text", text), ("url", url)]),
        place("LinkedIn", "https://www.linkedin.com/sharing/share-offsite/", &[("url", url)]),
        place("Facebook", "https://www.facebook.com/sharer/sharer.php", &[("u", url)]),
    ]
}

/// Mail apps show a plus sign as one, so a space isn't written as a plus sign.
fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_gets_the_link_and_the_words() {
        let link = LinkId::v7(1, &[1; 10]);
        let page = Some("https://acme.test/hats?x=1&y=2");
        let share = Share::of(Texts::default(), "Ink & Co", "https://go.acme.test/lu/hats?x=1".to_owned(), link, page);
        let href = |name: &str| share.places.iter().find(|place| place.name == name).map(|place| place.href.as_str());
        assert_eq!(
            href("X"),
            Some(
                "https://x.com/intent/post?text=Take%20a%20look%20at%20Ink%20%26%20Co.%20%23ad&url=https%3A%2F%2Fgo.acme.test%2Flu%2Fhats%3Fx%3D1"
            )
        );
        let email = href("Email").unwrap();
        assert!(email.starts_with("mailto:?subject=Take%20a%20look") && !email.contains([' ', '\n', '+']), "{email}");
        assert!(email.contains("go.acme.test%2Flu%2Fhats"), "{email}");
        let picture = share.file(&share.png).to_string();
        assert!(picture.starts_with(&format!("/a/links/qr.png?link={link}&page=https%3A%2F%2Facme.test%2Fhats")));
        assert!(picture.ends_with("&save=yes"), "{picture}");
    }
}
