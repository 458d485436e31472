//! Decides what to do with a row. Pure, and the same for the check and the run: what one row creates is known to the
//! next.

use std::collections::{HashMap, HashSet};

use shared::{id::AffiliateId, text_enum};

use super::row::{AffiliateRow, CustomerRow, Refusal};
use rules::coupon::key::key;

text_enum! {
    /// The outcome of a row.
    Outcome { New, Updated, Unchanged, Refused }
}

/// Why an affiliate gets no link.
const LACKS_HOST: &str =
    "They get no link, because you don't have a verified link domain yet. Import the file again once you do.";

/// An affiliate that exists, or that a row above creates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: AffiliateId,
    pub slug: String,
    pub email: String,
    pub approved: bool,
    pub has_link: bool,
    /// Whether they have a payout method.
    pub paid_somehow: bool,
}

/// The existing data that rows are compared with.
#[derive(Debug, Default)]
pub struct Knowledge {
    pub affiliates: HashMap<AffiliateId, Known>,
    pub by_email: HashMap<String, AffiliateId>,
    /// The slugs of affiliates and of links, in lower case.
    pub by_slug: HashMap<String, AffiliateId>,
    /// The affiliate that each token belonged to on the source platform; tokens are in lower case.
    pub by_token: HashMap<String, AffiliateId>,
    /// Coupon codes in lower case.
    pub coupons: HashMap<String, AffiliateId>,
    /// Customers by name: their affiliate in the program, and whether an import assigned them.
    pub bound: HashMap<String, (AffiliateId, bool)>,
    /// The emails or customers of rows above in the file.
    pub seen: HashSet<String>,
    /// Whether the organization has no link host yet, so that no link can be created.
    pub lacks_host: bool,
}

/// The action for an affiliate's row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AffiliateAction {
    Make {
        slug: Option<String>,
        coupon: Option<String>,
    },
    /// Adds to an existing affiliate.
    Add {
        id: AffiliateId,
        slug: Option<String>,
        coupon: Option<String>,
        paypal: bool,
    },
    Nothing,
}

/// The action, and the sentences for the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<A> {
    pub action: A,
    pub outcome: Outcome,
    /// What an existing affiliate gets.
    pub added: Vec<String>,
    /// What of the row can't be imported, or has to be known.
    pub notes: Vec<String>,
}

impl Knowledge {
    pub fn add(&mut self, known: Known) {
        self.by_email.insert(known.email.clone(), known.id);
        self.by_slug.insert(known.slug.to_lowercase(), known.id);
        self.affiliates.insert(known.id, known);
    }

    pub fn affiliate(&mut self, row: &AffiliateRow) -> Result<Decision<AffiliateAction>, Refusal> {
        if !self.seen.insert(row.email.clone()) {
            return Err(Refusal::new("duplicate", "Duplicate: this email appears earlier in the file."));
        }
        let mut notes = row.notes.clone();
        let known = self.by_email.get(&row.email).and_then(|id| self.affiliates.get(id)).cloned();
        let own = known.as_ref().map(|known| known.id);
        let slug = row.slug.clone().filter(|slug| match self.by_slug.get(&slug.to_lowercase()) {
            None => true,
            Some(owner) if Some(*owner) == own => false,
            Some(_) => {
                notes.push(format!("The link name {slug} is taken by another affiliate, so they got a new one."));
                false
            }
        });
        let coupon = row.coupon.clone().filter(|code| match self.coupons.get(&key(code)) {
            None => true,
            Some(owner) if Some(*owner) == own => false,
            Some(_) => {
                notes.push(format!("The coupon code {code} belongs to another affiliate."));
                false
            }
        });
        let Some(known) = known else {
            let coupon = coupon.filter(|_| row.approved);
            if row.approved && self.lacks_host {
                notes.push(LACKS_HOST.to_owned());
            }
            let action = AffiliateAction::Make { slug, coupon };
            return Ok(Decision { action, outcome: Outcome::New, added: Vec::new(), notes });
        };
        // Affiliates without any link get one: they may have been imported before there was a link host.
        let slug = slug.or_else(|| (!known.has_link).then(|| known.slug.clone()));
        // Only approved affiliates get links and coupons.
        let (slug, coupon) = (slug.filter(|_| known.approved), coupon.filter(|_| known.approved));
        let slug = if slug.is_some() && self.lacks_host {
            notes.push(LACKS_HOST.to_owned());
            None
        } else {
            slug
        };
        let paypal = row.paypal.is_some() && !known.paid_somehow;
        if slug.is_none() && coupon.is_none() && !paypal {
            let (action, outcome) = (AffiliateAction::Nothing, Outcome::Unchanged);
            return Ok(Decision { action, outcome, added: Vec::new(), notes });
        }
        let link = slug.iter().map(|slug| format!("Adds the link {slug}."));
        let code = coupon.iter().map(|code| format!("Adds the coupon {code}."));
        let address = paypal.then(|| "Adds their PayPal address.".to_owned());
        let added = link.chain(code).chain(address).collect();
        let action = AffiliateAction::Add { id: known.id, slug, coupon, paypal };
        Ok(Decision { action, outcome: Outcome::Updated, added, notes })
    }

    /// Decides which affiliate gets the customer; `None` if that affiliate already has them.
    pub fn customer(&mut self, row: &CustomerRow) -> Result<Decision<Option<AffiliateId>>, Refusal> {
        let affiliate = self.whose(row.affiliate_email.as_deref(), row.affiliate_slug.as_deref())?;
        let known = self.known(affiliate)?;
        let mut notes = Vec::new();
        if !known.approved {
            notes.push(format!("{} isn't an approved affiliate and won't earn until approved.", known.slug));
        }
        if !self.seen.insert(row.name.clone()) {
            return Err(Refusal::new("duplicate", "Duplicate: this customer appears earlier in the file."));
        }
        match self.bound.get(&row.name) {
            None => {
                self.bound.insert(row.name.clone(), (affiliate, true));
                Ok(Decision { action: Some(affiliate), outcome: Outcome::New, added: Vec::new(), notes })
            }
            Some((owner, _)) if *owner == affiliate => {
                Ok(Decision { action: None, outcome: Outcome::Unchanged, added: Vec::new(), notes })
            }
            Some((owner, by_import)) => {
                let name = self.affiliates.get(owner).map_or("another affiliate", |known| known.slug.as_str());
                let how = if *by_import { "an earlier import" } else { "a purchase" };
                Err(Refusal::new("bound_to_another", format!("Already a customer of {name}, through {how}.")))
            }
        }
    }

    /// Returns an affiliate who wasn't erased.
    ///
    /// # Errors
    /// `affiliate_gone`.
    pub(super) fn known(&self, affiliate: AffiliateId) -> Result<&Known, Refusal> {
        let known = self.affiliates.get(&affiliate);
        known.ok_or_else(|| Refusal::new("affiliate_gone", "This row's affiliate was erased."))
    }

    /// Finds the affiliate that a row names. If an email is given, it must match. A token means its owner on the source
    /// platform before an affiliate with that slug here.
    ///
    /// # Errors
    /// `affiliate_unknown` or `affiliate_ambiguous`.
    pub(super) fn whose(&self, email: Option<&str>, named: Option<&str>) -> Result<AffiliateId, Refusal> {
        let unknown = |named: &str| {
            Refusal::new("affiliate_unknown", format!("There's no affiliate {named}. Import your affiliates first."))
        };
        let slug = named.map(str::to_lowercase);
        let by_slug = slug.as_ref().and_then(|slug| self.by_token.get(slug).or_else(|| self.by_slug.get(slug)));
        let Some(email) = email else {
            return by_slug.copied().ok_or_else(|| unknown(named.unwrap_or_default()));
        };
        let by_email = *self.by_email.get(email).ok_or_else(|| unknown(email))?;
        match by_slug {
            Some(other) if *other != by_email => {
                let slug = named.unwrap_or_default();
                let message = format!("The email {email} and the link name {slug} belong to two different affiliates.");
                Err(Refusal::new("affiliate_ambiguous", message))
            }
            _ => Ok(by_email),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known(number: u8, name: &str) -> Known {
        Known {
            id: AffiliateId::from_bytes([number; 16]),
            slug: name.to_owned(),
            email: format!("{name}@a.test"),
            approved: true,
            has_link: true,
            paid_somehow: false,
        }
    }

    fn row(name: &str, slug: Option<&str>) -> AffiliateRow {
        AffiliateRow {
            email: format!("{name}@a.test"),
            name: name.to_owned(),
            slug: slug.map(str::to_owned),
            token: slug.map(str::to_lowercase),
            coupon: None,
            paypal: None,
            approved: true,
            country: None,
            since: None,
            notes: Vec::new(),
        }
    }

    fn customer(name: &str, slug: &str) -> CustomerRow {
        CustomerRow {
            id: Some(name.to_owned()),
            email: None,
            name: name.to_owned(),
            affiliate_email: None,
            affiliate_slug: Some(slug.to_owned()),
            since: None,
        }
    }

    #[test]
    fn who_is_there_stays_and_gets_what_is_missing() {
        let mut all = Knowledge::default();
        all.add(known(1, "lauren"));
        let same = all.affiliate(&row("lauren", Some("Lauren"))).unwrap();
        assert_eq!((same.action, same.outcome), (AffiliateAction::Nothing, Outcome::Unchanged));
        assert_eq!(all.affiliate(&row("lauren", None)).unwrap_err().code, "duplicate");
        let mut again = Knowledge::default();
        again.add(known(1, "lauren"));
        let more = AffiliateRow { paypal: Some("p@a.test".to_owned()), ..row("lauren", Some("old-one")) };
        let id = AffiliateId::from_bytes([1; 16]);
        let updated = again.affiliate(&more).unwrap();
        let action = AffiliateAction::Add { id, slug: Some("old-one".to_owned()), coupon: None, paypal: true };
        assert_eq!((updated.action, updated.outcome), (action, Outcome::Updated));
        assert_eq!(updated.added, ["Adds the link old-one.", "Adds their PayPal address."]);
        assert!(updated.notes.is_empty(), "all of it is imported");
    }

    #[test]
    fn without_a_link_host_links_come_with_the_next_import() {
        let mut all = Knowledge { lacks_host: true, ..Knowledge::default() };
        all.add(Known { has_link: false, ..known(1, "lauren") });
        let made = all.affiliate(&row("nina", Some("nina"))).unwrap();
        assert_eq!((made.outcome, made.notes), (Outcome::New, vec![LACKS_HOST.to_owned()]));
        let pending = AffiliateRow { approved: false, ..row("jo", None) };
        assert!(all.affiliate(&pending).unwrap().notes.is_empty(), "they get no link before their approval");
        let same = all.affiliate(&row("lauren", None)).unwrap();
        assert_eq!((same.action, same.notes), (AffiliateAction::Nothing, vec![LACKS_HOST.to_owned()]));
        all.seen.clear();
        all.lacks_host = false;
        let more = all.affiliate(&row("lauren", Some("lauren"))).unwrap();
        assert_eq!((more.outcome, more.added), (Outcome::Updated, vec!["Adds the link lauren.".to_owned()]));
    }

    #[test]
    fn anothers_slug_stays_anothers() {
        let mut all = Knowledge::default();
        all.add(known(1, "lauren"));
        let made = all.affiliate(&row("nina", Some("LAUREN"))).unwrap();
        assert_eq!(made.action, AffiliateAction::Make { slug: None, coupon: None });
        assert_eq!((made.outcome, made.notes.len()), (Outcome::New, 1));
    }

    #[test]
    fn a_customer_is_bound_once() {
        let mut all = Knowledge::default();
        all.add(known(1, "lauren"));
        all.add(known(2, "nina"));
        all.bound.insert("old".to_owned(), (AffiliateId::from_bytes([1; 16]), false));
        let mut of = |name, slug| all.customer(&customer(name, slug)).map(|done| done.outcome).map_err(|why| why.code);
        assert_eq!(of("new", "Lauren"), Ok(Outcome::New));
        assert_eq!(of("new", "lauren"), Err("duplicate"));
        assert_eq!(of("old", "nina"), Err("bound_to_another"));
        assert_eq!(of("x", "nobody"), Err("affiliate_unknown"));
        all.seen.clear();
        assert_eq!(all.customer(&customer("old", "lauren")).unwrap().outcome, Outcome::Unchanged);
    }

    #[test]
    fn whose_a_customer_is_is_not_guessed() {
        let mut all = Knowledge::default();
        all.add(known(1, "lauren"));
        all.add(known(2, "nina"));
        all.add(Known { approved: false, ..known(3, "jo") });
        let erased = AffiliateId::from_bytes([4; 16]);
        all.by_slug.insert("gone".to_owned(), erased);
        // Nina's token there was "vale", which is no one's slug here; Lauren's was "nina".
        all.by_token.insert("vale".to_owned(), AffiliateId::from_bytes([2; 16]));
        all.by_token.insert("nina".to_owned(), AffiliateId::from_bytes([1; 16]));
        let mut number = 0;
        let mut of = |email: Option<&str>, slug: &str| {
            number += 1;
            let email = email.map(|name| format!("{name}@a.test"));
            let row = CustomerRow { affiliate_email: email, ..customer(&format!("cus_{number}"), slug) };
            all.customer(&row).map(|done| (done.action.unwrap().bytes()[0], done.notes.len())).map_err(|why| why.code)
        };
        assert_eq!(of(None, "Vale"), Ok((2, 0)));
        assert_eq!(of(None, "nina"), Ok((1, 0)), "not today's owner of the slug");
        assert_eq!(of(Some("lauren"), "nina"), Ok((1, 0)));
        assert_eq!(of(Some("nina"), "lauren"), Err("affiliate_ambiguous"));
        assert_eq!(of(Some("nobody"), "lauren"), Err("affiliate_unknown"), "no fallback to the slug");
        assert_eq!(of(None, "gone"), Err("affiliate_gone"));
        assert_eq!(of(None, "jo"), Ok((3, 1)));
    }
}
