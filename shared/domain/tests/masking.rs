//! What a mail about passwords reads like once it is masked, and what can be found behind it.

use domain::mask::Masks;
use proptest::prelude::*;

#[track_caller]
fn reads(text: &str, expected: &str) {
    assert_eq!(Masks::new(true).mask(text), expected);
}

#[test]
fn passwords_in_prose_are_masked() {
    reads(
        "My password is Sunny-Day7 and I want Rainy-Night8 instead.",
        "My password is [[PASSWORD_1]] and I want [[PASSWORD_2]] instead.",
    );
    reads(
        "ich möchte mein Passwort von sonnenschein auf regenbogen ändern.",
        "ich möchte mein Passwort von [[PASSWORD_1]] auf [[PASSWORD_2]] ändern.",
    );
    reads(
        "Mon mot de passe actuel est tournesol et je voudrais le remplacer par coquelicot.",
        "Mon mot de passe actuel est [[PASSWORD_1]] et je voudrais le remplacer par [[PASSWORD_2]].",
    );
    reads(
        "mi contraseña es girasol y la quiero cambiar por amapola",
        "mi contraseña es [[PASSWORD_1]] y la quiero cambiar por [[PASSWORD_2]]",
    );
    reads(
        "la mia password attuale: girasole - nuova password: papavero",
        "la mia password attuale: [[PASSWORD_1]] - nuova password: [[PASSWORD_2]]",
    );
}

#[test]
fn a_password_on_the_next_line_is_masked() {
    reads(
        "Das alte Passwort lautet:\n\n   Kite41\n\nund das neue soll so aussehen:\n\n   Lantern87\n",
        "Das alte Passwort lautet:\n\n   [[PASSWORD_1]]\n\nund das neue soll so aussehen:\n\n   [[PASSWORD_2]]\n",
    );
    reads(
        "At the moment my password is\nkite41, please help",
        "At the moment my password is\n[[PASSWORD_1]], please help",
    );
}

#[test]
fn forms_and_tables_are_masked_value_by_value() {
    for (form, masked) in [
        (
            "Old: abc def\nNew: ghi",
            "Old: [[PASSWORD_1]]\nNew: [[PASSWORD_2]]",
        ),
        (
            "Old ......... kite\nNew ......... lantern",
            "Old ......... [[PASSWORD_1]]\nNew ......... [[PASSWORD_2]]",
        ),
        (
            "- alt: foo\n- neu: bar",
            "- alt: [[PASSWORD_1]]\n- neu: [[PASSWORD_2]]",
        ),
        ("kite41 -> lantern87", "[[PASSWORD_1]] -> [[PASSWORD_2]]"),
        (
            "{\"old_password\":\"abc:12\",\"new_password\":\"x&y=z\"}",
            "{\"old_password\":\"[[PASSWORD_1]]\",\"new_password\":\"[[PASSWORD_2]]\"}",
        ),
        (
            "current = tulip ; new = rose",
            "current = [[PASSWORD_1]] ; new = [[PASSWORD_2]]",
        ),
        (
            "| Old password | New password |\n|---|---|\n| Kite41 | Xk9#pw |",
            "| Old password | New password |\n|---|---|\n| [[PASSWORD_1]] | [[PASSWORD_2]] |",
        ),
    ] {
        reads(form, masked);
    }
}

#[test]
fn a_passphrase_is_one_value() {
    reads(
        "Old password: correct horse battery staple\nNew password: \"winter snow falls\"",
        "Old password: [[PASSWORD_1]]\nNew password: \"[[PASSWORD_2]]\"",
    );
    reads(
        "“summer rain” is my old password",
        "“[[PASSWORD_1]]” is my old password",
    );
}

#[test]
fn a_word_that_could_be_a_password_is_masked_wherever_it_stands() {
    reads(
        "Regenschirm ist das alte Kennwort. Gruß, Hans Ackermann",
        "[[WORD_1]] ist das alte Kennwort. Gruß, [[WORD_2]]",
    );
}

#[test]
fn a_question_about_passwords_can_still_be_read() {
    for text in [
        "My password is not working and the app says error 17.",
        "Where can I choose the PIN of my new card?",
        "Wie kann ich mein Passwort ändern?",
        "Comment changer mon mot de passe ?",
        "Re: [HT00012] Password change",
    ] {
        reads(text, text);
    }
}

/// The value behind a placeholder, and how it may read with the signs around it.
fn behind(text: &str, placeholder: &str) -> (String, Option<String>) {
    let mut masks = Masks::new(true);
    let masked = masks.mask(text);
    let candidate = masks.candidate(placeholder);
    let candidate = candidate.unwrap_or_else(|| panic!("{placeholder} is not in {masked}"));
    (
        candidate.value.to_owned(),
        candidate.with_signs.map(str::to_owned),
    )
}

#[test]
fn the_value_behind_a_placeholder_is_exact_in_forms_and_quotation_marks() {
    for (text, value) in [
        ("New password: Wolkenbruch!", "Wolkenbruch!"),
        ("New password: <abc&\">", "<abc&\">"),
        ("new password \"Amsel?\" please", "Amsel?"),
        (
            "Neues Passwort: correct horse battery",
            "correct horse battery",
        ),
        ("my password is Kite41.", "Kite41"),
    ] {
        let (found, with_signs) = behind(text, "[[PASSWORD_1]]");
        if text.contains("correct horse") {
            // It begins like a sentence, so that it is not sure.
            assert!(with_signs.is_some(), "{text}");
        } else {
            assert_eq!(with_signs, None, "{text}");
        }
        assert_eq!(found, value, "{text}");
    }
}

#[test]
fn where_a_value_ends_in_prose_is_not_always_sure() {
    let (value, with_signs) = behind("change my password to Sunny7!", "[[PASSWORD_1]]");
    assert_eq!(value, "Sunny7");
    assert_eq!(with_signs.as_deref(), Some("Sunny7!"));
    let (_, with_signs) = behind("my password shall be rainbow", "[[PASSWORD_1]]");
    assert!(with_signs.is_some(), "a plain word may be none");
}

#[test]
fn masking_twice_gives_the_same_placeholders() {
    let text = "Old: kite41\nNew: lantern87\nTel. +49 30 901820, anna@customer.test";
    assert_eq!(Masks::new(true).mask(text), Masks::new(true).mask(text));
}

/// Texts of the pieces that the reader looks at.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("password".to_owned()),
        Just("Passwort:".to_owned()),
        Just("old".to_owned()),
        Just("ist".to_owned()),
        Just("\n".to_owned()),
        Just("\t".to_owned()),
        Just(" | ".to_owned()),
        Just("„".to_owned()),
        Just("“".to_owned()),
        Just("**".to_owned()),
        Just("->".to_owned()),
        Just("[[PASSWORD_1]]".to_owned()),
        Just("DE02 1203 0000 0000 2020 51".to_owned()),
        Just("a@b.test".to_owned()),
        Just("{\"new\":\"".to_owned()),
        "\\PC{1,6}",
        "[ :=,;.!?/#\"'()<>\\[\\]+0-9-]{1,5}",
    ];
    prop::collection::vec(piece, 0..24).prop_map(|all| all.join(""))
}

#[test]
fn a_doubled_mark_that_is_closed_once_ends_where_it_ends() {
    let masked = Masks::new(true).mask("password ****“kite41");
    assert!(!masked.contains("kite41"), "{masked}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_text_makes_the_masker_panic(text in pieces(), about in any::<bool>()) {
        let mut masks = Masks::new(about);
        let masked = masks.mask(&text);
        prop_assert_eq!(&masked, &Masks::new(about).mask(&text), "masking again reads the same");
    }

    #[test]
    fn a_value_on_a_forms_line_never_stays(value in "[a-zA-Z0-9äöüßéñ!?#$%&*+<>@^~_-]{6,20}") {
        for form in [format!("Old password: {value}"), format!("Neues Passwort = {value}"), format!("mdp -> {value}")] {
            let masked = Masks::new(true).mask(&form);
            prop_assert!(!masked.contains(&value), "{} => {}", form, masked);
        }
    }
}
