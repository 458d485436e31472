//! The choice of a program on forms.

use engine::api::store::{self, Filter};
use kit::{api::view::Program, db::TenantTx, error::Result, form::Fields, state::AppState};

const MOST: i64 = 100;

/// A program to which new people can be added.
#[derive(Debug, Clone)]
pub(crate) struct ProgramChoice {
    pub id: String,
    pub name: String,
    /// The default target of its links.
    pub destination: Option<String>,
}

/// Returns programs that aren't archived, newest first.
pub(crate) async fn choices(tx: &mut TenantTx, state: &AppState) -> Result<Vec<ProgramChoice>> {
    let filter = Filter { retired: Some(false), limit: MOST, ..Filter::default() };
    let found = store::programs(tx, &filter, state.clock.now()).await?;
    let choice = |program: Program| ProgramChoice {
        id: program.id.to_string(),
        name: program.name,
        destination: program.destination,
    };
    Ok(found.into_iter().map(choice).collect())
}

/// Returns the initial values of a new form: the link target, if only one program exists.
pub(crate) fn offered(programs: &[ProgramChoice]) -> Fields {
    let destination = match programs {
        [only] => only.destination.clone(),
        _ => None,
    };
    destination.into_iter().map(|destination| ("destination", destination)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_says_where_links_lead() {
        let program = |name: &str, destination: Option<&str>| ProgramChoice {
            id: name.to_owned(),
            name: name.to_owned(),
            destination: destination.map(str::to_owned),
        };
        let (one, none) = (program("One", Some("https://brand.test/")), program("Two", None));
        assert_eq!(offered(std::slice::from_ref(&one)).raw("destination"), "https://brand.test/");
        for programs in [vec![], vec![none.clone()], vec![one.clone(), none], vec![one.clone(), one]] {
            assert!(offered(&programs).pairs().is_empty(), "{programs:?}");
        }
    }
}
