//! Decides how far the model may go for one message of the person. No I/O.

/// Answers of the model, and calls of tools, for one message.
pub const ANSWERS_MAX: usize = 12;
pub const CALLS_MAX: usize = 12;
/// Calls in a row without a word to the person.
pub const SILENT_CALLS_MAX: usize = 4;
/// How long one message may take, in seconds.
pub const SECONDS_MAX: u64 = 180;

const SILENT: &str = "You called several tools without a word. Say what you found so far, then go on if you need to.";
const MANY: &str = "This message has used all its tool calls. Answer with what you have, and say what is missing.";

/// What one message has led to so far.
#[derive(Debug, Default)]
pub struct Progress {
    answers: usize,
    calls: usize,
    silent_calls: usize,
    refused_calls: usize,
    /// The last call that failed.
    failed: Option<String>,
    failed_twice: bool,
}

/// Why no more is asked of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// It answered.
    Done,
    /// It would go on and on.
    TooManySteps,
    /// It repeats a call that fails.
    Repeats,
}

impl Progress {
    /// The model answered.
    pub const fn answered(&mut self, has_text: bool) {
        self.answers += 1;
        if has_text {
            self.silent_calls = 0;
        }
    }

    /// Whether another tool may run now.
    ///
    /// # Errors
    /// What the model gets instead of a result.
    pub const fn admit(&mut self) -> Result<(), &'static str> {
        if self.calls >= CALLS_MAX {
            self.refused_calls += 1;
            return Err(MANY);
        }
        if self.silent_calls >= SILENT_CALLS_MAX {
            self.refused_calls += 1;
            return Err(SILENT);
        }
        self.calls += 1;
        self.silent_calls += 1;
        Ok(())
    }

    /// A call ended; `call` is the tool with its arguments.
    pub fn ended(&mut self, call: &str, has_failed: bool) {
        if !has_failed {
            self.failed = None;
            return;
        }
        self.failed_twice |= self.failed.as_deref() == Some(call);
        self.failed = Some(call.to_owned());
    }

    /// What follows an answer that called so many tools.
    pub const fn stop(&self, calls: usize) -> Option<Stop> {
        if calls == 0 {
            return Some(Stop::Done);
        }
        if self.failed_twice {
            return Some(Stop::Repeats);
        }
        // A model that goes on calling although it was asked to answer would do so forever.
        if self.answers >= ANSWERS_MAX || self.refused_calls > SILENT_CALLS_MAX {
            return Some(Stop::TooManySteps);
        }
        None
    }
}

impl Stop {
    /// For people; nothing if the answer is all there is to say.
    pub const fn words(self) -> Option<&'static str> {
        match self {
            Self::Done => None,
            Self::TooManySteps => Some("Stopped: this took too many steps. Ask for a part of it."),
            Self::Repeats => Some("Stopped: the same step failed twice."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_without_calls_is_the_last() {
        let mut progress = Progress::default();
        progress.answered(true);
        assert_eq!(progress.stop(0), Some(Stop::Done));
        assert_eq!(Stop::Done.words(), None);
    }

    #[test]
    fn a_model_that_never_says_a_word_is_stopped() {
        let mut progress = Progress::default();
        let mut ran = 0;
        let stopped = (0..100).find_map(|_| {
            progress.answered(false);
            ran += usize::from(progress.admit().is_ok());
            progress.stop(1)
        });
        assert_eq!((stopped, ran), (Some(Stop::TooManySteps), SILENT_CALLS_MAX));
    }

    #[test]
    fn a_model_that_talks_has_twelve_calls() {
        let mut progress = Progress::default();
        let ran = (0..100).filter(|_| {
            progress.answered(true);
            progress.admit().is_ok()
        });
        assert_eq!(ran.count(), CALLS_MAX);
        assert_eq!(progress.stop(1), Some(Stop::TooManySteps));
    }

    #[test]
    fn the_same_failing_call_twice_in_a_row_ends_it() {
        let mut progress = Progress::default();
        progress.ended("a{}", true);
        progress.ended("b{}", true);
        progress.ended("a{}", true);
        assert_eq!(progress.stop(1), None);
        progress.ended("a{}", false);
        progress.ended("a{}", true);
        assert_eq!(progress.stop(1), None);
        progress.ended("a{}", true);
        assert_eq!(progress.stop(1), Some(Stop::Repeats));
    }
}
