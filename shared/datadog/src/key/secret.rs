//! The API key in a secret of AWS Secrets Manager.

use std::fmt;

use cxtrace_lambda::secret::Secret;
use serde_json::Value;
use tokio::sync::Mutex;

use super::source::{ApiKey, Fetched, KeyError, KeySource};

/// The key in a secret: plain text, or JSON with `dd_api_key`, `apiKey` or `api_key`.
pub struct SecretKey {
    secret: Secret,
    kept: Mutex<Option<ApiKey>>,
}

impl SecretKey {
    /// The possible names of the key in JSON. The first match wins. The Datadog Lambda extension reads the first two.
    pub const MEMBERS: [&'static str; 3] = ["dd_api_key", "apiKey", "api_key"];

    #[must_use]
    pub fn new(secret: Secret) -> Self {
        Self { secret, kept: Mutex::new(None) }
    }

    async fn fetch(&self) -> Result<ApiKey, KeyError> {
        let arn = || self.secret.arn().to_owned();
        let text = self.secret.text().await?;
        let member;
        let text = if text.trim_start().starts_with('{') {
            member = key_in_json(&text).ok_or_else(|| KeyError::NoMember { arn: arn() })?;
            member.as_str()
        } else {
            text.as_str()
        };
        ApiKey::try_new(text).map_err(|source| KeyError::NotAKey { arn: arn(), source })
    }
}

fn key_in_json(text: &str) -> Option<String> {
    let document: Value = serde_json::from_str(text).ok()?;
    SecretKey::MEMBERS.iter().find_map(|member| document.get(member)?.as_str().map(str::to_owned))
}

impl KeySource for SecretKey {
    fn key(&self) -> Fetched<'_> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            match &*kept {
                Some(key) => Ok(key.clone()),
                None => Ok(kept.insert(self.fetch().await?).clone()),
            }
        })
    }

    fn refresh(&self) -> Fetched<'_> {
        Box::pin(async move {
            let mut kept = self.kept.lock().await;
            // If this fails, the old key is kept: Datadog may have refused it only for a moment.
            Ok(kept.insert(self.fetch().await?).clone())
        })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.secret.arn())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex as StdMutex};

    use axum::Router;
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use cxtrace_error_chain::error_chain;
    use cxtrace_settings::Environment;
    use cxtrace_settings::SecretArn;
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/datadog-AbCdEf";

    type Seen = Arc<StdMutex<(Vec<(u16, Value)>, Vec<String>)>>;

    /// A Secrets Manager that returns these responses, one for each request, and its client in another region.
    async fn secret(answers: Vec<(u16, Value)>) -> (SecretKey, Seen) {
        let seen: Seen = Arc::new(StdMutex::new((answers, Vec::new())));
        let answer = |State(seen): State<Seen>, headers: HeaderMap, body: String| async move {
            let mut seen = seen.lock().unwrap();
            seen.1.push(format!("{} {body}", headers["authorization"].to_str().unwrap()));
            let (status, body) = seen.0.remove(0);
            (StatusCode::from_u16(status).unwrap(), body.to_string())
        };
        let router = Router::new().fallback(answer).with_state(Arc::clone(&seen));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        let environment = Environment::of([
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "id"),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_ENDPOINT_URL", &url),
        ]);
        let aws = cxtrace_lambda::aws::from_environment(&environment, cxtrace_lambda::http::client().unwrap());
        (SecretKey::new(Secret::new(&aws.unwrap(), SecretArn::try_new(ARN).unwrap())), seen)
    }

    fn text(text: &str) -> (u16, Value) {
        (200, json!({ "ARN": ARN, "Name": "team/datadog", "SecretString": text }))
    }

    #[tokio::test]
    async fn a_key_is_read_from_plain_text_and_from_json_of_each_spelling() {
        for held in [
            " abc123\n",
            r#"{"dd_api_key":"abc123"}"#,
            r#" {"apiKey":" abc123 "}"#,
            r#"{"other":1,"api_key":"abc123"}"#,
            r#"{"api_key":"wrong","apiKey":"wrong","dd_api_key":"abc123"}"#,
        ] {
            let (secret, _) = secret(vec![text(held)]).await;
            assert_eq!(secret.key().await.unwrap(), ApiKey::try_new("abc123").unwrap(), "{held}");
        }
    }

    #[tokio::test]
    async fn the_secret_is_read_once_in_its_own_region_and_again_when_asked() {
        let (secret, seen) = secret(vec![text("old"), text("new")]).await;
        assert_eq!(secret.key().await.unwrap(), ApiKey::try_new("old").unwrap());
        assert_eq!(secret.key().await.unwrap(), ApiKey::try_new("old").unwrap());
        assert_eq!(secret.refresh().await.unwrap(), ApiKey::try_new("new").unwrap());
        assert_eq!(secret.key().await.unwrap(), ApiKey::try_new("new").unwrap());
        let requests = seen.lock().unwrap().1.clone();
        assert_eq!(requests.len(), 2);
        assert!(
            requests.iter().all(|r| r.contains("/eu-central-1/secretsmanager/") && r.contains(ARN)),
            "{requests:?}"
        );
    }

    #[tokio::test]
    async fn a_refresh_that_fails_leaves_the_key_that_was_kept() {
        let denied = (400, json!({ "__type": "AccessDeniedException", "message": "no" }));
        let (secret, _) = secret(vec![text("old"), denied]).await;
        secret.key().await.unwrap();
        secret.refresh().await.unwrap_err();
        assert_eq!(secret.key().await.unwrap(), ApiKey::try_new("old").unwrap());
    }

    #[tokio::test]
    async fn an_error_names_the_secret_says_what_to_do_and_holds_nothing_of_it() {
        let binary = (200, json!({ "ARN": ARN, "SecretBinary": "aHVzaGh1c2g=" }));
        let denied = (400, json!({ "__type": "AccessDeniedException", "message": "not authorized" }));
        let gone = (400, json!({ "__type": "ResourceNotFoundException", "message": "not there" }));
        for (answer, expected) in [
            ((200, json!("hushhush")), "failed to parse"),
            (binary, "is binary"),
            (denied, "secretsmanager:GetSecretValue"),
            (gone, "ResourceNotFoundException"),
            (text("\"hushhush\""), "is not an API key"),
            (text("{\"hushhush"), "JSON without dd_api_key"),
            (text("{\"dd_api_key\":[\"hushhush\"]}"), "JSON without dd_api_key"),
            (text("{\"dd_api_key\":\"hush hush\"}"), "is not an API key"),
            (text("  "), "is not an API key"),
        ] {
            let (secret, _) = secret(vec![answer.clone()]).await;
            let error = secret.key().await.unwrap_err();
            let text = error_chain(&error);
            assert!(text.contains(ARN) && text.contains(expected), "{answer:?}: {text}");
            assert!(!text.contains("hush") && !format!("{error:?} {secret:?}").contains("hush"), "{text}");
        }
    }
}
