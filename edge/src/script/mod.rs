//! `GET /api/v1/r/loader.js`: the script that a brand puts on its pages.
//!
//! `loader.js` is compiled into the wasm and sent as it is, so its behavior is described here:
//! - `state` is what is kept: `r` slug, `t` token, `a` affiliate, `c` campaign, `x` when it expires.
//! - `quiet` is Global Privacy Control: only this page knows, and nothing is kept. `data-gpc="ignore"` switches it off.
//! - `post` sends plain text, which needs no preflight.
//! - A redirect has recorded its click and brings the token; any other arrival is a new click, a reload is none.
//! - If a slug isn't a link, the previously known state is restored.
//! - `convert` takes camelCase or snake_case, returns `{ok, status, eventId?, error?}` and never throws.

use sha2::{Digest, Sha256};
use shared::keys::encode_hex;

use crate::answer::Answer;

const LOADER: &str = include_str!("loader.js");

/// Short enough that a correction reaches every page within minutes.
const CACHE_CONTROL: &str = "public, max-age=300";

pub fn answer(if_none_match: &str) -> Answer {
    let etag = format!("\"{}\"", encode_hex(&Sha256::digest(LOADER)[..8]));
    let known = if_none_match.split(',').any(|known| known.trim().trim_start_matches("W/") == etag);
    let answer = if known { Answer::empty(304) } else { Answer::bytes(200, "text/javascript; charset=utf-8", LOADER) };
    answer
        .with("ETag", etag)
        .with("Cache-Control", CACHE_CONTROL)
        .with("X-Content-Type-Options", "nosniff")
        .with("Cross-Origin-Resource-Policy", "cross-origin")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn at_most_three_kilobytes_on_the_wire() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        gzip.write_all(LOADER.as_bytes()).unwrap();
        let size = gzip.finish().unwrap().len();
        assert!(size <= 3 * 1024, "{size}");
    }

    #[test]
    fn revalidated_by_its_content() {
        let first = answer("");
        assert_eq!(first.status, 200);
        let etag = first.header("etag").unwrap();
        for known in [etag.to_owned(), format!("W/{etag}"), format!("\"x\", {etag}")] {
            let again = answer(&known);
            assert_eq!((again.status, again.body.len()), (304, 0));
        }
        assert_eq!(answer("\"x\"").status, 200);
    }
}
