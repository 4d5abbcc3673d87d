//! When a queue message that could not be worked is tried again.
//!
//! One place says it: the functions wait by it, and the structure check reckons by it how long a message
//! outlives an outage before it goes to the dead letters.

use std::time::Duration;

/// The wait after the first failure. It doubles with every try.
pub const FIRST_WAIT: Duration = Duration::from_secs(2);
/// The longest wait where nothing says how long.
pub const LONGEST_WAIT: Duration = Duration::from_mins(5);
/// The longest wait for a service that is left alone or has limits.
pub const LONGEST_PAUSE: Duration = Duration::from_mins(15);
/// Messages that wait for the same service come back apart by up to this share of their wait.
const SPREAD: f64 = 0.2;

/// How long a message waits that was received `tries` times. `asked` is what the failure itself says;
/// `chance`, from 0 to 1, spreads messages that wait for the same thing.
pub fn wait(tries: u32, asked: Option<Duration>, chance: f64) -> Duration {
    match asked {
        Some(asked) => {
            let spread = asked.mul_f64(SPREAD * chance.clamp(0.0, 1.0));
            // Who came often waits longer than asked: an outage that lasts must not use up the tries.
            (asked + spread)
                .max(doubled(tries, LONGEST_PAUSE))
                .min(LONGEST_PAUSE)
        }
        None => doubled(tries, LONGEST_WAIT),
    }
}

/// How long a message that fails every time is tried before its queue gives it up, after so many
/// receives.
pub fn patience(receives: u32) -> Duration {
    (1..receives)
        .map(|tries| doubled(tries, LONGEST_WAIT))
        .sum()
}

fn doubled(tries: u32, longest: Duration) -> Duration {
    FIRST_WAIT
        .saturating_mul(2_u32.saturating_pow(tries.saturating_sub(1)))
        .min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let waits: Vec<u64> = [1, 2, 3, 8, 9, 99]
            .map(|tries| wait(tries, None, 0.5).as_secs())
            .to_vec();
        assert_eq!(waits, [2, 4, 8, 256, 300, 300]);
    }

    #[test]
    fn what_a_failure_asks_for_is_spread_and_never_shortened() {
        let asked = Duration::from_secs(100);
        assert_eq!(wait(1, Some(asked), 0.0), asked);
        assert_eq!(wait(1, Some(asked), 1.0), asked.mul_f64(1.2));
        assert_eq!(wait(1, Some(Duration::from_hours(2)), 0.5), LONGEST_PAUSE);
    }

    #[test]
    fn who_came_often_for_the_same_service_waits_longer_than_asked() {
        let asked = Duration::from_mins(1);
        assert_eq!(wait(12, Some(asked), 0.0), LONGEST_PAUSE);
    }

    #[test]
    fn a_message_that_fails_every_time_is_tried_for_as_long_as_its_waits_last() {
        assert_eq!(patience(1), Duration::ZERO);
        assert_eq!(patience(3), Duration::from_secs(6));
    }
}
