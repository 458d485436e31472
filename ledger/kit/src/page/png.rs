//! Writes PNG pictures with a palette, which is enough for QR codes and icons. Pure.

use std::io::{self, Write as _};

use flate2::{Compression, Crc, write::ZlibEncoder};

/// The `Content-Type` of a picture.
pub const KIND: &str = "image/png";
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// Eight bits for each pixel, which is a place in the palette; compressed, filtered and ordered in the only or plainest way.
const FORMAT: [u8; 5] = [8, 3, 0, 0, 0];
const COLORS_MAX: usize = 256;

/// Encodes a picture. `pixels` are places in the palette, row by row. Returns `None` if they aren't whole rows, or name
/// colors that the palette doesn't have.
pub fn encode(width: u32, palette: &[[u8; 3]], pixels: &[u8]) -> Option<Vec<u8>> {
    let row = usize::try_from(width)
        .ok()
        .filter(|row| *row > 0 && !pixels.is_empty() && pixels.len().is_multiple_of(*row))?;
    let is_known = |pixel: &u8| usize::from(*pixel) < palette.len();
    if palette.len() > COLORS_MAX || !pixels.iter().all(is_known) {
        return None;
    }
    let height = u32::try_from(pixels.len() / row).ok()?;
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &FORMAT].concat();
    let mut picture = SIGNATURE.to_vec();
    chunk(&mut picture, *b"IHDR", &head)?;
    chunk(&mut picture, *b"PLTE", palette.as_flattened())?;
    chunk(&mut picture, *b"IDAT", &deflated(pixels, row).ok()?)?;
    chunk(&mut picture, *b"IEND", &[])?;
    Some(picture)
}

/// Compresses the rows, each after the number of its filter: none.
fn deflated(pixels: &[u8], row: usize) -> io::Result<Vec<u8>> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in pixels.chunks(row) {
        encoder.write_all(&[0])?;
        encoder.write_all(row)?;
    }
    encoder.finish()
}

fn chunk(picture: &mut Vec<u8>, name: [u8; 4], content: &[u8]) -> Option<()> {
    let mut check = Crc::new();
    check.update(&name);
    check.update(content);
    picture.extend(u32::try_from(content.len()).ok()?.to_be_bytes());
    picture.extend(name);
    picture.extend(content);
    picture.extend(check.sum().to_be_bytes());
    Some(())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use flate2::read::ZlibDecoder;

    use super::*;

    fn number(bytes: &[u8]) -> usize {
        usize::try_from(u32::from_be_bytes(bytes.try_into().unwrap())).unwrap()
    }

    /// The chunks of a picture, each checked against its sum.
    fn chunks(picture: &[u8]) -> Vec<(String, Vec<u8>)> {
        let mut rest = picture.strip_prefix(&SIGNATURE).unwrap();
        let mut found = Vec::new();
        while !rest.is_empty() {
            let (length, after) = rest.split_at(4);
            let (named, after) = after.split_at(4 + number(length));
            let (sum, after) = after.split_at(4);
            let mut check = Crc::new();
            check.update(named);
            assert_eq!(usize::try_from(check.sum()).unwrap(), number(sum));
            found.push((String::from_utf8(named[..4].to_vec()).unwrap(), named[4..].to_vec()));
            rest = after;
        }
        found
    }

    #[test]
    fn a_picture_is_read_back_as_it_was() {
        let palette = [[255, 255, 255], [15, 107, 92], [0, 0, 0]];
        let pixels = [0, 1, 2, 2, 1, 0];
        let picture = encode(3, &palette, &pixels).unwrap();
        let found = chunks(&picture);
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["IHDR", "PLTE", "IDAT", "IEND"]);
        assert_eq!((number(&found[0].1[..4]), number(&found[0].1[4..8]), &found[0].1[8..]), (3, 2, &FORMAT[..]));
        assert_eq!(found[1].1, palette.as_flattened());
        let mut rows = Vec::new();
        ZlibDecoder::new(&found[2].1[..]).read_to_end(&mut rows).unwrap();
        assert_eq!(rows, [0, 0, 1, 2, 0, 2, 1, 0]);
        assert!(found[3].1.is_empty());
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        let palette = [[0, 0, 0], [255, 255, 255]];
        for (width, pixels) in [(2, &[0, 1, 0][..]), (0, &[0]), (2, &[]), (2, &[0, 2])] {
            assert_eq!(encode(width, &palette, pixels), None, "{width} {pixels:?}");
        }
    }
}
