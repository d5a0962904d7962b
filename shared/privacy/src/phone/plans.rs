//! The numbering plans of Google's libphonenumber, loaded by country when a number needs them. All of them would take 4 MB and
//! 10 ms of CPU, and an installation meets the numbers of few countries. It must not know how numbers are written.
//!
//! `metadata.bin` is a copy of the tables of the crate `rlibphonenumber`, which offers them only as a whole. A test compares
//! the two.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use prost::Message;
use prost::bytes::Bytes;
use rlibphonenumber::{PhoneMetadata, PhoneMetadataCollection, PhoneNumberUtil, Region};

static METADATA: &[u8] = include_bytes!("metadata.bin");

/// With more countries than these, all are loaded. Each further one would load the others again.
const MAX_SINGLE: usize = 32;

/// The tables: one message for each region.
#[derive(Message)]
struct Tables {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    regions: Vec<Bytes>,
}

/// What is read of a region at first.
#[derive(Message)]
struct Head {
    #[prost(string, tag = "9")]
    region: String,
    #[prost(int32, tag = "10")]
    calling_code: i32,
}

/// A region's plan.
struct Plan {
    region: Option<Region>,
    calling_code: i32,
    table: Bytes,
}

/// The plans of all regions.
static ALL: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    let tables = Tables::decode(Bytes::from_static(METADATA)).unwrap_or_default();
    let plan = |table: Bytes| {
        let Head { region, calling_code } = Head::decode(table.clone()).ok()?;
        Some(Plan { region: region.parse().ok(), calling_code, table })
    };
    tables.regions.into_iter().filter_map(plan).collect()
});

/// The calling codes that are loaded, and their plans.
type Loaded = (BTreeSet<i32>, Option<Arc<PhoneNumberUtil>>);

static LOADED: Mutex<Loaded> = Mutex::new((BTreeSet::new(), None));

/// The calling code at the beginning of `digits`. No code is the beginning of another one.
pub(super) fn calling_code(digits: &str) -> Option<i32> {
    let code = |length| digits.get(..length).filter(|code| code.bytes().all(|b| b.is_ascii_digit()))?.parse().ok();
    (1..=3).filter_map(code).find(|code| ALL.iter().any(|plan| plan.calling_code == *code))
}

/// The calling code of a region.
pub(super) fn calling_code_of(region: Region) -> Option<i32> {
    ALL.iter().find(|plan| plan.region == Some(region)).map(|plan| plan.calling_code)
}

/// The plans of these calling codes, and of others. `None` if there are no tables.
pub(super) fn of(calling_codes: impl IntoIterator<Item = i32>) -> Option<Arc<PhoneNumberUtil>> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let (codes, plans) = &mut *loaded;
    let before = codes.len();
    codes.extend(calling_codes);
    if before == codes.len() && plans.is_some() {
        return plans.clone();
    }
    if codes.len() > MAX_SINGLE {
        codes.extend(ALL.iter().map(|plan| plan.calling_code));
    }
    let needed = ALL.iter().filter(|plan| codes.contains(&plan.calling_code));
    let metadata = needed.map(|plan| PhoneMetadata::decode(plan.table.clone())).collect::<Result<_, _>>().ok()?;
    // The old plans first make room for the new ones.
    *plans = None;
    *plans = PhoneNumberUtil::new_for_metadata(PhoneMetadataCollection { metadata }).ok().map(Arc::new);
    plans.clone()
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use super::*;

    #[test]
    fn the_tables_are_those_of_the_crate() {
        let metadata = Command::new(env!("CARGO")).args(["metadata", "--format-version", "1", "--offline"]).output();
        let metadata: serde_json::Value = serde_json::from_slice(&metadata.unwrap().stdout).unwrap();
        let packages = metadata["packages"].as_array().unwrap();
        let package = packages.iter().find(|package| package["name"] == "rlibphonenumber").unwrap();
        let folder = Path::new(package["manifest_path"].as_str().unwrap()).parent().unwrap();
        let theirs = std::fs::read(folder.join("src/generated/metadata/metadata.bin")).unwrap();
        assert!(theirs == METADATA, "copy src/generated/metadata/metadata.bin of rlibphonenumber over metadata.bin");
    }

    #[test]
    fn a_calling_code_is_the_beginning_of_a_number() {
        assert_eq!(
            ["442079", "12025", "35312", "7", "0", "", "+44"].map(calling_code),
            [Some(44), Some(1), Some(353), Some(7), None, None, None]
        );
        assert_eq!([Region::GB, Region::US].map(calling_code_of), [Some(44), Some(1)]);
    }
}
