//! Goal: the code in the guide to signed reports works as printed.
//! Method: each block of `docs/api/signing.md` is run against the real edge, with its own interpreter if this machine has
//! one (Node always is there); only the edge's URL and the IDs of the order and the customer are replaced.
//! Routes: `/api/tracking/s2s`

use std::{
    io::{ErrorKind, Write},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use world::{
    World, settings,
    shared_app::{booked, name, shared_app},
};

#[tokio::test(flavor = "multi_thread")]
async fn each_language_reports_a_sale() {
    let world = shared_app().await;
    let page = std::fs::read_to_string(settings::root().join("docs/api/signing.md")).unwrap();
    let languages: [(&str, PathBuf, &[&str]); 4] = [
        ("js", settings::node(), &["--input-type=module", "-"]),
        ("python", "python3".into(), &["-"]),
        ("ruby", "ruby".into(), &["-"]),
        ("php", "php".into(), &[]),
    ];
    let mut tried = Vec::new();
    for (language, program, arguments) in languages {
        let order = name("guide");
        let code = block(&page, language)
            .replace("https://go.brand.com", &world.edge_base())
            .replace("order_1001", &order)
            .replace("user_42", &name("user"));
        let mut command = Command::new(program);
        command.args(arguments);
        let Some(output) = tokio::task::block_in_place(|| run(command, world, &code)) else { continue };
        let texts = [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat();
        if texts.contains("undefined function curl_init") {
            continue;
        }
        assert!(output.status.success(), "{language}: {texts}");
        let (conversion, _) = booked(world, &order).await;
        assert_eq!(conversion["amountCents"].as_i64(), Some(9_900), "{language}");
        assert_eq!((conversion["creditedBy"].as_str(), conversion["verified"].as_bool()), (Some("slug"), Some(true)));
        tried.push(language);
    }
    assert!(tried.contains(&"js"), "{tried:?}");
    world.check().await;
}

/// The page's first block of code in a language.
fn block<'p>(page: &'p str, language: &str) -> &'p str {
    let (_, rest) = page.split_once(&format!("```{language}\n")).unwrap();
    rest.split("\n```").next().unwrap()
}

/// Runs code that an interpreter reads from its standard input, unless the machine doesn't have the interpreter.
fn run(mut command: Command, world: &World, code: &str) -> Option<Output> {
    command.env("REKOMI_API_KEY", &world.acme.api_key).env("REKOMI_SIGNING_SECRET", &world.acme.signing_secret);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = match command.spawn() {
        Err(error) if error.kind() == ErrorKind::NotFound => return None,
        spawned => spawned.unwrap(),
    };
    child.stdin.take().unwrap().write_all(code.as_bytes()).unwrap();
    Some(child.wait_with_output().unwrap())
}
