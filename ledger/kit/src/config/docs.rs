//! `REKOMI_DOCS`: the folder of the documentation that is served at `/docs`. A release has it beside its program.

use std::path::{Path, PathBuf};

/// Where releases have the book, from the program's folder: in the archive and the image, and in the packages, whose program
/// is `/usr/bin/rekomi`.
const PLACES: [&str; 2] = ["docs/book", "../share/rekomi/docs"];

/// Returns the folder that the setting names, or else the one beside the program, if there is one; `off` serves none.
pub fn folder(setting: Option<&str>, program: Option<&Path>) -> Option<PathBuf> {
    match setting {
        Some("off") => None,
        Some(folder) => Some(folder.into()),
        None => beside(program?),
    }
}

fn beside(program: &Path) -> Option<PathBuf> {
    let folder = program.parent()?;
    PLACES.iter().map(|place| folder.join(place)).find(|place| place.join("index.html").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_release_has_it_beside_the_program() {
        let top = std::env::temp_dir().join(format!("rekomi-docs-{}", std::process::id()));
        let (program, installed) = (top.join("rekomi"), top.join("usr/bin/rekomi"));
        assert_eq!(folder(None, Some(&program)), None);
        for (program, book) in [(&program, "docs/book"), (&installed, "usr/share/rekomi/docs")] {
            fs::create_dir_all(program.parent().unwrap()).unwrap();
            fs::create_dir_all(top.join(book)).unwrap();
            assert_eq!(folder(None, Some(program)), None, "an empty folder is no book");
            fs::write(top.join(book).join("index.html"), "").unwrap();
            let found = folder(None, Some(program)).unwrap();
            assert_eq!(found.canonicalize().unwrap(), top.join(book).canonicalize().unwrap());
        }
        assert_eq!(folder(Some("off"), Some(&program)), None);
        assert_eq!(folder(Some("/srv/book"), Some(&program)), Some(PathBuf::from("/srv/book")));
        assert_eq!(folder(None, None), None);
        fs::remove_dir_all(top).unwrap();
    }
}
