//! The policy in sentences. `events/spoofs` holds the same as whole mails.

use proptest::prelude::*;

use super::*;
use crate::Address;

const PASS: &str = "mx.google.com; dmarc=pass (p=REJECT) header.from=customer.test";

/// A mail of Carla's with these fields.
fn mail(headers: &[(&str, &str)]) -> Mail {
    let from = Address {
        name: Some("Carla Kunde".into()),
        address: "carla@customer.test".into(),
    };
    let own = [("from", "Carla Kunde <carla@customer.test>")];
    let headers = own.iter().chain(headers);
    Mail {
        from: vec![from],
        reply_to: vec![],
        to: vec![],
        subject: String::new(),
        date: None,
        message_id: None,
        references: vec![],
        headers: headers.map(|(n, v)| ((*n).into(), (*v).into())).collect(),
        new_text: String::new(),
        quoted_text: String::new(),
        attachments: vec![],
        language: None,
        media_type: "text/plain".into(),
    }
}

/// A mail whose one author is written so. `name` is what a mail reader decodes.
fn from(field: &str, name: &str, address: &str) -> Mail {
    let mut mail = mail(&[("authentication-results", PASS)]);
    mail.headers[0].1 = field.into();
    mail.from[0] = Address {
        name: Some(name.into()).filter(|name: &String| !name.is_empty()),
        address: address.into(),
    };
    mail
}

fn reason(mail: &Mail, trust: Trust) -> Option<Unproven> {
    let policy = SenderPolicy {
        trust,
        ..SenderPolicy::default()
    };
    match prove(mail, &policy) {
        Sender::Proven(_) => None,
        Sender::Unproven(reason) => Some(reason),
    }
}

/// Why Carla is not proven with these results of our server, by both trusts.
fn with(results: &str) -> [Option<Unproven>; 2] {
    let field = format!("mx.google.com; {results}");
    let mail = mail(&[("authentication-results", &field)]);
    [Trust::Dmarc, Trust::DmarcOrDkim].map(|trust| reason(&mail, trust))
}

fn with_headers(headers: &[(&str, &str)]) -> Option<Unproven> {
    reason(&mail(headers), Trust::Dmarc)
}

#[test]
fn a_dmarc_pass_for_the_domain_of_the_author_is_proof() {
    let proof = prove(
        &mail(&[("authentication-results", PASS)]),
        &SenderPolicy::default(),
    );
    assert_eq!(proof, Sender::Proven("carla@customer.test".into()));
    assert!(!format!("{proof:?}").contains("carla"));
}

#[test]
fn a_domain_is_the_same_in_capitals_or_with_its_last_dot() {
    assert_eq!(with("dmarc=pass header.from=CUSTOMER.Test."), [None; 2]);
    let capitals = from("<Carla@CUSTOMER.TEST>", "", "Carla@CUSTOMER.TEST");
    let proof = prove(&capitals, &SenderPolicy::default());
    assert_eq!(proof, Sender::Proven("carla@customer.test".into()));
}

#[test]
fn only_the_topmost_verdict_of_our_own_server_counts() {
    let fail = PASS.replace("pass", "fail");
    let results = |fields: &[&str]| {
        let fields: Vec<_> = fields
            .iter()
            .map(|f| ("authentication-results", *f))
            .collect();
        with_headers(&fields)
    };
    assert_eq!(results(&[&fail, PASS]), Some(Unproven::DmarcNotPassed));
    assert_eq!(results(&[PASS, &fail]), None);
    let foreign = PASS.replace("mx.google.com", "mx.google.com.evil.test");
    assert_eq!(results(&[&foreign]), Some(Unproven::NoVerdict));
    assert_eq!(results(&[&foreign, PASS]), None);
    assert_eq!(
        results(&["mx.google.com; dmarc=(", PASS]),
        Some(Unproven::VerdictUnreadable)
    );
    assert_eq!(results(&["(", PASS]), Some(Unproven::VerdictUnreadable));
    assert_eq!(results(&[]), Some(Unproven::NoVerdict));
}

#[test]
fn verdicts_in_other_fields_do_not_count() {
    let others = [
        (
            "arc-authentication-results",
            "i=1; mx.google.com; dmarc=pass header.from=customer.test",
        ),
        (
            "received-spf",
            "pass (google.com: domain of carla@customer.test)",
        ),
        ("x-authentication-results", PASS),
    ];
    assert_eq!(with_headers(&others), Some(Unproven::NoVerdict));
}

#[test]
fn all_dmarc_results_must_be_passes_for_the_domain_of_the_author() {
    for (results, why) in [
        (
            "dmarc=fail header.from=customer.test",
            Unproven::DmarcNotPassed,
        ),
        (
            "dmarc=pass header.from=customer.test; dmarc=fail header.from=customer.test",
            Unproven::DmarcNotPassed,
        ),
        (
            "dmarc=fail header.from=customer.test; dkim=pass header.d=customer.test",
            Unproven::DmarcNotPassed,
        ),
        ("dmarc=pass", Unproven::DmarcWithoutDomain),
        (
            "dmarc=pass header.from=evil.test",
            Unproven::DmarcOtherDomain,
        ),
        (
            "dmarc=pass header.from=mail.customer.test",
            Unproven::DmarcOtherDomain,
        ),
        ("dmarc=pass header.from=test", Unproven::DmarcOtherDomain),
        (
            "dmarc=pass header.from=customer.test header.from=evil.test",
            Unproven::DmarcOtherDomain,
        ),
        (
            "dmarc=pass header.from=customer.test; dmarc=pass header.from=evil.test",
            Unproven::DmarcOtherDomain,
        ),
    ] {
        assert_eq!(with(results), [Some(why); 2], "{results}");
    }
    let twice = "dmarc=pass header.from=customer.test; dmarc=pass header.from=customer.test";
    assert_eq!(with(twice), [None; 2]);
}

#[test]
fn a_signature_counts_only_where_it_is_trusted() {
    for results in [
        "dkim=pass header.d=customer.test",
        "dkim=pass header.i=@customer.test",
        "dkim=fail header.i=@customer.test; dkim=pass header.i=carla@customer.test",
    ] {
        assert_eq!(with(results), [Some(Unproven::NoDmarc), None], "{results}");
        let no_policy = format!("{results}; dmarc=none header.from=customer.test");
        assert_eq!(with(&no_policy), [Some(Unproven::DmarcNotPassed), None]);
    }
}

#[test]
fn a_domain_signs_for_those_below_it_and_never_for_those_above() {
    let signed = |author: &str, by: &str| {
        let mut mail = from(author, "", author);
        mail.headers[1].1 = format!("mx.google.com; dkim=pass header.d={by}");
        reason(&mail, Trust::DmarcOrDkim)
    };
    assert_eq!(signed("c@mail.customer.test", "customer.test"), None);
    for (author, by) in [
        ("c@customer.test", "mail.customer.test"),
        ("c@customer.test", "test"),
        ("c@evilcustomer.test", "customer.test"),
        ("c@customer.test", "evil.test"),
    ] {
        assert_eq!(signed(author, by), Some(Unproven::NoDkim), "{author} {by}");
    }
}

#[test]
fn the_signing_domain_outranks_the_signing_user() {
    let of = |results| with(results)[1];
    assert_eq!(
        of("dkim=pass header.i=@customer.test header.d=evil.test"),
        Some(Unproven::NoDkim)
    );
    assert_eq!(
        of("dkim=fail header.d=customer.test"),
        Some(Unproven::NoDkim)
    );
    assert_eq!(
        of("spf=pass smtp.mailfrom=carla@customer.test"),
        Some(Unproven::NoDkim)
    );
    assert_eq!(
        of("dmarc=none header.from=evil.test; dkim=pass header.d=customer.test"),
        Some(Unproven::DmarcOtherDomain)
    );
}

#[test]
fn results_inside_quotes_or_comments_are_no_results() {
    let dmarc = "dmarc=pass header.from=customer.test";
    for results in [
        format!("spf=pass ({dmarc})"),
        format!("spf=pass (; {dmarc}; (x)) smtp.mailfrom=a@evil.test"),
        format!("spf=pass reason=\"x; {dmarc}\""),
    ] {
        assert_eq!(with(&results)[0], Some(Unproven::NoDmarc), "{results}");
    }
    let envelope = format!("spf=pass smtp.mailfrom=\"x; {dmarc}\"@evil.test");
    assert_eq!(with(&envelope)[0], Some(Unproven::VerdictForged));
}

#[test]
fn an_envelope_that_breaks_out_of_a_comment_proves_nothing() {
    let sender =
        "\"x) smtp.mailfrom=a; dmarc=pass header.from=customer.test; spf=none (\"@evil.test";
    let results = format!("spf=pass (google.com: domain of {sender}) smtp.mailfrom={sender}");
    assert_eq!(with(&results), [Some(Unproven::VerdictForged); 2]);
}

#[test]
fn two_readings_of_the_author_must_agree() {
    let other = from("carla@customer.test", "", "eve@customer.test");
    assert_eq!(
        reason(&other, Trust::Dmarc),
        Some(Unproven::AuthorAmbiguous)
    );
    let second = with_headers(&[("authentication-results", PASS), ("from", "eve@evil.test")]);
    assert_eq!(second, Some(Unproven::SeveralAuthors));
    let mut hidden = mail(&[("authentication-results", PASS)]);
    hidden.from.push(hidden.from[0].clone());
    assert_eq!(
        reason(&hidden, Trust::Dmarc),
        Some(Unproven::SeveralAuthors)
    );
}

#[test]
fn a_name_is_judged_as_it_is_decoded() {
    let named = |name: &str| {
        let field = "=?utf-8?b?WA==?= <carla@customer.test>";
        reason(&from(field, name, "carla@customer.test"), Trust::Dmarc)
    };
    assert_eq!(named("Карла Кунде"), None);
    assert_eq!(named("Ελένη"), None);
    assert_eq!(named("support@bank.test"), Some(Unproven::NameHoldsAddress));
    assert_eq!(named("C\u{430}rla"), Some(Unproven::NameMixesAlphabets));
    assert_eq!(named("Carla\u{202e}"), Some(Unproven::InvisibleCharacters));
    assert_eq!(named("=?x-none?b?WA==?="), Some(Unproven::NameUnreadable));
}

#[test]
fn replies_may_only_go_to_the_author() {
    let reply_to = |fields: &[&str]| {
        let mut all = vec![("authentication-results", PASS)];
        all.extend(fields.iter().map(|field| ("reply-to", *field)));
        with_headers(&all)
    };
    assert_eq!(reply_to(&["Carla <Carla@Customer.test>"]), None);
    assert_eq!(
        reply_to(&["carla@customer.test", "<carla@customer.test>"]),
        None
    );
    for (fields, why) in [
        (&["eve@evil.test"][..], Unproven::ReplyToElsewhere),
        (
            &["carla@customer.test", "eve@evil.test"],
            Unproven::SeveralReplyTo,
        ),
        (
            &["carla@customer.test, eve@evil.test"],
            Unproven::SeveralReplyTo,
        ),
        (&["Us: carla@customer.test;"], Unproven::ReplyToGroup),
        (
            &["carla@customer.test (eve@evil.test)"],
            Unproven::ReplyToUnreadable,
        ),
        (&[""], Unproven::ReplyToUnreadable),
    ] {
        assert_eq!(reply_to(fields), Some(why), "{fields:?}");
    }
    let mut lenient = mail(&[("authentication-results", PASS)]);
    lenient.reply_to = from("", "", "eve@evil.test").from;
    assert_eq!(
        reason(&lenient, Trust::Dmarc),
        Some(Unproven::ReplyToElsewhere)
    );
}

#[test]
fn the_field_sender_changes_nothing() {
    let sender = [
        ("authentication-results", PASS),
        ("sender", "office@elsewhere.test"),
    ];
    assert_eq!(with_headers(&sender), None);
}

proptest! {
    #[test]
    fn no_text_makes_the_proof_panic(results in any::<String>(), author in any::<String>()) {
        let mut any = from(&author, &author, "carla@customer.test");
        any.headers[1].1 = format!("mx.google.com;{results}");
        prop_assert!(reason(&any, Trust::DmarcOrDkim).is_some());
    }

    #[test]
    fn a_proof_is_none_for_any_other_domain(
        own in "[a-z]{1,8}(\\.[a-z]{1,8}){1,2}",
        other in "[a-z]{1,8}(\\.[a-z]{1,8}){1,2}",
        method in prop::sample::select(vec!["dmarc=pass (a(b;c)) header.from=", "dkim=pass header.i=@",
            "DKIM/1 = pass\r\n\theader . d ="]),
    ) {
        let address = format!("carla@{own}");
        let verdict = |domain: &str| {
            let mut mail = from(&address, "", &address);
            mail.headers[1].1 = format!("MX.google.com 1; {method}{domain}");
            reason(&mail, Trust::DmarcOrDkim)
        };
        prop_assert_eq!(verdict(&own), None);
        let speaks_for = own == other || own.ends_with(&format!(".{other}"));
        prop_assume!(!speaks_for);
        prop_assert!(verdict(&other).is_some());
    }
}
