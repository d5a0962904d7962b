//! Keeps the secrets of webhooks between requests. They are read when the first request needs them, and again after a
//! failed check, at most once a minute: so a new secret works at once, and nobody can make us read it all the time.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use cxtrace_clock::SharedClock;
use cxtrace_error_chain::error_chain;
use cxtrace_lambda::secret::{Secret, SecretError};
use tokio::sync::Mutex;

use crate::secrets::{InvalidSecrets, Secrets};

/// The shortest time between two reads.
const REFRESH: TimeDelta = TimeDelta::minutes(1);

/// Why there are no secrets.
#[derive(Debug, thiserror::Error)]
pub enum NoSecrets {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Invalid(#[from] InvalidSecrets),
    /// In the twin.
    #[error("{path} cannot be read")]
    File {
        path: String,
        #[source]
        source: std::io::Error,
    },
}

/// The future of secrets that are being loaded.
pub type Loading<'a> = Pin<Box<dyn Future<Output = Result<Secrets, NoSecrets>> + Send + 'a>>;

/// A place of secrets.
pub trait LoadSecrets: Send + Sync + fmt::Debug {
    fn load(&self) -> Loading<'_>;
}

impl LoadSecrets for Secret {
    fn load(&self) -> Loading<'_> {
        Box::pin(async { Ok(Secrets::read(&self.text().await?)?) })
    }
}

/// The secrets, as they were when they were last read.
#[derive(Debug)]
pub struct SecretBook {
    place: Box<dyn LoadSecrets>,
    clock: SharedClock,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    secrets: Option<Arc<Secrets>>,
    tried_at: Option<DateTime<Utc>>,
}

impl SecretBook {
    #[must_use]
    pub fn new(place: impl LoadSecrets + 'static, clock: SharedClock) -> Self {
        Self { place: Box::new(place), clock, kept: Mutex::default() }
    }

    /// The secrets. They are read if they are not known yet.
    ///
    /// # Errors
    /// When they cannot be read. The next request tries again.
    pub async fn current(&self) -> Result<Arc<Secrets>, NoSecrets> {
        let mut kept = self.kept.lock().await;
        match &kept.secrets {
            Some(secrets) => Ok(secrets.clone()),
            None => self.load(&mut kept).await,
        }
    }

    /// The secrets after reading them again. `None` if they were read within the last minute, or cannot be read now.
    pub async fn refreshed(&self) -> Option<Arc<Secrets>> {
        let mut kept = self.kept.lock().await;
        if kept.tried_at.is_some_and(|at| self.clock.now() - at < REFRESH) {
            return None;
        }
        let loaded = self.load(&mut kept).await;
        let warn = |error: &NoSecrets| tracing::warn!(error = error_chain(error), "the secrets stay as they were");
        loaded.inspect_err(warn).ok()
    }

    async fn load(&self, kept: &mut Kept) -> Result<Arc<Secrets>, NoSecrets> {
        kept.tried_at = Some(self.clock.now());
        let secrets = Arc::new(self.place.load().await?);
        kept.secrets = Some(secrets.clone());
        Ok(secrets)
    }
}
