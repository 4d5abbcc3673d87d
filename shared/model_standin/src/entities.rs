//! First version.
use domain::Entities;
pub fn entities(_text: &str) -> Entities { Entities::default() }
