//! Asks for one page: with the secret of the source, again after a failure, and with a new secret after a refusal.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::{Backoff, SharedClock, SharedJitter};
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::own_traces::work;
use reqwest::header::{ACCEPT, HeaderName, HeaderValue};
use reqwest::{Client, Url};
use webhook_receiver::{SecretBook, Secrets};

use crate::answer::{Answer, of_body, of_failure};
use crate::target::Target;

/// The time of one attempt.
const TIMEOUT: Duration = Duration::from_secs(15);

/// What must be left after an attempt: the items are stored in this time.
const MARGIN: Duration = Duration::from_secs(5);

/// The least time in which a page can be asked for and its items stored.
pub(crate) const LEAST: Duration = TIMEOUT.saturating_add(MARGIN);

/// The most attempts for one page in a run.
const MAX_ATTEMPTS: u32 = 3;

const BACK_OFF: Backoff = Backoff { first: Duration::from_secs(1), max: Duration::from_secs(8) };

/// The longest answer that is read.
const MAX_ANSWER: usize = 16 * 1024 * 1024;

/// Asks APIs.
pub struct Api {
    pub http: Client,
    pub secrets: SecretBook,
    pub clock: SharedClock,
    pub jitter: SharedJitter,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api").finish_non_exhaustive()
    }
}

impl Api {
    /// Whether an attempt after `pause` can take its full time before `deadline`.
    #[must_use]
    pub fn has_time(&self, pause: Duration, deadline: DateTime<Utc>) -> bool {
        let needed = TimeDelta::from_std(pause.saturating_add(LEAST));
        needed.is_ok_and(|needed| deadline.signed_duration_since(self.clock.now()) >= needed)
    }

    /// The answer of `target` to a request for `url`, after at most [`MAX_ATTEMPTS`].
    pub async fn ask(&self, target: &Target, url: &Url, deadline: DateTime<Utc>) -> Answer {
        let mut attempt = 1;
        loop {
            let answer = self.ask_with_secrets(target, url).await;
            let Answer::Unavailable { reason, after } = &answer else { return answer };
            let pause = BACK_OFF.pause(attempt, self.jitter.as_ref()).max(after.unwrap_or_default());
            let again = attempt < MAX_ATTEMPTS && self.has_time(pause, deadline);
            let pause_ms = again.then_some(pause.as_millis());
            tracing::warn!(api = target.name, reason, attempt, pause_ms, "an API did not answer");
            if !again {
                return answer;
            }
            self.clock.sleep(pause).await;
            attempt += 1;
        }
    }

    /// Tries every secret of the source, and reads them again if none is accepted.
    async fn ask_with_secrets(&self, target: &Target, url: &Url) -> Answer {
        let secrets = match self.secrets.current().await {
            Ok(secrets) => secrets,
            Err(error) => return Answer::Refused(format!("its secret cannot be read: {}", error_chain(&error))),
        };
        let answer = self.ask_with_each(target, url, &secrets).await;
        match &answer {
            Answer::Refused(_) => match self.secrets.refreshed().await {
                Some(fresh) => self.ask_with_each(target, url, &fresh).await,
                None => answer,
            },
            _ => answer,
        }
    }

    async fn ask_with_each(&self, target: &Target, url: &Url, secrets: &Secrets) -> Answer {
        let agreed = match &target.secret {
            Some(name) => secrets.of_scheme(&target.source, name),
            None => secrets.of(&target.source),
        };
        let mut answer = Answer::Refused("the secret of polled APIs has no entry for the source".to_owned());
        for secret in agreed.iter().flat_map(|agreed| &agreed.values) {
            answer = self.ask_once(target, url, secret).await;
            if !matches!(answer, Answer::Refused(_)) {
                break;
            }
        }
        answer
    }

    async fn ask_once(&self, target: &Target, url: &Url, secret: &str) -> Answer {
        let value = HeaderValue::try_from(format!("{}{secret}", target.poll.prefix));
        let (Ok(name), Ok(mut value)) = (HeaderName::try_from(target.poll.header.as_str()), value) else {
            return Answer::Refused("the secret cannot stand in a header".to_owned());
        };
        value.set_sensitive(true);
        let request =
            self.http.get(url.clone()).timeout(TIMEOUT).header(name, value).header(ACCEPT, "application/json");
        let begun = work::begin(|| format!("poll of {}", target.source));
        let sent = request.send().await;
        if let Some(begun) = begun {
            begun.end(sent.as_ref().ok().map(|response| response.status().as_u16()));
        }
        let unavailable =
            |error: reqwest::Error| Answer::Unavailable { reason: error_chain(&error.without_url()), after: None };
        let mut response = match sent {
            Ok(response) => response,
            Err(error) => return unavailable(error),
        };
        let status = response.status();
        if !status.is_success() {
            return of_failure(status, response.headers(), self.clock.now());
        }
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) if body.len() + chunk.len() > MAX_ANSWER => {
                    return Answer::Rejected(
                        "its answer has more than 16 MB. Ask for fewer items in `query`".to_owned(),
                    );
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Ok(None) => return of_body(&body, &target.poll),
                Err(error) => return unavailable(error),
            }
        }
    }
}
