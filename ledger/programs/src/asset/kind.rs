//! Detects a file's type by its content: an image that browsers show, or a PDF. Names and declared types are ignored.
//! Pure.

use kit::file::pdf;

/// 5 MB.
pub const SIZE_MAX: usize = 5 * 1024 * 1024;

/// A type of file that may be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    pub content_type: &'static str,
    pub ending: &'static str,
}

const PDF: Kind = Kind { content_type: "application/pdf", ending: "pdf" };
/// Image signatures. SVG isn't supported because it may run scripts.
const PICTURES: [(&[u8], Kind); 4] = [
    (b"\x89PNG\r\n\x1a\n", Kind { content_type: "image/png", ending: "png" }),
    (b"\xff\xd8\xff", Kind { content_type: "image/jpeg", ending: "jpg" }),
    (b"GIF87a", Kind { content_type: "image/gif", ending: "gif" }),
    (b"GIF89a", Kind { content_type: "image/gif", ending: "gif" }),
];

/// # Errors
/// Why the file is rejected, in words for the person who chose it.
pub fn of(bytes: &[u8]) -> Result<Kind, String> {
    if bytes.is_empty() {
        return Err("Choose a file.".to_owned());
    }
    if bytes.len() > SIZE_MAX {
        return Err("The file is larger than 5 MB. Choose a smaller one, or add a link.".to_owned());
    }
    if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP".as_slice()) {
        return Ok(Kind { content_type: "image/webp", ending: "webp" });
    }
    if let Some((_, kind)) = PICTURES.iter().find(|(begins, _)| bytes.starts_with(begins)) {
        return Ok(*kind);
    }
    if bytes.starts_with(b"%PDF-") {
        return pdf::check(bytes).map(|()| PDF).map_err(|refused| refused.to_string());
    }
    Err("Choose an image (PNG, JPEG, GIF or WebP) or a PDF.".to_owned())
}

/// The file name extension.
pub fn ending(content_type: &str) -> &'static str {
    match content_type {
        "image/png" => "png",
        "image/jpeg" => "jpg",
        "image/gif" => "gif",
        "image/webp" => "webp",
        _ => "pdf",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_decides() {
        for (bytes, kind) in [
            (&b"\x89PNG\r\n\x1a\nrest"[..], "image/png"),
            (b"\xff\xd8\xff\xe0rest", "image/jpeg"),
            (b"GIF89arest", "image/gif"),
            (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ] {
            let found = of(bytes).unwrap();
            assert_eq!((found.content_type, found.ending), (kind, ending(kind)));
        }
        for bad in
            [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"%PDF-1.7 no end", b"RIFF\0\0\0\0WAVE"]
        {
            assert!(of(bad).is_err());
        }
        assert!(of(&vec![0; SIZE_MAX + 1]).unwrap_err().contains("5 MB"));
    }
}
