//! Milestone emails to affiliates: the first click and commissions earned.

use kit::mail::{Branding, EmailContent};
use rules::format::money;

/// Commissions in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    pub currency: String,
    pub minor: i64,
    pub count: i64,
}

/// `first_click`.
pub fn first_click(look: Branding, name: &str, portal: String) -> EmailContent {
    let brand = look.brand.clone();
    EmailContent {
        subject: "Somebody followed your link for the first time".to_owned(),
        name: name.to_owned(),
        paragraphs: vec![
            format!("somebody just followed your link to {brand}: it works, and what they buy counts for you."),
            "The portal shows each click, and every sale that comes of it.".to_owned(),
        ],
        rows: Vec::new(),
        button: Some(("See your clicks", portal)),
        why: why(&brand),
        choice: None,
        look,
    }
}

/// `commission_earned`: all commissions of one day in one email.
pub fn earned(look: Branding, name: &str, earned: &[Earned], portal: String) -> EmailContent {
    let brand = look.brand.clone();
    let amounts: Vec<String> = earned.iter().map(|one| money(one.minor, &one.currency)).collect();
    let amounts = amounts.join(" and ");
    let rows = earned.iter().map(|one| {
        let commissions = if one.count == 1 { "1 commission".to_owned() } else { format!("{} commissions", one.count) };
        (commissions, money(one.minor, &one.currency))
    });
    EmailContent {
        subject: format!("You earned {amounts} with {brand}"),
        name: name.to_owned(),
        paragraphs: vec![
            format!("your recommendations paid off: you earned {amounts}."),
            "A commission is due once the time for refunds is over. The portal says when, and how each one came about."
                .to_owned(),
        ],
        rows: rows.collect(),
        button: Some(("See your commissions", portal)),
        why: why(&brand),
        choice: None,
        look,
    }
}

fn why(brand: &str) -> String {
    format!("You get this letter because you are an affiliate of {brand}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_currency_has_a_figure_of_its_own() {
        let of = |currency: &str, minor, count| Earned { currency: currency.to_owned(), minor, count };
        let notified =
            earned(Branding::new("Acme", None), "Nina", &[of("EUR", 1_250, 1), of("USD", 4_000, 2)], String::new());
        assert_eq!(notified.subject, "You earned €12.50 and $40.00 with Acme");
        assert_eq!(notified.rows[0], ("1 commission".to_owned(), "€12.50".to_owned()));
        assert_eq!(notified.rows[1], ("2 commissions".to_owned(), "$40.00".to_owned()));
    }
}
