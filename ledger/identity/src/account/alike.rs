//! Delays answers so that they take the same time whether or not the email has an account: response times don't reveal
//! it.

use std::time::Duration;

use kit::error::Result;

/// Longer than the work takes, including writing emails.
const ANSWER_AFTER: Duration = Duration::from_millis(200);

/// Returns the result of the work, but no sooner than after that time.
pub async fn alike<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let (done, ()) = tokio::join!(work, tokio::time::sleep(ANSWER_AFTER));
    done
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn quick_work_answers_no_sooner_than_slow_work() {
        for ms in [0, 100] {
            let start = Instant::now();
            let work = async {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(())
            };
            alike(work).await.unwrap();
            assert!(start.elapsed() >= ANSWER_AFTER, "{ms}");
        }
    }
}
