//! The ARN of a secret in AWS Secrets Manager.

/// The ARN of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretArn(String);

/// The text is not the ARN of a secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("an ARN has the form arn:aws:secretsmanager:<region>:<account>:secret:<name>")]
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

    /// The region of the secret, which may differ from the function's.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_names_its_region_and_nothing_else_is_one() {
        let region = |arn: &str| SecretArn::try_new(arn).map(|arn| arn.region().to_owned());
        let ours = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:team/datadog-AbCdEf";
        assert_eq!(region(ours).as_deref(), Ok("eu-central-1"));
        let gov = "arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:a";
        assert_eq!(region(gov).as_deref(), Ok("us-gov-west-1"));
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
}
