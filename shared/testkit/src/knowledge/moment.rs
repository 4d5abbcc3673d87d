//! Moments as Qdrant reads them in a payload: RFC 3339, or a date and time without a zone or
//! seconds, or a date alone; where no zone is named, UTC
//! (<https://qdrant.tech/documentation/concepts/payload/#datetime>).

use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime, PrimitiveDateTime};

const DATE: &[BorrowedFormatItem<'_>] = format_description!("[year]-[month]-[day]");
const WITHOUT_ZONE: [&[BorrowedFormatItem<'_>]; 2] = [
    format_description!(
        "[year]-[month]-[day][first [T][ ]][hour]:[minute]:[second][optional [.[subsecond]]]"
    ),
    format_description!("[year]-[month]-[day][first [T][ ]][hour]:[minute]"),
];

/// A moment in nanoseconds since 1970, if the text tells one.
pub(super) fn moment(text: &str) -> Option<i128> {
    let moment = OffsetDateTime::parse(text, &Rfc3339).ok();
    let local = || {
        let mut local = WITHOUT_ZONE.iter();
        local.find_map(|format| PrimitiveDateTime::parse(text, format).ok())
    };
    let date = || Some(Date::parse(text, DATE).ok()?.midnight());
    moment
        .or_else(|| local().or_else(date).map(PrimitiveDateTime::assume_utc))
        .map(OffsetDateTime::unix_timestamp_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_the_same_in_every_form() {
        let noon = moment("2026-07-01T12:00:00Z");
        assert_eq!(noon, Some(1_782_907_200_000_000_000));
        for text in [
            "2026-07-01T14:00:00+02:00",
            "2026-07-01T12:00:00",
            "2026-07-01 12:00:00.000",
            "2026-07-01T12:00",
        ] {
            assert_eq!(moment(text), noon, "{text}");
        }
        assert_eq!(moment("2026-07-01"), moment("2026-07-01T00:00:00Z"));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "today", "2026", "2026-13-01", "12:00"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
