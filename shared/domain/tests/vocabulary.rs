//! The domain names no platform: sources translate the words of their platforms.
#![allow(clippy::unwrap_used, reason = "clippy does not treat helpers of tests as tests")]

use std::path::Path;

/// Names of platforms, in lower case.
const PLATFORMS: [&str; 7] = ["genesys", "twilio", "connect.", "five9", "salesforce", "zendesk", "nice_cx"];

fn platforms_in(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            platforms_in(&path, found);
            continue;
        }
        for (number, line) in std::fs::read_to_string(&path).unwrap().lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default().to_lowercase();
            if PLATFORMS.iter().any(|platform| code.contains(platform)) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
}

#[test]
fn the_code_names_no_platform() {
    let mut found = Vec::new();
    platforms_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.is_empty(), "the domain names a platform:\n{}", found.join("\n"));
}
