//! Checks whether bytes are a PDF that may be kept and that someone else may open later. Pure.
//!
//! Only the content is checked, never a name or a declared type: the header at the very start and the trailer at the
//! end (ISO 32000-2, 7.5), and every name outside of the pages' streams, including the objects in compressed object
//! streams (7.5.7). Files are refused if they are encrypted (they couldn't be checked), run something (scripts,
//! programs), or contain other files. Nothing is rendered: a viewer may still fail to show a file.

use std::io::Read;

use flate2::read::ZlibDecoder;

/// 10 MB.
pub const SIZE_MAX: usize = 10 * 1024 * 1024;
/// Maximum total size of decompressed objects. More is an attempt to fill the memory.
const INFLATED_MAX: u64 = 64 * 1024 * 1024;
/// How far from its end a file's end marker may be.
const TAIL: usize = 1024;

/// Why a file is refused, with a message for the person who chose it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("Choose a file.")]
    Empty,
    #[error("The file is larger than 10 MB. Scan it in grayscale at 200 dpi, or save it as a PDF again.")]
    TooLarge,
    #[error("This file isn't a PDF. Save or scan the form as a PDF, then upload it.")]
    NotPdf,
    #[error("The PDF is incomplete or damaged. Save it as a PDF again, then upload it.")]
    Broken,
    #[error("The PDF is encrypted or password-protected. Save it without a password, then upload it.")]
    Encrypted,
    #[error("The PDF contains a script, a program or another file. Save it as a PDF again, then upload it.")]
    Active,
}

/// Names of features that a scanned or printed form doesn't need.
const ACTIVE: [&[u8]; 6] = [b"JavaScript", b"JS", b"Launch", b"EmbeddedFile", b"EmbeddedFiles", b"RichMedia"];

pub fn check(bytes: &[u8]) -> Result<(), Refused> {
    if bytes.is_empty() {
        return Err(Refused::Empty);
    }
    if bytes.len() > SIZE_MAX {
        return Err(Refused::TooLarge);
    }
    let version = bytes.strip_prefix(b"%PDF-").and_then(|rest| rest.first_chunk::<3>());
    if !matches!(version, Some([b'1' | b'2', b'.', digit]) if digit.is_ascii_digit()) {
        return Err(Refused::NotPdf);
    }
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if find(tail, b"%%EOF", 0).is_none() || find(tail, b"startxref", 0).is_none() {
        return Err(Refused::Broken);
    }
    let mut left = INFLATED_MAX;
    let mut from = 0;
    while let Some(stream) = next_stream(bytes, from) {
        let plain = &bytes[from..stream.begin];
        names(plain)?;
        // A stream's dictionary comes right before it.
        let head = &plain[plain.len().saturating_sub(TAIL)..];
        let head = &head[rfind(head, b" obj").unwrap_or(0)..];
        if has_name(head, b"ObjStm") {
            objects(&bytes[stream.begin..stream.end], &mut left)?;
        }
        from = stream.end;
    }
    names(&bytes[from..])
}

struct Stream {
    begin: usize,
    end: usize,
}

/// A stream reaches from after the word `stream` and its line ending to the word `endstream`.
fn next_stream(bytes: &[u8], from: usize) -> Option<Stream> {
    let mut at = from;
    loop {
        let word = find(bytes, b"stream", at)?;
        let begin = match bytes.get(word + 6..) {
            Some([b'\r', b'\n', ..]) => word + 8,
            Some([b'\n' | b'\r', ..]) => word + 7,
            _ => {
                at = word + 6;
                continue;
            }
        };
        let end = find(bytes, b"endstream", begin).unwrap_or(bytes.len());
        return Some(Stream { begin, end });
    }
}

/// Checks the objects inside a compressed stream.
fn objects(stream: &[u8], left: &mut u64) -> Result<(), Refused> {
    let mut plain = Vec::new();
    let read = ZlibDecoder::new(stream).take(*left).read_to_end(&mut plain);
    let length = u64::try_from(plain.len()).unwrap_or(u64::MAX);
    // A viewer shows what it can decompress of a stream that breaks off; no viewer reads one that is invalid from the
    // start.
    if plain.is_empty() && read.is_err() {
        return Err(Refused::Broken);
    }
    *left = left.saturating_sub(length);
    if *left == 0 {
        return Err(Refused::Broken);
    }
    names(&plain)
}

/// # Errors
/// If the objects contain a forbidden name.
fn names(plain: &[u8]) -> Result<(), Refused> {
    let plain = &unescaped(plain);
    if has_name(plain, b"Encrypt") {
        return Err(Refused::Encrypted);
    }
    if ACTIVE.iter().any(|name| has_name(plain, name)) { Err(Refused::Active) } else { Ok(()) }
}

/// Decodes names: any character may be written as `#` and two digits (7.3.5).
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().and_then(|two| std::str::from_utf8(two).ok());
        match digits.filter(|_| *first == b'#').and_then(|two| u8::from_str_radix(two, 16).ok()) {
            Some(email) => {
                plain.push(email);
                rest = &after[2..];
            }
            None => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// Whether `/name` occurs as a complete name.
fn has_name(bytes: &[u8], name: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = find(bytes, name, at) {
        let before = found.checked_sub(1).and_then(|place| bytes.get(place));
        let after = bytes.get(found + name.len());
        if before == Some(&b'/') && after.is_none_or(|email| !is_regular(*email)) {
            return true;
        }
        at = found + name.len();
    }
    false
}

/// Whether a character is neither white space nor a delimiter (7.2.3).
const fn is_regular(character: u8) -> bool {
    !matches!(
        character,
        0 | 9 | 10 | 12 | 13 | b' ' | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'/' | b'%'
    )
}

fn find(bytes: &[u8], what: &[u8], from: usize) -> Option<usize> {
    let first = *what.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|email| *email == first)?;
        if bytes[at..].starts_with(what) {
            return Some(at);
        }
        at += 1;
    }
}

fn rfind(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).rposition(|window| window == what)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::{Compression, write::ZlibEncoder};
    use proptest::prelude::*;

    use super::*;

    fn pdf(objects: &str) -> Vec<u8> {
        format!("%PDF-1.7\n{objects}\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n").into_bytes()
    }

    fn with_object_stream(inside: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(inside.as_bytes()).unwrap();
        let packed = encoder.finish().unwrap();
        let head =
            format!("%PDF-1.5\n4 0 obj\n<< /Type /ObjStm /Filter /FlateDecode /Length {} >>\nstream\n", packed.len());
        [head.as_bytes(), &packed, b"\nendstream\nendobj\nstartxref\n9\n%%EOF\n"].concat()
    }

    #[test]
    fn what_is_taken() {
        check(&pdf("1 0 obj << /Type /Catalog >> endobj")).unwrap();
        // A picture that happens to contain such bytes is no script.
        check(&pdf("2 0 obj << /Length 20 >>\nstream\nxx /JS /Encrypt xx\nendstream\nendobj")).unwrap();
        check(&pdf("3 0 obj (JavaScript is a word) /JSON /LaunchDate endobj")).unwrap();
        check(&with_object_stream("1 0 << /Type /Catalog >>")).unwrap();
    }

    #[test]
    fn what_is_refused() {
        assert_eq!(check(b""), Err(Refused::Empty));
        assert_eq!(check(&vec![b'%'; SIZE_MAX + 1]), Err(Refused::TooLarge));
        for other in
            ["<html><script>alert(1)</script></html>", "\u{feff}%PDF-1.7", " %PDF-1.7", "%PDF-9.9", "PK\u{3}\u{4}"]
        {
            assert_eq!(check(other.as_bytes()), Err(Refused::NotPdf), "{other:?}");
        }
        assert_eq!(check(b"%PDF-1.7\n1 0 obj"), Err(Refused::Broken));
        assert_eq!(check(&pdf("trailer << /Encrypt 5 0 R >>")), Err(Refused::Encrypted));
        for active in [
            "<< /S /JavaScript /JS (app.alert(1)) >>",
            "<< /S/Launch /F (calc.exe) >>",
            "<< /#4aavaScript 1 0 R >>",
            "<< /J#53 (x) >>",
            "<< /Names << /EmbeddedFiles 3 0 R >> >>",
        ] {
            assert_eq!(check(&pdf(active)), Err(Refused::Active), "{active}");
            assert_eq!(check(&with_object_stream(active)), Err(Refused::Active), "{active}");
        }
    }

    #[test]
    fn objects_that_inflate_without_end_are_refused() {
        assert_eq!(check(&with_object_stream(&" ".repeat(65 * 1024 * 1024))), Err(Refused::Broken));
    }

    proptest! {
        #[test]
        fn no_bytes_panic(head in prop::sample::select(vec!["", "%PDF-1.7 ", "%PDF-1.7 stream\n /ObjStm stream\r\n"]), body: Vec<u8>) {
            let _ = check(&[head.as_bytes(), &body, b"startxref %%EOF"].concat());
        }
    }
}
