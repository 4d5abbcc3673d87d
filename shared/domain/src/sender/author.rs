//! The author of a mail, read so strictly that no two programs can read two of them.

use super::Unproven;
use crate::Mail;

/// The address of the one author, in lower case.
pub(super) fn author(mail: &Mail) -> Result<String, Unproven> {
    let fields: Vec<&str> = mail
        .headers
        .iter()
        .filter(|(name, _)| name == "from")
        .map(|(_, value)| value.trim())
        .collect();
    let [field] = fields.as_slice() else {
        return Err(Unproven::SeveralAuthors);
    };
    let read = mail.author().ok_or(Unproven::SeveralAuthors)?;
    let name = read.name.as_deref().unwrap_or_default();
    if field.chars().chain(name.chars()).any(is_invisible) {
        return Err(Unproven::InvisibleCharacters);
    }
    let (phrase, address) = mailbox(field)?;
    let canonical = address.to_lowercase();
    if canonical != read.canonical() {
        return Err(Unproven::UnclearAuthor);
    }
    check_address(&canonical)?;
    check_name(name, &phrase, &canonical)?;
    Ok(canonical)
}

/// A mailbox (RFC 5322, section 3.4): a display name and an address in angle brackets, or an address.
/// Comments, groups, lists and obsolete forms are refused.
fn mailbox(field: &str) -> Result<(String, String), Unproven> {
    let mut phrase = String::new();
    let mut chars = field.chars();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => phrase.extend(chars.next()),
            '"' => quoted = !quoted,
            _ if quoted => phrase.push(c),
            ':' | ';' => return Err(Unproven::Group),
            '(' | ')' | ',' | '>' | '\\' => return Err(Unproven::UnclearAuthor),
            '<' => {
                let rest = chars.as_str();
                let address = rest.strip_suffix('>').ok_or(Unproven::UnclearAuthor)?;
                return Ok((phrase, address.to_owned()));
            }
            _ => phrase.push(c),
        }
    }
    // Nothing in angle brackets: the whole field is the address.
    if quoted || field.contains('"') {
        return Err(Unproven::UnclearAuthor);
    }
    Ok((String::new(), phrase))
}

/// An address as almost all are: dot-atom, `@`, domain in letters, digits and hyphens.
fn check_address(address: &str) -> Result<(), Unproven> {
    if !address.is_ascii() {
        return Err(Unproven::LookAlike);
    }
    let Some((local, domain)) = address.split_once('@') else {
        return Err(Unproven::UnclearAuthor);
    };
    let is_atom = |part: &str| {
        let sign = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
        !part.is_empty() && part.chars().all(sign)
    };
    let is_label = |part: &str| {
        let sign = |c: char| c.is_ascii_alphanumeric() || c == '-';
        !part.is_empty() && part.chars().all(sign)
    };
    if domain.split('.').any(|label| label.starts_with("xn--")) {
        return Err(Unproven::LookAlike);
    }
    let fits =
        local.split('.').all(is_atom) && domain.split('.').all(is_label) && domain.contains('.');
    if fits {
        Ok(())
    } else {
        Err(Unproven::UnclearAuthor)
    }
}

/// A display name proves nothing, and must not pretend to either.
fn check_name(decoded: &str, phrase: &str, address: &str) -> Result<(), Unproven> {
    for name in [decoded, phrase] {
        let names_address = name.contains('@') || name.contains('\u{ff20}') || name.contains('<');
        if names_address && !name.trim().eq_ignore_ascii_case(address) {
            return Err(Unproven::NamePretends);
        }
        if name.split(|c: char| !c.is_alphabetic()).any(mixes_scripts) {
            return Err(Unproven::LookAlike);
        }
    }
    Ok(())
}

/// Whether Latin letters stand among Greek or Cyrillic ones in a word.
fn mixes_scripts(word: &str) -> bool {
    let latin = word
        .chars()
        .any(|c| c.is_ascii_alphabetic() || matches!(c, '\u{c0}'..='\u{24f}'));
    let other = word
        .chars()
        .any(|c| matches!(c, '\u{370}'..='\u{52f}' | '\u{1f00}'..='\u{1fff}'));
    latin && other
}

/// Characters that show nothing or turn the text around.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}
