//! Reads the list of crates that cargo-auditable puts into a program, as scanners for known vulnerabilities do.

use super::elf;
use anyhow::{Context, Result, bail};
use flate2::read::ZlibDecoder;
use serde_json::Value;
use std::io::Read;

/// Where the list is: JSON, compressed with zlib.
const SECTION: &str = ".dep-v0";

/// Returns how many crates a program lists.
///
/// # Errors
/// If there is no list, or if it's that of another package.
pub(super) fn crates(program: &[u8], name: &str, version: &str) -> Result<usize> {
    let compressed = elf::section(program, SECTION)?;
    let compressed = compressed.with_context(|| format!("the program has no section {SECTION}"))?;
    let mut text = String::new();
    ZlibDecoder::new(compressed).read_to_string(&mut text).context("the program's list of crates is damaged")?;
    let list: Value = serde_json::from_str(&text).context("the program's list of crates isn't JSON")?;
    let packages = list["packages"].as_array().context("the program's list of crates is empty")?;
    let root = packages.iter().find(|package| package["root"] == true).context("the list of crates has no root")?;
    if root["name"] != name || root["version"] != version {
        bail!("the program's list of crates is that of {} {}, not {name} {version}", root["name"], root["version"]);
    }
    Ok(packages.len())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::ZlibEncoder};
    use std::io::Write;

    /// A program with nothing but two sections: the list and the sections' names.
    fn program(list: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(list.as_bytes()).unwrap();
        let (list, names) = (encoder.finish().unwrap(), b"\0.dep-v0\0.shstrtab\0");
        let mut program = vec![0; 64];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        program[40..48].copy_from_slice(&(64 + list.len() as u64 + names.len() as u64).to_le_bytes());
        for (at, number) in [(58, 64_u16), (60, 2), (62, 1)] {
            program[at..at + 2].copy_from_slice(&number.to_le_bytes());
        }
        program.extend(&list);
        program.extend(names);
        for (name, at, length) in [(1_u32, 64, list.len()), (9, 64 + list.len(), names.len())] {
            let mut header = [0; 64];
            header[..4].copy_from_slice(&name.to_le_bytes());
            header[24..32].copy_from_slice(&(at as u64).to_le_bytes());
            header[32..40].copy_from_slice(&(length as u64).to_le_bytes());
            program.extend(header);
        }
        program
    }

    #[test]
    fn a_list_belongs_to_its_program() {
        let list = r#"{"packages":[{"name":"axum","version":"0.8.9","source":"crates.io"},
            {"name":"ledger","version":"1.2.3","source":"local","dependencies":[0],"root":true}]}"#;
        let whole = program(list);
        assert_eq!(crates(&whole, "ledger", "1.2.3").unwrap(), 2);
        for (program, name) in [(&whole, "edge"), (&program("{}"), "ledger"), (&program("no list"), "ledger")] {
            assert!(crates(program, name, "1.2.3").is_err(), "{name}");
        }
        assert!(crates(&whole, "ledger", "1.2.4").is_err());
        assert!(crates(&[0; 64], "ledger", "1.2.3").is_err());
    }
}
