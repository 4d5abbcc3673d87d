//! National ids whose check digits hold. Without valid ones a number is just a number.

/// Whether a piece of letters and digits, without separators and in capitals, is a national id of the
/// countries whose languages we serve.
pub(super) fn is_national_id(id: &str) -> bool {
    spanish(id) || italian(id) || french(id) || german(id) || swiss(id) || austrian(id) || nhs(id)
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

fn number(text: &str) -> Option<u64> {
    text.bytes()
        .all(|b| b.is_ascii_digit())
        .then(|| text.parse().ok())
        .flatten()
}

/// DNI and NIE: eight digits, or X, Y or Z and seven, and a letter that is the number modulo 23
/// (Real Decreto 1553/2005, article 11).
fn spanish(id: &str) -> bool {
    const LETTERS: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";
    let Some((body, letter)) = id
        .len()
        .checked_sub(1)
        .and_then(|at| id.split_at_checked(at))
    else {
        return false;
    };
    let body = match body.chars().next() {
        Some('X') => format!("0{}", &body[1..]),
        Some('Y') => format!("1{}", &body[1..]),
        Some('Z') => format!("2{}", &body[1..]),
        _ => body.to_owned(),
    };
    if body.len() != 8 {
        return false;
    }
    number(&body).is_some_and(|n| {
        let expected = usize::try_from(n % 23).map(|at| LETTERS[at]);
        expected.is_ok_and(|expected| letter.as_bytes() == [expected])
    })
}

/// Codice fiscale: sixteen characters, the last one a check letter (Decreto ministeriale 23/12/1976).
fn italian(id: &str) -> bool {
    const SHAPE: &[u8; 16] = b"LLLLLLDDLDDLDDDL";
    /// What a character counts at an odd place: digits and letters alike by their order.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let bytes = id.as_bytes();
    let fits = |(byte, shape): (&u8, &u8)| match shape {
        b'L' => byte.is_ascii_uppercase(),
        // Where two people share a code, letters stand for digits.
        _ => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte),
    };
    if bytes.len() != SHAPE.len() || !bytes.iter().zip(SHAPE).all(fits) {
        return false;
    }
    let order = |byte: u8| {
        u32::from(if byte.is_ascii_digit() {
            byte - b'0'
        } else {
            byte - b'A'
        })
    };
    let sum: u32 = bytes[..15]
        .iter()
        .enumerate()
        .map(|(at, byte)| match at % 2 {
            0 => ODD[usize::try_from(order(*byte)).unwrap_or_default()],
            _ => order(*byte),
        })
        .sum();
    sum % 26 == order(bytes[15])
}

/// NIR: thirteen digits and a key of two, 97 minus the number modulo 97. Corsica writes 2A and 2B,
/// which count as 19 and 18 (Insee).
fn french(id: &str) -> bool {
    if id.len() != 15 || !id.is_ascii() {
        return false;
    }
    let (body, key) = id.split_at(13);
    let body = body.replace("2A", "19").replace("2B", "18");
    let sex = body.starts_with(['1', '2', '3', '4', '7', '8']);
    match (number(&body), number(key)) {
        (Some(body), Some(key)) => sex && 97 - body % 97 == key,
        _ => false,
    }
}

/// Steuer-Identifikationsnummer: eleven digits, the last by ISO/IEC 7064, MOD 11,10; one digit of the
/// first ten stands there twice or three times.
fn german(id: &str) -> bool {
    let Some(digits) = digits(id).filter(|digits| digits.len() == 11 && digits[0] != 0) else {
        return false;
    };
    let most = (0..10)
        .map(|d| digits[..10].iter().filter(|x| **x == d).count())
        .max();
    if !matches!(most, Some(2 | 3)) {
        return false;
    }
    let product = digits[..10].iter().fold(10, |product, digit| {
        let sum = (digit + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == digits[10]
}

/// AHV number: thirteen digits from 756, the last as in EAN-13.
fn swiss(id: &str) -> bool {
    let Some(digits) = digits(id).filter(|digits| digits.len() == 13 && id.starts_with("756"))
    else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .enumerate()
        .map(|(at, d)| d * if at % 2 == 0 { 1 } else { 3 })
        .sum();
    sum.is_multiple_of(10)
}

/// Austrian social insurance number: three digits, a check digit, the birthday as DDMMYY.
fn austrian(id: &str) -> bool {
    const WEIGHTS: [u32; 10] = [3, 7, 9, 0, 5, 8, 4, 2, 1, 6];
    let Some(digits) = digits(id).filter(|digits| digits.len() == 10 && digits[0] != 0) else {
        return false;
    };
    let (day, month) = (digits[4] * 10 + digits[5], digits[6] * 10 + digits[7]);
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(d, w)| d * w).sum();
    (1..=31).contains(&day) && (1..=13).contains(&month) && sum % 11 == digits[3]
}

/// NHS number: ten digits, the last by modulus 11 (NHS Data Dictionary).
fn nhs(id: &str) -> bool {
    let Some(digits) = digits(id).filter(|digits| digits.len() == 10) else {
        return false;
    };
    let sum: u32 = digits[..9]
        .iter()
        .zip((2..=10).rev())
        .map(|(d, w)| d * w)
        .sum();
    match 11 - sum % 11 {
        11 => digits[9] == 0,
        10 => false,
        check => digits[9] == check,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_with_valid_check_digits_are_known() {
        for id in [
            "12345678Z",
            "X1234567L",
            "RSSMRA85T10A562S",
            "255081416802538",
            "86095742719",
            "7569217076985",
            "1237010180",
            "9434765919",
        ] {
            assert!(is_national_id(id), "{id}");
        }
    }

    #[test]
    fn one_wrong_digit_makes_it_a_number() {
        for id in [
            "12345679Z",
            "X1234568L",
            "RSSMRA85T10A562T",
            "255081416802539",
            "86095742718",
            "7569217076984",
            "1237010181",
            "9434765918",
            "",
            "ü",
        ] {
            assert!(!is_national_id(id), "{id}");
        }
    }
}
