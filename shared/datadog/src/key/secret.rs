//! The API key in a secret of AWS Secrets Manager, which may stand in another region than the function.

use std::fmt;

use aws_sdk_secretsmanager::config::Region;
use aws_sdk_secretsmanager::config::http::HttpResponse;
use aws_sdk_secretsmanager::error::SdkError;
use aws_sdk_secretsmanager::operation::get_secret_value::GetSecretValueError;
use aws_sdk_secretsmanager::{Client, config};
use aws_types::SdkConfig;
use cxtrace_runtime::report::chain;
use serde_json::Value;
use tokio::sync::Mutex;

use super::{ApiKey, Fetched, KeyError, KeySource};

/// The ARN of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretArn(String);

/// Why a text is no secret's ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("it is no ARN of the form arn:aws:secretsmanager:<region>:<account>:secret:<name>")]
pub struct InvalidSecretArn;

impl SecretArn {
    /// Reads an ARN, such as `arn:aws:secretsmanager:eu-west-1:123456789012:secret:datadog-AbCdEf`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn try_new(text: &str) -> Result<Self, InvalidSecretArn> {
        let parts: Vec<_> = text.splitn(7, ':').collect();
        match parts[..] {
            ["arn", partition, "secretsmanager", region, account, "secret", name]
                if partition.starts_with("aws")
                    && !region.is_empty()
                    && region.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
                    && account.len() == 12
                    && account.chars().all(|c| c.is_ascii_digit())
                    && !name.is_empty() =>
            {
                Ok(Self(text.to_owned()))
            }
            _ => Err(InvalidSecretArn),
        }
    }

    /// The region that the secret stands in.
    #[must_use]
    pub fn region(&self) -> &str {
        self.0.split(':').nth(3).unwrap_or_default()
    }

    /// The ARN.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The key in a secret: plain text, or JSON with `dd_api_key`, `apiKey` or `api_key`.
pub struct SecretKey {
    client: Client,
    arn: SecretArn,
    kept: Mutex<Option<ApiKey>>,
}

impl SecretKey {
    /// The names that the key may have in JSON, the first one found wins. The Datadog Lambda extension reads
    /// the first two.
    pub const MEMBERS: [&'static str; 3] = ["dd_api_key", "apiKey", "api_key"];

    /// The key in the secret `arn`, read in the ARN's own region.
    #[must_use]
    pub fn new(aws: &SdkConfig, arn: SecretArn) -> Self {
        let config = config::Builder::from(aws).region(Region::new(arn.region().to_owned())).build();
        Self { client: Client::from_conf(config), arn, kept: Mutex::new(None) }
    }

    async fn fetch(&self) -> Result<ApiKey, KeyError> {
        let arn = || self.arn.as_str().to_owned();
        let answer = self.client.get_secret_value().secret_id(self.arn.as_str()).send().await;
        let secret = answer.map_err(|error| KeyError::Unreadable { arn: arn(), source: without_answer(error) })?;
        let text = secret.secret_string().ok_or_else(|| KeyError::NotText { arn: arn() })?;
        let member;
        let text = if text.trim_start().starts_with('{') {
            member = key_in_json(text).ok_or_else(|| KeyError::NoMember { arn: arn() })?;
            member.as_str()
        } else {
            text
        };
        ApiKey::try_new(text).map_err(|source| KeyError::NotAKey { arn: arn(), source })
    }
}

/// `error` without the response that the SDK keeps in it: there may be a secret in that.
fn without_answer(error: SdkError<GetSecretValueError, HttpResponse>) -> Box<dyn std::error::Error + Send + Sync> {
    match error {
        SdkError::ServiceError(told) => told.into_err().into(),
        other => chain(&other).into(),
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
            // Should this fail, what is kept stays: it may have been refused for a moment only.
            Ok(kept.insert(self.fetch().await?).clone())
        })
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.arn.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex as StdMutex};

    use axum::Router;
    use axum::extract::State;
    use axum::http::{HeaderMap, StatusCode};
    use cxtrace_runtime::environment::Environment;
    use serde_json::json;

    use super::*;

    const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/datadog-AbCdEf";

    type Seen = Arc<StdMutex<(Vec<(u16, Value)>, Vec<String>)>>;

    /// Secrets Manager with these answers, one a request, and a client of it in another region.
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
        let aws = cxtrace_runtime::aws::from_environment(&environment, cxtrace_runtime::http::client().unwrap());
        (SecretKey::new(&aws.unwrap(), SecretArn::try_new(ARN).unwrap()), seen)
    }

    fn text(text: &str) -> (u16, Value) {
        (200, json!({ "ARN": ARN, "Name": "team/datadog", "SecretString": text }))
    }

    #[test]
    fn an_arn_says_its_region_and_nothing_else_is_one() {
        assert_eq!(SecretArn::try_new(ARN).unwrap().region(), "eu-central-1");
        let gov = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a";
        assert_eq!(SecretArn::try_new(gov).unwrap().region(), "us-gov-west-1");
        for wrong in [
            "",
            "datadog",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/a",
            "arn:aws:secretsmanager::123456789012:secret:a",
            "arn:aws:secretsmanager:eu-west-1:12345:secret:a",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:",
            "arn:aws:secretsmanager:evil.example/:123456789012:secret:a",
        ] {
            assert_eq!(SecretArn::try_new(wrong), Err(InvalidSecretArn), "{wrong:?}");
        }
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
            (binary, "holds no text"),
            (denied, "secretsmanager:GetSecretValue"),
            (gone, "ResourceNotFoundException"),
            (text("\"hushhush\""), "is no API key"),
            (text("{\"hushhush"), "JSON without dd_api_key"),
            (text("{\"dd_api_key\":[\"hushhush\"]}"), "JSON without dd_api_key"),
            (text("{\"dd_api_key\":\"hush hush\"}"), "is no API key"),
            (text("  "), "is no API key"),
        ] {
            let (secret, _) = secret(vec![answer.clone()]).await;
            let error = secret.key().await.unwrap_err();
            let told = chain(&error);
            assert!(told.contains(ARN) && told.contains(expected), "{answer:?}: {told}");
            assert!(!told.contains("hush") && !format!("{error:?} {secret:?}").contains("hush"), "{told}");
        }
    }
}
