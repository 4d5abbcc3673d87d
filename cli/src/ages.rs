//! How long something is, as it is said on the command line.

use time::Duration;

/// Reads `45s`, `30m`, `2h` or `3d`.
pub fn age(text: &str) -> Result<Duration, String> {
    let bad = || "say it as 45s, 30m, 2h or 3d".to_owned();
    let unit = text.chars().last().ok_or_else(bad)?;
    let number: u32 = text[..text.len() - unit.len_utf8()]
        .parse()
        .map_err(|_| bad())?;
    let unit = match unit {
        's' => Duration::SECOND,
        'm' => Duration::MINUTE,
        'h' => Duration::HOUR,
        'd' => Duration::DAY,
        _ => return Err(bad()),
    };
    Ok(unit * f64::from(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_read_in_seconds_minutes_hours_and_days() {
        let read: Vec<_> = ["45s", "30m", "2h", "3d"].map(age).into_iter().collect();
        let want = [45, 30 * 60, 2 * 3_600, 3 * 86_400];
        assert_eq!(read, want.map(|seconds| Ok(Duration::seconds(seconds))));
    }

    #[test]
    fn an_age_without_a_unit_says_how_to_write_one() {
        for bad in ["", "2", "h", "2w", "-2h", "zwei h", "2µ"] {
            assert!(age(bad).is_err_and(|why| why.contains("30m")), "{bad}");
        }
    }
}
