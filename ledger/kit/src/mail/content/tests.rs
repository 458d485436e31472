use super::*;

fn content(look: Branding) -> EmailContent {
    EmailContent::new(look, "Hello", "You’re receiving this because of a reason.")
        .greeting("<b>Nina</b>")
        .paragraph("First.")
        .quote("Second,\nthird.")
        .links("Your links", vec!["https://go.test/nina".to_owned()])
        .rows(vec![("Sales".to_owned(), "3".to_owned())])
        .button("View it", "https://rekomi.test/a")
        .link("Or this", "https://rekomi.test/b")
}

#[test]
fn both_forms_say_all_of_it_and_escape_it() {
    let content = content(Branding::new("Acme & Sons", Some("#ff0000")));
    let email = content
        .clone()
        .with_end("nina@creators.test", EmailKind::FirstClick, "https://rekomi.test/u/x".to_owned())
        .unwrap();
    assert_eq!(email.unsubscribe.as_deref(), Some("https://rekomi.test/u/x"));
    for part in [
        "First.",
        "Second,\nthird.",
        "Your links:",
        "https://go.test/nina",
        "Sales",
        "View it",
        "https://rekomi.test/a",
        "https://rekomi.test/b",
        "https://rekomi.test/u/x",
        "Unsubscribe",
        "a reason",
    ] {
        assert!(email.text.contains(part) && email.html.contains(part), "{part} in {}", email.text);
    }
    assert!(email.text.starts_with("Hi <b>Nina</b>,\n\nFirst.\n\n"), "{}", email.text);
    assert!(
        !email.html.contains("<b>Nina") && email.html.contains(&content.look.light.color.to_string()),
        "{}",
        email.html
    );
    assert!(!content.to("nina@creators.test", EmailKind::FirstClick).unwrap().text.contains("Unsubscribe"));
}

#[test]
fn only_an_email_to_an_affiliate_is_from_their_brand() {
    let look = Branding { reply_to: Some("hello@acme.test".to_owned()), ..Branding::new("Acme", None) };
    let sender = |kind| content(look.clone()).to("nina@creators.test", kind).unwrap().sender;
    let theirs = sender(EmailKind::FirstClick).unwrap();
    assert_eq!((theirs.name.as_deref(), theirs.reply_to.as_deref()), (Some("Acme"), Some("hello@acme.test")));
    assert!(sender(EmailKind::ApplicationNew).is_none());
}

#[test]
fn only_a_sign_in_button_has_its_url_below_it() {
    let bare = "If the button doesn’t work";
    let html = |content: EmailContent| content.to("nina@creators.test", EmailKind::FirstClick).unwrap().html;
    assert!(!html(content(Branding::rekomi())).contains(bare));
    let signs_in = content(Branding::rekomi()).sign_in("Sign in", "https://rekomi.test/a/enter");
    let email = signs_in.to("nina@creators.test", EmailKind::FirstClick).unwrap();
    assert!(email.html.contains(bare));
    assert_eq!(email.text.matches("https://rekomi.test/a/enter").count(), 1, "{}", email.text);
}

#[test]
fn a_brand_shows_its_logo_and_where_it_is() {
    let look = Branding {
        logo: Some("https://acme.test/logo.png?a=1&b=\"2\"".to_owned()),
        address: Some("1 Main <Street>".to_owned()),
        ..Branding::new("Acme", None)
    };
    let email = content(look).to("nina@creators.test", EmailKind::FirstClick).unwrap();
    assert!(email.html.contains("alt=\"Acme\"") && !email.html.contains("\"2\""), "{}", email.html);
    assert!(!email.html.contains("<Street>") && email.text.contains("Acme\n1 Main <Street>\n"), "{}", email.text);
    let nameless = content(Branding::new("Acme", None)).to("nina@creators.test", EmailKind::FirstClick).unwrap();
    assert!(!nameless.html.contains("<img"), "{}", nameless.html);
}

#[test]
fn a_preheader_is_the_first_sentences() {
    let of = |words: &[&str]| {
        let content = EmailContent::new(Branding::rekomi(), "Hello", "Why.").greeting("Nina");
        words.iter().fold(content, |content, text| content.paragraph(text)).preheader()
    };
    assert_eq!(of(&[]), "");
    assert_eq!(of(&["First.", "Second\nline."]), "First. Second line.");
    let long = of(&["First.", &"word, ".repeat(40)]);
    assert!(long.ends_with(" word…") && PREHEADER.contains(&long.chars().count()), "{long}");
}

#[test]
fn an_email_is_in_its_recipients_language() {
    let sent = |language| {
        let look = Branding::new("Acme", None).in_language(language);
        content(look).to("nina@creators.test", EmailKind::FirstClick).unwrap()
    };
    for (language, tag, greeting) in [
        (Some("de"), "de", "Hallo <b>Nina</b>,"),
        (Some("es"), "es", "Hola, <b>Nina</b>:"),
        (Some("en"), "en", "Hi <b>Nina</b>,"),
        (None, "en", "Hi <b>Nina</b>,"),
        (Some("tlh"), "en", "Hi <b>Nina</b>,"),
    ] {
        let email = sent(language);
        assert!(email.text.starts_with(greeting), "{}", email.text);
        assert!(email.html.contains(&format!("<html lang=\"{tag}\">")), "{}", email.html);
    }
}

fn earned(wordings: Vec<Wording>) -> EmailContent {
    let look = Branding { wordings, ..Branding::new("Acme", None) };
    EmailContent::new(look, "You earned", "Why.")
        .greeting("Nina {brand}")
        .paragraph("First.")
        .paragraph("Second.")
        .button("View", "https://rekomi.test/a")
}

#[test]
fn a_brand_says_it_in_its_own_words() {
    let words = |subject: &str, opening: &str, button: &str| {
        let known = earned(Vec::new()).variables();
        Wording::checked(EmailKind::CommissionEarned, (subject, opening, button), &known).unwrap()
    };
    let own = words("{brand}: well done, {name}!", "<i>Hey</i> {name}: {link}", "Look");
    let email = earned(vec![own.clone()]).to("nina@creators.test", EmailKind::CommissionEarned).unwrap();
    assert_eq!(email.subject, "Acme: well done, Nina {brand}!");
    let expected = "<i>Hey</i> Nina {brand}: https://rekomi.test/a\n\nSecond.\n\nLook:\nhttps://rekomi.test/a\n";
    assert!(email.text.contains(expected), "{}", email.text);
    assert!(!email.html.contains("<i>Hey") && email.html.contains("Look</a>"), "{}", email.html);

    // What is blank stays ours, and another kind stays as it is.
    let partly = earned(vec![words("", "", "Look")]).to("nina@creators.test", EmailKind::CommissionEarned).unwrap();
    assert_eq!(partly.subject, "You earned");
    assert!(partly.text.contains("First.\n\nSecond.\n\nLook:"), "{}", partly.text);
    let other = earned(vec![own]).to("nina@creators.test", EmailKind::FirstClick).unwrap();
    assert!(other.subject == "You earned" && other.text.contains("View:"), "{}", other.text);
}

#[test]
fn a_saved_link_is_left_out_where_it_could_become_a_part_of_another() {
    let sent = |subject: &str, opening: &str, button: &str| {
        let [subject, opening, button] = [subject, opening, button].map(|text| Some(text.to_owned()));
        let own = Wording { kind: EmailKind::CommissionEarned, subject, opening, button };
        earned(vec![own]).to("nina@creators.test", EmailKind::CommissionEarned).unwrap()
    };
    let url = "https://rekomi.test/a";
    for opening in ["See https://m.example/o?x={link}", "See <https://m.example/?x= {link} >", "See {link}.m.example"] {
        let email = sent("Here: {link}", opening, "{link}");
        assert_eq!(email.subject, "Here:");
        assert_eq!(email.text.matches(url).count(), 1, "{}", email.text);
        assert!(email.text.contains(&format!("View:\n{url}\n")), "a button keeps a label: {}", email.text);
        assert!(!email.html.contains(&format!("x={url}")) && !email.html.contains(".m.example/"), "{}", email.html);
    }
    assert_eq!(sent("Look", "{link}", "Look").text.matches(url).count(), 2, "as text, and below the button");
}

#[test]
fn an_email_has_the_variables_that_it_can_fill() {
    assert_eq!(earned(Vec::new()).variables(), ["name", "brand", "link"]);
    assert_eq!(earned(Vec::new()).list(vec!["20%".to_owned()]).variables(), ["name", "brand", "link", "offer"]);
    let silent = EmailContent::new(Branding::rekomi(), "Hello", "Why.").paragraph("First.");
    assert_eq!((silent.variables(), silent.opening_and_button()), (vec!["name", "brand"], (Some("First."), None)));
}
