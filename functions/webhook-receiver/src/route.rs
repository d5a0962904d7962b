//! The routes. To add one, add a variant, its line in [`of`], and its arm in [`crate::Receiver`].

use http::Method;

/// The route of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route<'a> {
    /// `POST /hooks/{source}`, or `GET` for vendors that put their parameters into the URL
    Hook(&'a str),
    /// `POST /v1/traces`: spans of OpenTelemetry
    Traces,
    /// The path is known, and these are its methods.
    MethodNotAllowed(&'static str),
    NotFound,
}

/// The route of a method and a path. A custom domain may put a base path before ours.
#[must_use]
pub fn of<'a>(method: &Method, path: &'a str) -> Route<'a> {
    if path.ends_with("/v1/traces") && !path.contains("/hooks/") {
        return if method == Method::POST { Route::Traces } else { Route::MethodNotAllowed("POST") };
    }
    let Some((_, source)) = path.rsplit_once("/hooks/") else { return Route::NotFound };
    if source.is_empty() || source.contains('/') {
        Route::NotFound
    } else if method != Method::POST && method != Method::GET {
        Route::MethodNotAllowed("GET, POST")
    } else {
        Route::Hook(source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_named_by_the_end_of_the_path() {
        assert_eq!(of(&Method::POST, "/hooks/twilio"), Route::Hook("twilio"));
        assert_eq!(of(&Method::POST, "/base/hooks/twilio"), Route::Hook("twilio"), "below a base path");
        assert_eq!(of(&Method::GET, "/hooks/twilio"), Route::Hook("twilio"));
        assert_eq!(of(&Method::PUT, "/hooks/twilio"), Route::MethodNotAllowed("GET, POST"));
        for path in ["", "/", "/hooks", "/hooks/", "/hooks/a/b", "/other/twilio", "/webhooks/twilio"] {
            assert_eq!(of(&Method::POST, path), Route::NotFound, "{path}");
        }
    }

    #[test]
    fn traces_have_the_path_of_the_specification() {
        for path in ["/v1/traces", "/base/v1/traces"] {
            assert_eq!(of(&Method::POST, path), Route::Traces);
            assert_eq!(of(&Method::GET, path), Route::MethodNotAllowed("POST"));
        }
        for path in ["/v1/traces/", "/v1/metrics", "/v1/logs", "/v1tr/traces", "v1/traces", "/hooks/a/v1/traces"] {
            assert_eq!(of(&Method::POST, path), Route::NotFound, "{path}");
        }
    }
}
