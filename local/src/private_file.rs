//! Files and folders that only their owner may read: a twin's tables and dead letters hold what customers did.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// Opens `path` with `options`. A new file can be read by its owner only, and a file of an earlier version is made so.
pub(crate) fn open(path: &Path, mut options: OpenOptions) -> io::Result<File> {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    restrict(path)?;
    Ok(file)
}

/// Makes sure that the database `path`, which SQLite opens by itself, can be read by its owner only. SQLite gives the files
/// beside a database the permissions of the database.
pub(crate) fn prepare_database(path: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.append(true).create(true);
    open(path, options)?;
    for ending in ["-wal", "-shm", "-journal"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(ending);
        let beside = Path::new(&beside);
        if beside.exists() {
            restrict(beside)?;
        }
    }
    Ok(())
}

/// Creates a folder, and those above it, for its owner only. One that exists keeps its permissions.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}
