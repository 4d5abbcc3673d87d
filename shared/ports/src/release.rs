//! What this build is.

/// The product's version: one for all of it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit that it was built of, where the build was told in `HELPDESK_COMMIT`.
pub const COMMIT: &str = match option_env!("HELPDESK_COMMIT") {
    Some(commit) if !commit.is_empty() => commit,
    _ => "unknown",
};
