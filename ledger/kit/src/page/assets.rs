//! Style sheets, scripts, font and icon. They are compiled into the binary; their URL changes with their content, so
//! browsers can cache them.
//!
//! In development they are read from the checkout instead ([`read_from`]), so that a changed style sheet or script
//! shows without a build.

use std::{
    borrow::Cow,
    fs,
    path::{Path as FilePath, PathBuf},
    sync::{LazyLock, OnceLock},
};

use axum::{
    extract::Path,
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use shared::keys::encode_hex;

use super::PageError;
use crate::error::Error;

/// Files of `ledger/assets`, concatenated in this order.
#[derive(Debug)]
struct Asset {
    name: &'static str,
    kind: &'static str,
    files: &'static [(&'static str, &'static [u8])],
}

macro_rules! files {
    ($($file:literal),+ $(,)?) => {
        &[$(($file, include_bytes!(concat!("../../../assets/", $file)))),+]
    };
}

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static ASSETS: &[Asset] = &[
    Asset { name: "reference.css", kind: CSS, files: files!["reference.css"] },
    Asset { name: "reference.js", kind: SCRIPT, files: files!["reference.js"] },
    // The pages' only style sheet; of two rules with equal weight the later one wins.
    Asset {
        name: "rekomi.css",
        kind: CSS,
        files: files![
            "css/tokens.css",
            "css/base.css",
            "css/controls.css",
            "css/layout.css",
            "css/table.css",
            "css/chart.css",
            "css/float.css",
            "css/parts.css",
            "css/shell.css",
            "css/overview.css",
            "css/analysis.css",
            "css/lists.css",
            "css/people.css",
            "css/receipts.css",
            "css/payouts.css",
            "css/setup.css",
            "css/settings.css",
            "css/status.css",
            "css/network.css",
            "css/programs.css",
            "css/offer.css",
            "css/portal.css",
            "css/print.css",
        ],
    },
    Asset { name: "list.js", kind: SCRIPT, files: files!["list.js"] },
    Asset { name: "live.js", kind: SCRIPT, files: files!["live.js"] },
    Asset { name: "chart.js", kind: SCRIPT, files: files!["chart.js"] },
    Asset { name: "app.js", kind: SCRIPT, files: files!["app.js", "dates.js"] },
    Asset { name: "keys.js", kind: SCRIPT, files: files!["rank.js", "keys.js", "pick.js"] },
    Asset { name: "copilot.js", kind: SCRIPT, files: files!["copilot.js"] },
    Asset { name: "offer.js", kind: SCRIPT, files: files!["offer.js"] },
    Asset { name: "preview.js", kind: SCRIPT, files: files!["preview.js"] },
    Asset { name: "sort.js", kind: SCRIPT, files: files!["sort.js"] },
    Asset { name: "portal.js", kind: SCRIPT, files: files!["portal.js"] },
    // Served at its own address, below which it works.
    Asset { name: "sw.js", kind: SCRIPT, files: files!["sw.js"] },
    // Inter; its license, the SIL Open Font License, is in the same folder.
    Asset { name: "inter.woff2", kind: "font/woff2", files: files!["inter.woff2"] },
    Asset { name: "icon.svg", kind: "image/svg+xml", files: files!["icon.svg"] },
    Asset { name: "icon-test.svg", kind: "image/svg+xml", files: files!["icon-test.svg"] },
];

/// The folder that development reads the files from.
static FOLDER: OnceLock<PathBuf> = OnceLock::new();

/// The version of the embedded files.
static EMBEDDED: LazyLock<String> = LazyLock::new(|| {
    let mut hash = Sha256::new();
    ASSETS.iter().flat_map(|asset| asset.files).for_each(|(_, content)| hash.update(content));
    version_of(hash)
});

/// From now on, reads the files from this folder at each request. Returns false, and changes nothing, if the folder
/// doesn't exist.
pub fn read_from(folder: &FilePath) -> bool {
    folder.is_dir() && FOLDER.set(folder.to_path_buf()).is_ok()
}

impl Asset {
    fn content(&self, folder: Option<&FilePath>) -> Cow<'static, [u8]> {
        let read = |(name, content): &(&str, &'static [u8])| {
            // If an editor is just replacing a file, the embedded one is served.
            folder.and_then(|folder| fs::read(folder.join(name)).ok()).map_or(Cow::Borrowed(*content), Cow::Owned)
        };
        match self.files {
            [one] => read(one),
            all => all.iter().flat_map(|file| read(file).into_owned()).collect(),
        }
    }
}

/// Changes with every file: with its content, or with its modification time if it is read from disk.
fn version(folder: Option<&FilePath>) -> String {
    let Some(folder) = folder else { return EMBEDDED.clone() };
    let mut hash = Sha256::new();
    for (name, _) in ASSETS.iter().flat_map(|asset| asset.files) {
        if let Ok(about) = fs::metadata(folder.join(name)) {
            hash.update(format!("{name} {} {:?}\n", about.len(), about.modified().ok()));
        }
    }
    version_of(hash)
}

fn version_of(hash: Sha256) -> String {
    encode_hex(&hash.finalize()[..6])
}

fn folder() -> Option<&'static FilePath> {
    FOLDER.get().map(PathBuf::as_path)
}

/// The URL of an asset, for templates.
pub fn url(name: &str) -> String {
    format!("/assets/{}/{name}", version(folder()))
}

/// The content of an asset that has an address of its own.
pub fn content(name: &str) -> Option<Cow<'static, [u8]>> {
    ASSETS.iter().find(|asset| asset.name == name).map(|asset| asset.content(folder()))
}

/// `GET /assets/{version}/{name}`.
pub async fn serve(Path((requested, name)): Path<(String, String)>) -> Response {
    answer(&requested, &name, folder())
}

fn answer(requested: &str, name: &str, folder: Option<&FilePath>) -> Response {
    let Some(asset) = ASSETS.iter().find(|asset| asset.name == name) else {
        return PageError::from(Error::not_found()).into_response();
    };
    // During an upgrade a page of the old build may request a file from the new one: it is served, but not cached.
    let is_kept = folder.is_none() && requested == *EMBEDDED;
    let caching = if is_kept { "public, max-age=31536000, immutable" } else { "no-store" };
    let mut response = asset.content(folder).into_response();
    for (header, value) in [(CONTENT_TYPE, asset.kind), (CACHE_CONTROL, caching), (X_CONTENT_TYPE_OPTIONS, "nosniff")] {
        response.headers_mut().insert(header, HeaderValue::from_static(value));
    }
    response
}

/// `GET /favicon.ico`, for browsers that don't read the page.
pub async fn icon() -> Response {
    answer(&version(folder()), "icon.svg", folder())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caching(response: &Response) -> String {
        response.headers()[CACHE_CONTROL].to_str().unwrap().to_owned()
    }

    #[test]
    fn what_is_part_of_the_binary_is_kept_under_its_own_address_alone() {
        let version = version(None);
        assert_eq!(url("app.js"), format!("/assets/{version}/app.js"));
        assert!(caching(&answer(&version, "app.js", None)).contains("immutable"));
        assert_eq!(caching(&answer("0123456789ab", "app.js", None)), "no-store");
        assert_eq!(answer(&version, "other.js", None).status(), 404);
    }

    #[test]
    fn a_file_that_changes_in_development_has_another_address_and_is_never_kept() {
        let folder = std::env::temp_dir().join(format!("rekomi-assets-{:x}", rand::random::<u64>()));
        fs::create_dir_all(folder.join("css")).unwrap();
        let sheet = ASSETS.iter().find(|asset| asset.name == "rekomi.css").unwrap();
        fs::write(folder.join("css/print.css"), "a{}").unwrap();
        let before = version(Some(&folder));
        assert!(sheet.content(Some(&folder)).ends_with(b"a{}") && !sheet.content(None).ends_with(b"a{}"));
        fs::write(folder.join("css/print.css"), "a{top:0}").unwrap();
        let after = version(Some(&folder));
        assert_ne!(before, after);
        assert!(sheet.content(Some(&folder)).ends_with(b"a{top:0}"));
        assert_eq!(caching(&answer(&after, "rekomi.css", Some(&folder))), "no-store");
        fs::remove_dir_all(&folder).unwrap();
    }
}
