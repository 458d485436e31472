//! Writes ZIP archives, file by file and without compression: what people download together is mostly pictures, which are
//! compressed already. Pure.

use flate2::Crc;

/// The `Content-Type` of an archive.
pub const KIND: &str = "application/zip";
const FILE: u32 = 0x0403_4b50;
const ENTRY: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
/// Of the format: 2.0.
const VERSION: u16 = 20;
/// Names are in UTF-8.
const FLAGS: u16 = 0x0800;
/// The first day of the format's calendar: an archive is the same whenever it is made.
const DAY: u16 = 0x0021;

/// An archive that is being written.
#[derive(Debug, Default)]
pub struct Archive {
    /// The list of files, which stands at the end.
    entries: Vec<u8>,
    count: u16,
    /// The length of what was written.
    length: u32,
}

impl Archive {
    /// Returns the archive's next part: a file. `None` if it has no room for it.
    pub fn add(&mut self, name: &str, content: &[u8]) -> Option<Vec<u8>> {
        let size = u32::try_from(content.len()).ok()?;
        let name_size = u16::try_from(name.len()).ok()?;
        let mut check = Crc::new();
        check.update(content);
        // What both the file and its entry have.
        let mut head = Vec::new();
        [VERSION, FLAGS, 0, 0, DAY].iter().for_each(|part| head.extend(part.to_le_bytes()));
        [check.sum(), size, size].iter().for_each(|part| head.extend(part.to_le_bytes()));
        [name_size, 0].iter().for_each(|part| head.extend(part.to_le_bytes()));
        let part = [&FILE.to_le_bytes()[..], &head, name.as_bytes(), content].concat();
        let length = self.length.checked_add(u32::try_from(part.len()).ok()?)?;
        self.count = self.count.checked_add(1)?;
        self.entries.extend(ENTRY.to_le_bytes());
        self.entries.extend(VERSION.to_le_bytes());
        self.entries.extend(head);
        // No comment, the first disk, and no attributes.
        self.entries.extend([0_u8; 10]);
        self.entries.extend(self.length.to_le_bytes());
        self.entries.extend(name.as_bytes());
        self.length = length;
        Some(part)
    }

    /// Returns the archive's last part: the list of its files. `None` if it has no room for it.
    pub fn finish(self) -> Option<Vec<u8>> {
        let size = u32::try_from(self.entries.len()).ok()?;
        let mut part = self.entries;
        part.extend(END.to_le_bytes());
        [0_u16, 0, self.count, self.count].iter().for_each(|number| part.extend(number.to_le_bytes()));
        [size, self.length].iter().for_each(|number| part.extend(number.to_le_bytes()));
        part.extend([0_u8; 2]);
        Some(part)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8], at: usize, size: usize) -> usize {
        bytes[at..at + size].iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
    }

    /// Reads an archive as programs do: from the list at its end.
    fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
        let end = archive.len() - 22;
        assert_eq!(&archive[end..end + 4], b"PK\x05\x06");
        let (count, size, start) =
            (number(archive, end + 10, 2), number(archive, end + 12, 4), number(archive, end + 16, 4));
        assert_eq!(start + size, end);
        let mut at = start;
        let mut found = Vec::new();
        for _ in 0..count {
            assert_eq!(&archive[at..at + 4], b"PK\x01\x02");
            let (sum, size, name) =
                (number(archive, at + 16, 4), number(archive, at + 24, 4), number(archive, at + 28, 2));
            let file = number(archive, at + 42, 4);
            assert_eq!((&archive[file..file + 4], number(archive, file + 26, 2)), (&b"PK\x03\x04"[..], name));
            let content = archive[file + 30 + name..file + 30 + name + size].to_vec();
            let mut check = Crc::new();
            check.update(&content);
            assert_eq!(usize::try_from(check.sum()).unwrap(), sum);
            assert_eq!(archive[file + 30..file + 30 + name], archive[at + 46..at + 46 + name]);
            found.push((String::from_utf8(archive[at + 46..at + 46 + name].to_vec()).unwrap(), content));
            at += 46 + name;
        }
        assert_eq!(at, end);
        found
    }

    #[test]
    fn an_archive_is_read_back_as_it_was() {
        let given = [("banner.png", [0_u8, 255, 7].repeat(1_000)), ("grün.txt", b"Hello".to_vec()), ("x", Vec::new())];
        let mut archive = Archive::default();
        let mut bytes: Vec<u8> = given.iter().flat_map(|(name, content)| archive.add(name, content).unwrap()).collect();
        bytes.extend(archive.finish().unwrap());
        assert_eq!(files(&bytes), given.map(|(name, content)| (name.to_owned(), content)));
        assert!(files(&Archive::default().finish().unwrap()).is_empty());
    }

    #[test]
    fn what_has_no_room_is_refused() {
        let mut archive = Archive { length: u32::MAX - 3, ..Archive::default() };
        assert_eq!(archive.add("a", b"b"), None);
        assert_eq!(Archive::default().add(&"x".repeat(70_000), b""), None);
    }
}
