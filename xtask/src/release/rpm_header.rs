//! Reads the headers of an RPM package (version 4 of the format, big-endian): what it is called, which files it installs,
//! and whether it runs anything.

use super::oci;
use anyhow::{Context, Result, bail};

/// What stands before the headers; only old programs read the rest of it.
const LEAD: usize = 96;
const LEAD_BEGINS: &[u8] = b"\xed\xab\xee\xdb\x03";
const HEADER_BEGINS: &[u8] = b"\x8e\xad\xe8\x01";
/// The length of what describes a header, and of each of its entries.
const ENTRY: usize = 16;

/// The number of each field.
mod tag {
    pub(super) const NAME: u32 = 1_000;
    pub(super) const VERSION: u32 = 1_001;
    pub(super) const RELEASE: u32 = 1_002;
    pub(super) const MACHINE: u32 = 1_022;
    pub(super) const FILE_MODES: u32 = 1_030;
    pub(super) const FILE_DIGESTS: u32 = 1_035;
    pub(super) const FILE_USERS: u32 = 1_039;
    pub(super) const FILE_GROUPS: u32 = 1_040;
    pub(super) const REQUIRES: u32 = 1_049;
    pub(super) const FOLDER_INDEXES: u32 = 1_116;
    pub(super) const FILE_NAMES: u32 = 1_117;
    pub(super) const FOLDERS: u32 = 1_118;
    pub(super) const PAYLOAD_DIGEST: u32 = 5_092;
    /// Before and after installation and removal, before and after the transaction, and triggers.
    pub(super) const SCRIPTS: [u32; 11] = [1_023, 1_024, 1_025, 1_026, 1_065, 1_151, 1_152, 5_066, 5_076, 5_103, 5_104];
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) release: String,
    pub(super) machine: String,
    /// What must be installed, too.
    pub(super) requires: Vec<String>,
    pub(super) files: Vec<File>,
    pub(super) has_scripts: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: String,
    /// With the kind of file, as in a file system: `0o100644`.
    pub(super) mode: u32,
    pub(super) user: String,
    pub(super) group: String,
    pub(super) sha256: String,
}

/// # Errors
/// If this isn't a package, or if its content isn't what its header says.
pub(super) fn read(package: &[u8]) -> Result<Package> {
    if !package.starts_with(LEAD_BEGINS) {
        bail!("this isn't an RPM package");
    }
    let signature = Header::read(package, LEAD)?;
    let header = Header::read(package, signature.end.next_multiple_of(8))?;
    let payload = package.get(header.end..).unwrap_or_default();
    if header.texts(tag::PAYLOAD_DIGEST)? != [oci::sha256(payload)] {
        bail!("the package's content isn't what its header says");
    }
    Ok(Package {
        name: header.text(tag::NAME)?,
        version: header.text(tag::VERSION)?,
        release: header.text(tag::RELEASE)?,
        machine: header.text(tag::MACHINE)?,
        requires: if header.has(tag::REQUIRES) { header.texts(tag::REQUIRES)? } else { Vec::new() },
        files: files(&header)?,
        has_scripts: tag::SCRIPTS.iter().any(|script| header.has(*script)),
    })
}

fn files(header: &Header) -> Result<Vec<File>> {
    let (names, folders) = (header.texts(tag::FILE_NAMES)?, header.texts(tag::FOLDERS)?);
    let (indexes, modes) = (header.numbers(tag::FOLDER_INDEXES)?, header.numbers(tag::FILE_MODES)?);
    let (users, groups) = (header.texts(tag::FILE_USERS)?, header.texts(tag::FILE_GROUPS)?);
    let digests = header.texts(tag::FILE_DIGESTS)?;
    let lengths = [indexes.len(), modes.len(), users.len(), groups.len(), digests.len()];
    if lengths.iter().any(|length| *length != names.len()) {
        bail!("the package's list of files is damaged");
    }
    let mut files = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let folder = folders.get(usize::try_from(indexes[at])?).context("the package's list of folders is damaged")?;
        files.push(File {
            path: format!("{folder}{name}"),
            mode: modes[at],
            user: users[at].clone(),
            group: groups[at].clone(),
            sha256: digests[at].clone(),
        });
    }
    Ok(files)
}

#[derive(Debug)]
struct Header<'a> {
    entries: Vec<Entry>,
    /// What the entries point into.
    store: &'a [u8],
    /// Where the header ends in the package.
    end: usize,
}

#[derive(Debug)]
struct Entry {
    tag: u32,
    kind: u32,
    offset: usize,
    count: usize,
}

impl<'a> Header<'a> {
    fn read(package: &'a [u8], at: usize) -> Result<Self> {
        if package.get(at..at + HEADER_BEGINS.len()) != Some(HEADER_BEGINS) {
            bail!("the package has no header at {at}");
        }
        let (count, size) = (position(package, at + 8)?, position(package, at + 12)?);
        let store = at + ENTRY + count.saturating_mul(ENTRY);
        let end = store.saturating_add(size);
        let mut entries = Vec::new();
        for entry in (at + ENTRY..store).step_by(ENTRY) {
            entries.push(Entry {
                tag: number(package, entry, 4)?,
                kind: number(package, entry + 4, 4)?,
                offset: position(package, entry + 8)?,
                count: position(package, entry + 12)?,
            });
        }
        let store = package.get(store..end).context("the package is cut off")?;
        Ok(Self { entries, store, end })
    }

    fn has(&self, tag: u32) -> bool {
        self.entries.iter().any(|entry| entry.tag == tag)
    }

    fn entry(&self, tag: u32) -> Result<&Entry> {
        let found = self.entries.iter().find(|entry| entry.tag == tag);
        found.with_context(|| format!("the package's header has no field {tag}"))
    }

    fn text(&self, tag: u32) -> Result<String> {
        self.texts(tag)?.pop().with_context(|| format!("the field {tag} is empty"))
    }

    fn texts(&self, tag: u32) -> Result<Vec<String>> {
        let entry = self.entry(tag)?;
        // A text, a list of texts, or a text in several languages.
        if ![6, 8, 9].contains(&entry.kind) {
            bail!("the field {tag} isn't text");
        }
        let stored = self.store.get(entry.offset..).unwrap_or_default();
        let texts = stored.split(|byte| *byte == 0).take(entry.count);
        Ok(texts.map(|text| String::from_utf8_lossy(text).into_owned()).collect())
    }

    fn numbers(&self, tag: u32) -> Result<Vec<u32>> {
        let entry = self.entry(tag)?;
        let length = match entry.kind {
            3 => 2,
            4 => 4,
            _ => bail!("the field {tag} isn't a number of 16 or 32 bits"),
        };
        (0..entry.count).map(|at| number(self.store, entry.offset + at * length, length)).collect()
    }
}

fn position(bytes: &[u8], at: usize) -> Result<usize> {
    Ok(usize::try_from(number(bytes, at, 4)?)?)
}

fn number(bytes: &[u8], at: usize, length: usize) -> Result<u32> {
    let bytes = bytes.get(at..at.saturating_add(length)).context("the package is cut off")?;
    Ok(bytes.iter().fold(0, |number, byte| (number << 8) | u32::from(*byte)))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    enum Field {
        Text(&'static str),
        Texts(Vec<String>),
        Short(Vec<u16>),
        Long(Vec<u32>),
    }

    fn header(fields: &[(u32, Field)]) -> Vec<u8> {
        let (mut index, mut store): (Vec<u8>, Vec<u8>) = (Vec::new(), Vec::new());
        let texts =
            |texts: &[String]| -> Vec<u8> { texts.iter().flat_map(|text| format!("{text}\0").into_bytes()).collect() };
        for (tag, field) in fields {
            let (kind, count, stored): (u32, usize, Vec<u8>) = match field {
                Field::Text(text) => (6, 1, texts(&[(*text).to_owned()])),
                Field::Texts(list) => (8, list.len(), texts(list)),
                Field::Short(list) => (3, list.len(), list.iter().flat_map(|number| number.to_be_bytes()).collect()),
                Field::Long(list) => (4, list.len(), list.iter().flat_map(|number| number.to_be_bytes()).collect()),
            };
            for number in [*tag, kind, u32::try_from(store.len()).unwrap(), u32::try_from(count).unwrap()] {
                index.extend(number.to_be_bytes());
            }
            store.extend(stored);
        }
        let mut header = HEADER_BEGINS.to_vec();
        header.extend([0; 4]);
        header.extend(u32::try_from(fields.len()).unwrap().to_be_bytes());
        header.extend(u32::try_from(store.len()).unwrap().to_be_bytes());
        header.extend(index);
        header.extend(store);
        header
    }

    /// A package with these files of root's, each with its mode and digest.
    pub(in super::super) fn package(files: &[(&str, u16, &str)]) -> Vec<u8> {
        let texts = |texts: Vec<&str>| Field::Texts(texts.into_iter().map(str::to_owned).collect());
        let payload = b"payload";
        let names = files.iter().map(|(path, ..)| path.rsplit('/').next().unwrap()).collect();
        let folders = files.iter().map(|(path, ..)| &path[..=path.rfind('/').unwrap()]).collect();
        let count = u32::try_from(files.len()).unwrap();
        let mut package = LEAD_BEGINS.to_vec();
        package.resize(LEAD, 0);
        // Its length is no multiple of eight.
        package.extend(header(&[(269, Field::Text("abc"))]));
        package.resize(package.len().next_multiple_of(8), 0);
        package.extend(header(&[
            (tag::NAME, Field::Text("rekomi")),
            (tag::VERSION, Field::Text("1.2.3")),
            (tag::RELEASE, Field::Text("1")),
            (tag::MACHINE, Field::Text("x86_64")),
            (tag::FILE_MODES, Field::Short(files.iter().map(|(_, mode, _)| *mode).collect())),
            (tag::FILE_DIGESTS, texts(files.iter().map(|(.., digest)| *digest).collect())),
            (tag::FILE_USERS, texts(vec!["root"; files.len()])),
            (tag::FILE_GROUPS, texts(vec!["root"; files.len()])),
            (tag::REQUIRES, texts(vec!["ca-certificates", "rpmlib(PayloadIsZstd)"])),
            (tag::FOLDER_INDEXES, Field::Long((0..count).collect())),
            (tag::FILE_NAMES, texts(names)),
            (tag::FOLDERS, texts(folders)),
            (tag::PAYLOAD_DIGEST, Field::Texts(vec![oci::sha256(payload)])),
        ]));
        package.extend(payload);
        package
    }

    #[test]
    fn a_package_is_read_back() {
        let bytes =
            package(&[("/usr/bin/rekomi", 0o100_755, "abc"), ("/usr/share/doc/rekomi/LICENSE", 0o100_644, "def")]);
        let package = read(&bytes).unwrap();
        assert_eq!((package.name.as_str(), package.version.as_str()), ("rekomi", "1.2.3"));
        assert_eq!((package.release.as_str(), package.machine.as_str()), ("1", "x86_64"));
        assert!(package.requires.contains(&"ca-certificates".to_owned()) && !package.has_scripts);
        let [program, license] = package.files.as_slice() else { panic!("{package:?}") };
        assert_eq!((program.path.as_str(), program.mode), ("/usr/bin/rekomi", 0o100_755));
        assert_eq!((license.path.as_str(), license.sha256.as_str()), ("/usr/share/doc/rekomi/LICENSE", "def"));
        assert_eq!((license.user.as_str(), license.group.as_str()), ("root", "root"));
    }

    #[test]
    fn a_damaged_package_is_refused() {
        let whole = package(&[("/usr/bin/rekomi", 0o100_755, "abc")]);
        for length in [0, LEAD, LEAD + 20, whole.len() - 100, whole.len() - 1] {
            assert!(read(&whole[..length]).is_err(), "{length}");
        }
        let mut other = whole.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(read(&other).unwrap_err().to_string().contains("its header says"));
        assert!(read(b"!<arch>\n").is_err());
    }
}
