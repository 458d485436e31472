//! Reads from a program whether it needs a dynamic linker (ELF, 64 bits, little-endian).

use anyhow::{Context, Result, bail};

/// The type of the program header that names the dynamic linker (`PT_INTERP`).
const INTERPRETER: u64 = 3;

/// Returns the dynamic linker that a program names; `None` for a static one.
pub(super) fn interpreter(program: &[u8]) -> Result<Option<String>> {
    if !program.starts_with(b"\x7fELF\x02\x01") {
        bail!("this isn't a program for 64-bit Linux");
    }
    let (first, size, count) = (number(program, 32, 8)?, number(program, 54, 2)?, number(program, 56, 2)?);
    for at in 0..count {
        let header = usize::try_from(first + at * size)?;
        if number(program, header, 4)? == INTERPRETER {
            let (from, length) = (number(program, header + 8, 8)?, number(program, header + 32, 8)?);
            let (from, length) = (usize::try_from(from)?, usize::try_from(length)?);
            let name = program.get(from..from.saturating_add(length)).context("the program is cut off")?;
            return Ok(Some(String::from_utf8_lossy(name).trim_end_matches('\0').to_owned()));
        }
    }
    Ok(None)
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
    }
}
