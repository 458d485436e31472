//! What a plan's conditions are picked from by name: the segments, products, countries and affiliates that the
//! organization has. Anything else can be typed.

use shared::id::{AffiliateId, OrganizationId};

use super::{form::listed, known_store, plan_form::PlanForm, share_store};
use crate::dashboard::pick_store;
use kit::{db::TenantTx, error::Result, state::AppState, text::Texts};

/// How many affiliates of a condition are looked up by what was typed.
const TYPED_MAX: usize = 100;

/// What the organization has, each as its value and its name.
#[derive(Debug, Default)]
pub(super) struct Known {
    segments: Vec<(String, String)>,
    products: Vec<(String, String)>,
    countries: Vec<(String, String)>,
    affiliates: Vec<(String, String)>,
}

/// A condition's boxes, and what its field holds besides.
#[derive(Debug)]
pub(super) struct Picks {
    pub(super) boxes: Vec<PickBox>,
    pub(super) others: String,
}

#[derive(Debug)]
pub(super) struct PickBox {
    pub(super) value: String,
    pub(super) name: String,
    pub(super) ticked: bool,
}

impl Known {
    /// Loads what a form's conditions are picked from. In the form, affiliates that were typed by name, email address or
    /// slug become their ids.
    pub(super) async fn load(state: &AppState, organization: OrganizationId, form: &mut PlanForm) -> Result<Self> {
        let mut tx = state.db.tenant(organization).await?;
        let picked = identified(&mut tx, form).await?;
        let same = |values: Vec<String>| -> Vec<(String, String)> {
            values.into_iter().map(|value| (value.clone(), value)).collect()
        };
        let country = |code: String| {
            let name = Texts::default().say("country-name").with("code", code.as_str()).to_string();
            (code, name)
        };
        let mut affiliates = known_store::affiliates(&mut tx).await?;
        let mut others: Vec<_> = share_store::names(&mut tx, &picked).await?.into_iter().collect();
        others.retain(|(id, _)| affiliates.iter().all(|(known, _)| known != id));
        others.sort_by(|one, other| one.1.cmp(&other.1));
        affiliates.extend(others);
        let known = Self {
            segments: same(known_store::segments(&mut tx).await?),
            products: same(known_store::products(&mut tx).await?),
            countries: known_store::countries(&mut tx).await?.into_iter().map(country).collect(),
            affiliates: affiliates.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        };
        tx.commit().await?;
        Ok(known)
    }

    pub(super) fn segments(&self, given: &str) -> Picks {
        picks(&self.segments, given)
    }

    pub(super) fn products(&self, given: &str) -> Picks {
        picks(&self.products, given)
    }

    pub(super) fn countries(&self, given: &str) -> Picks {
        picks(&self.countries, &given.to_ascii_uppercase())
    }

    pub(super) fn affiliates(&self, given: &str) -> Picks {
        picks(&self.affiliates, given)
    }
}

/// Writes the form's affiliates as ids, and returns these.
async fn identified(tx: &mut TenantTx, form: &mut PlanForm) -> Result<Vec<AffiliateId>> {
    let mut picked = Vec::new();
    for row in &mut form.rows {
        let mut texts = listed(&row.affiliates);
        for text in texts.iter_mut().take(TYPED_MAX) {
            let id = match text.parse::<AffiliateId>() {
                Ok(id) => Some(id),
                Err(_) => pick_store::affiliate(tx, text).await?.map(|(id, _)| id),
            };
            if let Some(id) = id {
                *text = id.to_string();
                picked.push(id);
            }
        }
        row.affiliates = texts.join(", ");
    }
    Ok(picked)
}

fn picks(known: &[(String, String)], given: &str) -> Picks {
    let given = listed(given);
    let others = given.iter().filter(|text| known.iter().all(|(value, _)| value != *text));
    Picks {
        others: others.cloned().collect::<Vec<_>>().join(", "),
        boxes: known
            .iter()
            .map(|(value, name)| PickBox { value: value.clone(), name: name.clone(), ticked: given.contains(value) })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_is_ticked_and_the_rest_stays_typed() {
        let known = Known {
            countries: vec![("DE".to_owned(), "Germany".to_owned()), ("US".to_owned(), "United States".to_owned())],
            ..Known::default()
        };
        let picks = known.countries("fr, de");
        let ticked: Vec<_> = picks.boxes.iter().map(|one| (one.name.as_str(), one.ticked)).collect();
        assert_eq!(ticked, [("Germany", true), ("United States", false)]);
        assert_eq!(picks.others, "FR");
        assert_eq!(known.segments("gold, silver").others, "gold, silver");
    }
}
