//! Reads from a program whether it needs a dynamic linker, and what its sections contain (ELF, 64 bits, little-endian).

use anyhow::{Context, Result, bail};

/// The type of the program header that names the dynamic linker (`PT_INTERP`).
const INTERPRETER: u64 = 3;

/// Returns the dynamic linker that a program names; `None` for a static one.
pub(super) fn interpreter(program: &[u8]) -> Result<Option<String>> {
    check(program)?;
    let (first, size, count) = (number(program, 32, 8)?, number(program, 54, 2)?, number(program, 56, 2)?);
    for at in 0..count {
        let header = usize::try_from(first + at * size)?;
        if number(program, header, 4)? == INTERPRETER {
            let name = part(program, number(program, header + 8, 8)?, number(program, header + 32, 8)?)?;
            return Ok(Some(String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
}

/// Returns what a section of this name contains; `None` if the program has none.
pub(super) fn section<'a>(program: &'a [u8], name: &str) -> Result<Option<&'a [u8]>> {
    check(program)?;
    let (first, size, count) = (number(program, 40, 8)?, number(program, 58, 2)?, number(program, 60, 2)?);
    if count == 0 {
        return Ok(None);
    }
    let header = |index: u64| usize::try_from(first + index * size);
    let content = |header: usize| -> Result<&'a [u8]> {
        part(program, number(program, header + 24, 8)?, number(program, header + 32, 8)?)
    };
    let names = content(header(number(program, 62, 2)?)?)?;
    for index in 0..count {
        let header = header(index)?;
        let own = names.get(usize::try_from(number(program, header, 4)?)?..).unwrap_or_default();
        if own.split(|byte| *byte == 0).next() == Some(name.as_bytes()) {
            return content(header).map(Some);
        }
    }
    Ok(None)
}

fn check(program: &[u8]) -> Result<()> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        bail!("this isn't a program for 64-bit Linux");
    }
    Ok(())
}

fn part(program: &[u8], from: u64, length: u64) -> Result<&[u8]> {
    let (from, length) = (usize::try_from(from)?, usize::try_from(length)?);
    program.get(from..from.saturating_add(length)).context("the program is cut off")
}

fn number(program: &[u8], at: usize, length: usize) -> Result<u64> {
    let bytes = program.get(at..at.saturating_add(length)).context("the program is cut off")?;
    Ok(bytes.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_program_names_its_dynamic_linker() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(interpreter(&own).unwrap().is_some_and(|name| name.contains("/ld-")));
        assert!(interpreter(b"#!/bin/sh\n").is_err() && interpreter(b"\x7fELF\x02\x01").is_err());
    }

    #[test]
    fn a_static_one_names_none() {
        let mut program = vec![0; 64];
        program[..6].copy_from_slice(b"\x7fELF\x02\x01");
        assert_eq!(interpreter(&program).unwrap(), None);
        assert_eq!(section(&program, ".text").unwrap(), None);
    }

    #[test]
    fn sections_are_found_by_name() {
        let own = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        assert!(section(&own, ".text").unwrap().is_some_and(|code| code.len() > 1_000));
        assert!(section(&own, ".shstrtab").unwrap().is_some_and(|names| names.starts_with(b"\0")));
        assert_eq!(section(&own, ".tex").unwrap(), None);
        assert!(section(b"#!/bin/sh\n", ".text").is_err() && section(&own[..64], ".text").is_err());
    }
}
