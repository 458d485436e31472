//! `GET /api/v1/r/loader.js`: the script that a brand puts on its pages.
//!
//! `cargo xtask build-edge` minifies `loader.js` into `loader.min.js`, which is compiled into the wasm and sent as it is.
//! Comments would be left out, so its behavior is described here:
//! - `state` is what is kept: `r` slug, `t` token, `a` affiliate, `c` campaign, `x` when it expires. Until the edge has
//!   confirmed a slug, `o` is the state before it, which comes back if the slug isn't a link, or if the edge's answer has
//!   its token.
//! - Each program on a page has a state of its own, under its ID. Visitors from before have theirs under `legacy`.
//! - `signal` is Global Privacy Control. While `quiet`, only this page knows, and nothing is kept. `data-gpc="ignore"` switches
//!   that off until the edge's answer, which says whether the program ignores the signal. If not, what was kept is deleted.
//! - `days` is how long a new referral is kept until the edge's answer has named the program's window; `own` is the tag's. If
//!   the first lookup fails, the answer to a later one names it: a state with `o`, or without a token, had none yet.
//! - `may` is consent: without it nothing is read, kept or looked up, and reports carry no cookies.
//! - `post` sends plain text, which needs no preflight.
//! - A redirect has recorded its click and brings the token; any other arrival is a new click, a reload is none. In an
//!   app that changes its address without loading a page, a new parameter is an arrival, but each only once. Either way
//!   the edge gets the token that was kept before: if the first click counts, another host's redirect couldn't know it.
//! - `rest` are further slugs of the same address, tried in turn: `?ref=newsletter&aff=lauren`.
//! - `ready` waits for the lookup, at most five seconds.
//! - `convert` takes camelCase or snake_case, returns `{ok, status, eventId?, error?}` and never throws.

use sha2::{Digest, Sha256};
use shared::keys::encode_hex;

use crate::answer::Answer;

const LOADER: &str = include_str!("loader.min.js");

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

    const SOURCE: &str = include_str!("loader.js");

    /// The text between two others.
    fn between<'t>(text: &'t str, before: &str, after: &str) -> &'t str {
        text.split_once(before).unwrap().1.split_once(after).unwrap().0
    }

    #[test]
    fn it_reads_every_parameter_in_order() {
        let list = between(SOURCE, "[data.param, ", "])");
        let read: Vec<&str> = list.split('"').skip(1).step_by(2).collect();
        assert_eq!(read, shared::via::PARAMETERS);
    }

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
