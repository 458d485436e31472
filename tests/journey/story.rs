//! A browser that plays a story of `tests/pages/stories/`, and what it needs to know.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Lines, Write},
    path::PathBuf,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use world::{World, settings};

/// A browser that plays a story.
pub(crate) struct Story {
    program: Child,
    go_on: ChildStdin,
    message: Lines<BufReader<ChildStdout>>,
    pictures: PathBuf,
}

impl Story {
    pub(crate) fn begin(story: &str, ledger: &str, more: &Value) -> Self {
        let pictures = settings::folder();
        let mut details = json!({"ledger": ledger, "pictures": pictures});
        details.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let mut program = Command::new(settings::node())
            .arg(settings::root().join("tests/pages/stories").join(format!("{story}.mjs")))
            .arg(details.to_string())
            .env("REKOMI_TEST_CHROMIUM", settings::chromium())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(File::create(pictures.join("said")).unwrap())
            .spawn()
            .unwrap();
        let (go_on, message) = (program.stdin.take().unwrap(), program.stdout.take().unwrap());
        Self { program, go_on, message: BufReader::new(message).lines(), pictures }
    }

    /// Waits until the browser requests that, or says that it is done.
    pub(crate) fn says(&mut self, word: &str) {
        let message = tokio::task::block_in_place(|| self.message.next()).map(Result::unwrap);
        let complaint = fs::read_to_string(self.pictures.join("said")).unwrap();
        assert_eq!(message.as_deref(), Some(word), "pictures in {}:\n{complaint}", self.pictures.display());
    }

    pub(crate) fn goes_on(&mut self) {
        self.go_on.write_all(b"\n").unwrap();
    }
}

impl Drop for Story {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

/// Email and password of the owner of the demo's first brand, and further values.
pub(crate) fn owner(world: &World, more: &Value) -> Value {
    let mut details = json!({"email": world.demo["owner"]["email"], "password": world.demo["owner"]["password"]});
    details.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    details
}
