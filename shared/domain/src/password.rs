//! What a new password must be.

/// The least characters of a new password.
pub const LEAST: usize = 10;
/// The most octets that bcrypt looks at; a longer password would be cut in silence.
pub const MOST: usize = 72;
/// A name or address shorter than this may stand in a password by chance.
const LEAST_NAME: usize = 4;

/// Words that passwords are guessed by first, in the languages we serve. With digits and signs around
/// them they are no better.
const COMMON: [&str; 64] = [
    "password",
    "passwort",
    "passwort1",
    "kennwort",
    "motdepasse",
    "contraseña",
    "contrasena",
    "parolachiave",
    "qwerty",
    "qwertz",
    "qwertyuiop",
    "qwertzuiop",
    "azerty",
    "azertyuiop",
    "asdfghjkl",
    "asdfasdf",
    "letmein",
    "welcome",
    "willkommen",
    "bienvenue",
    "bienvenido",
    "benvenuto",
    "iloveyou",
    "ichliebedich",
    "jetaime",
    "teamo",
    "tiamo",
    "tequiero",
    "monkey",
    "dragon",
    "football",
    "fussball",
    "baseball",
    "princess",
    "princesa",
    "principessa",
    "sunshine",
    "sonnenschein",
    "schatz",
    "hallo",
    "hello",
    "bonjour",
    "soleil",
    "doudou",
    "chouchou",
    "loulou",
    "juventus",
    "barcelona",
    "realmadrid",
    "internet",
    "computer",
    "master",
    "superman",
    "batman",
    "pokemon",
    "starwars",
    "administrator",
    "admin",
    "banking",
    "onlinebanking",
    "changeme",
    "geheim",
    "geheimnis",
    "trustno",
];

/// Why a new password does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// It has fewer than [`LEAST`] characters.
    TooShort,
    /// It has more than [`MOST`] octets.
    TooLong,
    /// It is the current one, or differs in case alone.
    IsOld,
    /// It holds the customer's address or the name in it.
    IsAddress,
    /// It is among those that are guessed first.
    TooCommon,
}

/// Whether a new password fits. `current` is the old one where it is known, `address` the customer's.
pub fn fits(new: &str, current: Option<&str>, address: &str) -> Result<(), Unfit> {
    let lower = new.to_lowercase();
    if current.is_some_and(|current| current.to_lowercase() == lower) {
        return Err(Unfit::IsOld);
    }
    if new.chars().count() < LEAST {
        return Err(Unfit::TooShort);
    }
    if new.len() > MOST {
        return Err(Unfit::TooLong);
    }
    let address = address.to_lowercase();
    let name = address.split('@').next().unwrap_or_default();
    let parts = name.split(['.', '_', '-', '+']).chain([name]);
    let mut names = parts.filter(|part| part.chars().count() >= LEAST_NAME);
    if names.any(|part| lower.contains(part)) {
        return Err(Unfit::IsAddress);
    }
    if is_common(&lower) {
        return Err(Unfit::TooCommon);
    }
    Ok(())
}

/// One sign over and over, a run such as `1234567890`, or a common word with trimmings.
fn is_common(lower: &str) -> bool {
    let signs: Vec<char> = lower.chars().collect();
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let runs = signs
        .windows(2)
        .filter(|pair| step(pair).abs() <= 1)
        .count();
    if runs + 2 >= signs.len() {
        return true;
    }
    let bare = lower.trim_matches(|c: char| !c.is_alphabetic());
    let spelt: String = bare
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | '!' => 'i',
            '3' => 'e',
            '4' | '@' => 'a',
            '5' | '$' => 's',
            other => other,
        })
        .collect();
    let doubled = |word: &str| spelt.strip_prefix(word).is_some_and(|rest| rest == word);
    COMMON.iter().any(|word| spelt == *word || doubled(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRESS: &str = "anna.muster@customer.test";

    #[test]
    fn a_long_uncommon_password_fits() {
        for new in [
            "Rainy-Night8",
            "correct horse battery",
            "ξεσκεπάζω την",
            "4f9a0c77b1",
        ] {
            assert_eq!(fits(new, Some("Sunny-Day7"), ADDRESS), Ok(()), "{new}");
        }
    }

    #[test]
    fn a_password_that_is_easy_to_guess_is_refused() {
        for (new, why) in [
            ("Rainy-8", Unfit::TooShort),
            ("SUNNY-DAY7", Unfit::IsOld),
            ("xx-Muster-2026", Unfit::IsAddress),
            ("Password123!", Unfit::TooCommon),
            ("P@ssw0rd2026", Unfit::TooCommon),
            ("1234567890", Unfit::TooCommon),
            ("aaaaaaaaaaaa", Unfit::TooCommon),
            ("sonnenschein1", Unfit::TooCommon),
            ("qwertzqwertz", Unfit::TooCommon),
        ] {
            assert_eq!(fits(new, Some("Sunny-Day7"), ADDRESS), Err(why), "{new}");
        }
        let long = "x9-".repeat(25);
        assert_eq!(fits(&long, None, ADDRESS), Err(Unfit::TooLong));
    }
}
