//! Words as the statistics see them: lower case, without accents, in order.

/// The one word that stands for every masked password.
pub const MASKED: &str = "maskedpassword";

/// Words of grammar and of politeness. They say little about what a text is about. In lines of
/// English, German, French, Spanish and Italian, without accents.
const STOP_WORDS: [(&str, &str); 5] = [
    (
        "en",
        "a an and any are as at bank be because been but by can cheers could dear did do does each every for from had has have he hello her hey hi his how i if in into is it its just kind kindly know let like many may me might more much my need needed needs no not of on only or our out please question questions regards she should sincerely so some tell thank thanks that the their them then there they this time to too up us was we were what when where which who why will with would yes you your yours",
    ),
    (
        "de",
        "aber als alle also am an auch auf aus bei beim bin bis bitte brauche benotige da damit dann das dass dem den der des die dies diese diesen doch durch ein eine einem einen einer eines er es frage fragen freundlichen fur geehrte gern gerne grusse gruss guten habe haben hallo hat hatte herren damen ich ihnen ihr ihre ihrem ihren im in ist ja kann konnen konnten mein meine meinem meinen meiner mfg mich mir mit muss nach nicht noch notig nur ob oder schon sehr sein seit sich sie sind so tag uber um und uns unser unsere viele vom von vor wann warum was welche welcher welches wenn wer werden wie wieder wir wird wo wurde zu zum zur",
    ),
    (
        "fr",
        "a ai au aux avec avez banque bien bonjour bonsoir c ce cela ces cette chez combien comment cordialement d dans de des du elle en encore est et etes faut besoin necessaires il ils j je l la le les leur lui m ma madame mais me merci mes moi mon monsieur n ne nos notre nous on ou par pas peut peuvent plus pour pourriez pouvez puis qu quand que quel quelle quelles quels qui s sa salut sans ses si son sont sur svp t te tres tu un une vos votre vous y",
    ),
    (
        "es",
        "a al algo atentamente banco aun buenas buenos como con cual cuales cuando cuanto de del dias donde e el ella en era es esta estan este esto estoy gracias ha hay he hola la las le les lo los mas me mi mis muy necesito no nos nuestra nuestro o para pero podrian pregunta por porfa porque pueden puedo que quiero quisiera saludo saludos se ser si sin falta hace hacen sobre son soy su sus tambien te tengo tiene tienen un una unos usted ustedes y ya yo",
    ),
    (
        "it",
        "a ad agli ai al alla anche avete buonasera buongiorno c che chi avere banca ci come con cordiali cosa cui da dal dalla de degli dei del della delle di domanda dove e ed gli grazie ha hanno ho i il in io l la le lei lo ma me mi mia miei mie mio ne nei nel nella no noi non nostro o per perche piu posso potete potreste prego puo qual quale quali quando quanto qui saluti salve se serve servono occorrono occorre si siete sono sta su sua sue sul suo tra un una uno vi voi vorrei vostra vostro",
    ),
];

/// Stop words, looked up fast.
pub struct StopWords {
    /// Each with the languages it belongs to, one bit a language in the order of the table.
    sorted: Vec<(&'static str, u8)>,
}

impl StopWords {
    /// The table above, once per process.
    pub fn get() -> &'static Self {
        static TABLE: std::sync::OnceLock<StopWords> = std::sync::OnceLock::new();
        TABLE.get_or_init(|| {
            let mut languages = std::collections::BTreeMap::new();
            for (at, (_, list)) in STOP_WORDS.iter().enumerate() {
                for word in list.split(' ') {
                    *languages.entry(word).or_default() |= 1 << at;
                }
            }
            Self {
                sorted: languages.into_iter().collect(),
            }
        })
    }

    /// Whether this folded word says little.
    pub fn contains(&self, word: &str) -> bool {
        self.languages(word) != 0
    }

    /// The languages in which it is one, by their number in [`Self::code`].
    pub fn languages(&self, word: &str) -> u8 {
        match self.sorted.binary_search_by_key(&word, |(stop, _)| stop) {
            Ok(at) => self.sorted[at].1,
            Err(_) => 0,
        }
    }

    /// The code of a language, by its number.
    pub fn code(number: usize) -> &'static str {
        STOP_WORDS[number].0
    }

    /// How many languages there are.
    pub const LANGUAGES: usize = STOP_WORDS.len();
}

/// Adds a letter as plain lower-case Latin letters where it has such a form.
fn fold(c: char, out: &mut String) {
    match c {
        'a'..='z' | '0'..='9' => out.push(c),
        'A'..='Z' => out.push(c.to_ascii_lowercase()),
        'ä' | 'Ä' | 'à' | 'À' | 'á' | 'Á' | 'â' | 'Â' | 'ã' | 'Ã' | 'å' | 'Å' => {
            out.push('a');
        }
        'ö' | 'Ö' | 'ò' | 'Ò' | 'ó' | 'Ó' | 'ô' | 'Ô' | 'õ' | 'Õ' | 'ø' | 'Ø' => {
            out.push('o');
        }
        'ü' | 'Ü' | 'ù' | 'Ù' | 'ú' | 'Ú' | 'û' | 'Û' => out.push('u'),
        'è' | 'È' | 'é' | 'É' | 'ê' | 'Ê' | 'ë' | 'Ë' => out.push('e'),
        'ì' | 'Ì' | 'í' | 'Í' | 'î' | 'Î' | 'ï' | 'Ï' => out.push('i'),
        'ñ' | 'Ñ' => out.push('n'),
        'ç' | 'Ç' => out.push('c'),
        'ß' => out.push_str("ss"),
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        other => out.extend(other.to_lowercase().filter(|c| c.is_alphanumeric())),
    }
}

/// The first `most` folded words of a text, in order. Whatever is no letter or digit parts words,
/// save that a combining accent belongs to its letter. A placeholder such as `[[PASSWORD_1]]` is one
/// word, [`MASKED`]; other placeholders say nothing.
pub fn words(text: &str, most: usize) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if all.len() >= most {
            return all;
        }
        if c == '[' && rest.as_str().starts_with("[PASSWORD_") {
            rest.by_ref().find(|c| *c == ']');
            end(&mut word, &mut all);
            all.push(MASKED.to_owned());
        } else if c == '[' && is_placeholder(rest.as_str()) {
            rest.by_ref().find(|c| *c == ']');
            end(&mut word, &mut all);
        } else if c.is_alphanumeric() {
            fold(c, &mut word);
        } else if !matches!(c, '\u{300}'..='\u{36f}' | '\u{ad}') {
            end(&mut word, &mut all);
        }
    }
    end(&mut word, &mut all);
    all.truncate(most);
    all
}

/// Whether the text goes on as a placeholder behind its first bracket.
fn is_placeholder(rest: &str) -> bool {
    let name = rest
        .strip_prefix('[')
        .and_then(|rest| rest.split_once("]]"));
    name.is_some_and(|(name, _)| {
        let sign = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        name.contains('_') && name.chars().all(sign)
    })
}

fn end(word: &mut String, all: &mut Vec<String>) {
    if !word.is_empty() {
        all.push(std::mem::take(word));
    }
}

/// The beginning of a word, which stands for its inflected forms. A poor man's stemming.
pub fn stem(word: &str) -> &str {
    const LETTERS: usize = 6;
    match word.char_indices().nth(LETTERS) {
        Some((at, _)) => &word[..at],
        None => word
            .strip_suffix('s')
            .filter(|w| w.len() >= 3)
            .unwrap_or(word),
    }
}

/// FNV-1a over the parts, each ended by a byte that no word holds. The same on every machine.
pub fn hash(parts: &[&str]) -> u64 {
    const PRIME: u64 = 0x0000_0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for part in parts {
        for &byte in part.as_bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(PRIME);
        }
        hash = (hash ^ 0xff).wrapping_mul(PRIME);
    }
    // The low bits of FNV mix poorly.
    hash ^ (hash >> 29)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_and_case_make_no_difference() {
        assert_eq!(words("ÀÉÎ Straße", 9), ["aei", "strasse"]);
        assert_eq!(words("cafe\u{301}", 9), words("café", 9));
    }

    #[test]
    fn a_masked_password_is_one_word() {
        assert_eq!(words("pw:[[PASSWORD_12]], ok", 9), ["pw", MASKED, "ok"]);
        assert_eq!(words("[[PASSWORD_", 9), [MASKED]);
    }

    #[test]
    fn the_languages_of_a_stop_word_are_known() {
        assert_eq!(StopWords::get().languages("ich"), 1 << 1);
        assert!(!StopWords::get().contains("karte"));
    }

    #[test]
    fn plural_and_singular_share_a_stem() {
        assert_eq!(stem("cards"), stem("card"));
        assert_eq!(stem("statements"), stem("statement"));
    }
}
