//! The `traceparent` of W3C Trace Context: which trace something belongs to, across processes.
//!
//! `00-<trace id, 32 hex>-<span id, 16 hex>-<flags, 2 hex>`. Anything else is no traceparent, and is ignored.

use std::fmt;

use crate::keys::{decode_hex, encode_hex};

/// The header's name, in HTTP requests.
pub const TRACEPARENT_HEADER: &str = "traceparent";
/// The length of version 00; a later version may be longer, with a `-` after these.
const LEN: usize = 55;
/// No header that is longer is read.
const LEN_MAX: usize = 512;

/// A position in a trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traceparent {
    pub trace_id: [u8; 16],
    pub span_id: [u8; 8],
    /// Whether the one who began the trace records it.
    pub sampled: bool,
}

impl Traceparent {
    /// Reads a header or an event's field; `None` for whatever isn't exactly in the form.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() < LEN || text.len() > LEN_MAX || !text.is_ascii() {
            return None;
        }
        let (known, rest) = text.split_at(LEN);
        let mut parts = known.split('-');
        let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_version = version != "ff" && (rest.is_empty() || (version != "00" && rest.starts_with('-')));
        if !is_version || parts.next().is_some() {
            return None;
        }
        hex::<1>(version)?;
        let [flags] = hex::<1>(flags)?;
        let (trace_id, span_id) = (hex::<16>(trace)?, hex::<8>(span)?);
        // The specification forbids ids of zeros.
        let has_ids = trace_id != [0; 16] && span_id != [0; 8];
        has_ids.then_some(Self { trace_id, span_id, sampled: flags & 1 == 1 })
    }
}

impl fmt::Display for Traceparent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = if self.sampled { "01" } else { "00" };
        write!(f, "00-{}-{}-{flags}", encode_hex(&self.trace_id), encode_hex(&self.span_id))
    }
}

/// So many bytes in lower-case hexadecimal digits.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_lower = text.len() == 2 * N && !text.bytes().any(|byte| byte.is_ascii_uppercase());
    if is_lower { decode_hex(text)?.try_into().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const EXAMPLE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    #[test]
    fn the_specifications_example_is_read_and_written() {
        let parent = Traceparent::parse(EXAMPLE).unwrap();
        assert!(parent.sampled && parent.trace_id[0] == 0x4b && parent.span_id[7] == 0xb7);
        assert_eq!(parent.to_string(), EXAMPLE);
        assert!(!Traceparent::parse(&EXAMPLE.replace("-01", "-00")).unwrap().sampled);
        // A later version may add parts, and flags we don't know.
        let later = EXAMPLE.replace("00-4b", "cc-4b").replace("-01", "-03");
        assert_eq!(Traceparent::parse(&later), Some(parent));
        assert_eq!(Traceparent::parse(&format!("{later}-more")), Some(parent));
    }

    #[test]
    fn what_is_malformed_is_none() {
        let zeros = ("0".repeat(32), "0".repeat(16));
        for bad in [
            "",
            "00",
            &EXAMPLE[..54],
            &format!("{EXAMPLE}-more"),
            &format!("{EXAMPLE}0"),
            &format!(" {}", &EXAMPLE[..54]),
            &EXAMPLE.to_uppercase(),
            &EXAMPLE.replace("00-4b", "ff-4b"),
            &EXAMPLE.replace("00-4b", "0x-4b"),
            &EXAMPLE.replace('-', "_"),
            &EXAMPLE.replace("4bf92f", "4bf92g"),
            &EXAMPLE.replace("-01", "-0g"),
            &EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736", &zeros.0),
            &EXAMPLE.replace("00f067aa0ba902b7", &zeros.1),
            &EXAMPLE.replace("4bf92f3577b34da6a3ce929d0e0e4736-", "4bf92f3577b34da6a3ce929d0e0e473-6"),
            &format!("cc{}-{}", &EXAMPLE[2..], "x".repeat(500)),
            "00-4bf92f3577b34da6a3ce929d0e0e473\u{e9}-00f067aa0ba902b7-01",
        ] {
            assert_eq!(Traceparent::parse(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn round_trip(trace_id: [u8; 16], span_id: [u8; 8], sampled: bool) {
            prop_assume!(trace_id != [0; 16] && span_id != [0; 8]);
            let parent = Traceparent { trace_id, span_id, sampled };
            prop_assert_eq!(Traceparent::parse(&parent.to_string()), Some(parent));
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,80}") {
            let _ = Traceparent::parse(&text);
        }
    }
}
