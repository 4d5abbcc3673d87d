//! One suite a port: what every implementation must do, fake or real.

/// Runs cases, each in a fresh world, and gives their names. The first that fails panics.
macro_rules! cases {
    ($fresh:ident: $($case:path,)*) => {{
        let mut upheld = vec![];
        $(
            $case($fresh().await).await;
            upheld.push(stringify!($case));
        )*
        upheld
    }};
}

pub mod alerts;
pub mod archive;
pub mod bank;
pub mod export;
pub mod knowledge;
pub mod ledger;
pub mod limits;
pub mod mailbox;
pub mod model;
pub mod tickets;
pub mod traces;
