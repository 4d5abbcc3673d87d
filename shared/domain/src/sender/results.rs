//! The header field Authentication-Results (RFC 8601, section 2.2): read completely or not at all.

use super::cursor::{Cursor, Unreadable, is_atext, is_domain};

/// The only version of the field and of its methods there is (RFC 8601, sections 2.2 and 6.6).
const VERSION: &str = "1";

/// What one check has found, such as `dmarc=pass header.from=customer.test`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The method in lower case, such as `dmarc`.
    pub(super) method: String,
    /// The result in lower case, such as `pass`.
    pub(super) result: String,
    properties: Vec<Property>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Property {
    /// Type and name in lower case, such as `header.from`.
    name: String,
    value: String,
    is_quoted: bool,
}

impl Finding {
    /// Whether a property of this name was written, with whatever value.
    pub(super) fn has(&self, name: &str) -> bool {
        self.properties.iter().any(|property| property.name == name)
    }

    /// The value of a property that was written exactly once.
    fn the(&self, name: &str) -> Option<&str> {
        let mut found = self.properties.iter().filter(|p| p.name == name);
        let first = found.next()?;
        found.next().is_none().then_some(first.value.as_str())
    }

    /// The domain that a property names, in lower case and without a dot at its end.
    pub(super) fn domain(&self, name: &str) -> Option<String> {
        domain(self.the(name)?)
    }

    /// The domain of a property that names a user or, with nothing before the `@`, a domain, as
    /// `header.i` does (RFC 6376, section 3.5).
    pub(super) fn domain_of_user(&self, name: &str) -> Option<String> {
        domain(self.the(name)?.rsplit_once('@')?.1)
    }

    /// Whether a quoted value holds characters that have a meaning in this field. The envelope sender
    /// is the sender's to choose, so such a value is an attempt to write results.
    pub(super) fn quotes_syntax(&self) -> bool {
        self.properties
            .iter()
            .any(|p| p.is_quoted && p.value.contains(['(', ')', ';', '"', '\\']))
    }
}

fn domain(text: &str) -> Option<String> {
    let text = text.strip_suffix('.').unwrap_or(text);
    is_domain(text).then(|| text.to_ascii_lowercase())
}

/// Who has written the field, in lower case (`authserv-id`). What follows is not looked at.
pub(super) fn authserv_id(field: &str) -> Result<String, Unreadable> {
    let mut cursor = Cursor::new(field);
    let id = id(&mut cursor)?;
    match cursor.peek() {
        None | Some(';') => Ok(id),
        Some(_) if cursor.comments()? => Ok(id),
        Some(_) => Err(Unreadable),
    }
}

fn id(cursor: &mut Cursor<'_>) -> Result<String, Unreadable> {
    cursor.comments()?;
    let id = value(cursor)?.to_ascii_lowercase();
    (!id.is_empty()).then_some(id).ok_or(Unreadable)
}

/// All findings of a field, none of them where it says `none`.
pub(super) fn findings(field: &str) -> Result<Vec<Finding>, Unreadable> {
    if !field.is_ascii() {
        return Err(Unreadable);
    }
    let mut cursor = Cursor::new(field);
    id(&mut cursor)?;
    if cursor.comments()? && cursor.peek() != Some(';') {
        version(&mut cursor)?;
    }
    let mut findings = Vec::new();
    while cursor.peek().is_some() {
        cursor.expect(';')?;
        cursor.comments()?;
        match finding(&mut cursor)? {
            Some(finding) => findings.push(finding),
            None if findings.is_empty() && cursor.peek().is_none() => return Ok(findings),
            None => return Err(Unreadable),
        }
    }
    (!findings.is_empty()).then_some(findings).ok_or(Unreadable)
}

fn version(cursor: &mut Cursor<'_>) -> Result<(), Unreadable> {
    let version = cursor.some(|c| c.is_ascii_digit())?;
    cursor.comments()?;
    (version == VERSION).then_some(()).ok_or(Unreadable)
}

/// `method=result` with its reason and properties, or nothing for `none`.
fn finding(cursor: &mut Cursor<'_>) -> Result<Option<Finding>, Unreadable> {
    let method = keyword(cursor)?;
    cursor.comments()?;
    if cursor.take('/') {
        cursor.comments()?;
        version(cursor)?;
    }
    if method == "none" && cursor.peek().is_none() {
        return Ok(None);
    }
    cursor.expect('=')?;
    cursor.comments()?;
    let result = keyword(cursor)?;
    Ok(Some(Finding {
        method,
        result,
        properties: properties(cursor)?,
    }))
}

fn properties(cursor: &mut Cursor<'_>) -> Result<Vec<Property>, Unreadable> {
    let mut properties = Vec::new();
    let mut may_be_reason = true;
    loop {
        let is_apart = cursor.comments()?;
        if matches!(cursor.peek(), None | Some(';')) {
            return Ok(properties);
        }
        if !is_apart {
            return Err(Unreadable);
        }
        let kind = keyword(cursor)?;
        cursor.comments()?;
        if may_be_reason && kind == "reason" && cursor.take('=') {
            cursor.comments()?;
            value(cursor)?;
        } else {
            properties.push(property(&kind, cursor)?);
        }
        may_be_reason = false;
    }
}

/// `.name=value` behind the type of a property.
fn property(kind: &str, cursor: &mut Cursor<'_>) -> Result<Property, Unreadable> {
    cursor.expect('.')?;
    cursor.comments()?;
    let name = format!("{kind}.{}", keyword(cursor)?);
    cursor.comments()?;
    cursor.expect('=')?;
    cursor.comments()?;
    let quoted = cursor.quoted_string()?;
    let is_quoted = quoted.is_some();
    let mut value = match quoted {
        Some(quoted) => quoted,
        None => cursor.run(|c| is_atext(c) || c == '.').to_owned(),
    };
    if cursor.take('@') {
        value.push('@');
        value.push_str(cursor.some(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '.'))?);
    }
    if value.is_empty() && !is_quoted {
        return Err(Unreadable);
    }
    Ok(Property {
        name,
        value,
        is_quoted,
    })
}

/// `Keyword` (RFC 5321, section 4.1.2), in lower case.
fn keyword(cursor: &mut Cursor<'_>) -> Result<String, Unreadable> {
    let word = cursor.some(|c| c.is_ascii_alphanumeric() || c == '-')?;
    (!word.ends_with('-'))
        .then(|| word.to_ascii_lowercase())
        .ok_or(Unreadable)
}

/// `value` (RFC 2045, section 5.1): a token or a quoted string.
fn value(cursor: &mut Cursor<'_>) -> Result<String, Unreadable> {
    match cursor.quoted_string()? {
        Some(quoted) => Ok(quoted),
        None => cursor.some(is_token).map(str::to_owned),
    }
}

fn is_token(c: char) -> bool {
    c.is_ascii_graphic() && !"()<>@,;:\\\"/[]?=".contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(field: &str) -> Finding {
        let found = findings(&format!("mx.google.com; {field}"));
        match found.as_deref() {
            Ok([one]) => one.clone(),
            other => panic!("{field}: {other:?}"),
        }
    }

    #[test]
    fn a_field_as_gmail_writes_it_is_read_whole() {
        let found = findings(
            "mx.google.com;\r\n       dkim=pass header.i=@customer.test header.s=k1 header.b=\"Zm9/YmF=\";\r\n\
             \tspf=pass (google.com: domain of a@customer.test designates 192.0.2.25 as permitted \
             sender) smtp.mailfrom=\"prvs=1=a@customer.test\"; arc=pass (i=1; spf=pass);\n \
             dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=customer.test",
        )
        .expect("it follows the grammar");
        let methods: Vec<_> = found.iter().map(|f| f.method.as_str()).collect();
        assert_eq!(methods, ["dkim", "spf", "arc", "dmarc"]);
        assert!(
            found
                .iter()
                .all(|f| f.result == "pass" && !f.quotes_syntax())
        );
        let from = found[3].domain("header.from");
        assert_eq!(from.as_deref(), Some("customer.test"));
        let signer = found[0].domain_of_user("header.i");
        assert_eq!(signer.as_deref(), Some("customer.test"));
    }

    #[test]
    fn blanks_comments_versions_may_stand_wherever_the_standard_lets_them() {
        let found = one(
            "(a) DMARC (b) / (c) 1 (d) = (e) Pass (f) reason (g) = \"x; y\" \
                         header (h) . (i) From (j) = (k) Customer.Test. (l)",
        );
        assert_eq!(
            (found.method.as_str(), found.result.as_str()),
            ("dmarc", "pass")
        );
        assert_eq!(
            found.domain("header.from").as_deref(),
            Some("customer.test")
        );
    }

    #[test]
    fn a_server_is_known_by_its_whole_name() {
        for (field, id) in [
            ("mx.google.com; none", "mx.google.com"),
            ("(note) \"MX.Google.com\" 1; none", "mx.google.com"),
            ("(mx.google.com) evil.test; none", "evil.test"),
            ("mx.google.com.evil.test; none", "mx.google.com.evil.test"),
            ("mx.google.com", "mx.google.com"),
        ] {
            assert_eq!(authserv_id(field).as_deref(), Ok(id), "{field}");
        }
        for field in [
            "",
            ";",
            "\"\"; none",
            "mx.google.com@evil.test; none",
            "(mx",
        ] {
            assert_eq!(authserv_id(field), Err(Unreadable), "{field}");
        }
    }

    #[test]
    fn no_result_is_a_result() {
        assert_eq!(findings("mx.google.com; none"), Ok(vec![]));
        assert_eq!(findings("mx.google.com 1 ; (no) NONE (at all)"), Ok(vec![]));
    }

    #[test]
    fn what_departs_from_the_grammar_is_not_read_at_all() {
        for field in [
            "mx.google.com",
            "mx.google.com;",
            "mx.google.com 2; none",
            "mx.google.com; none; dmarc=pass header.from=a.test",
            "mx.google.com; dmarc=pass header.from=a.test; none",
            "mx.google.com; dmarc=pass header.from=a.test;",
            "mx.google.com; dmarc=pass header.from=",
            "mx.google.com; dmarc=pass header.from",
            "mx.google.com; dmarc=pass header=a.test",
            "mx.google.com; dmarc=pass, header.from=a.test",
            "mx.google.com; dmarc=pass.x header.from=a.test",
            "mx.google.com; dmarc=pass header.from=\"a.test",
            "mx.google.com; dmarc=pass (header.from=a.test",
            "mx.google.com; dmarc=pass) header.from=a.test",
            "mx.google.com; dmarc/2=pass header.from=a.test",
            "mx.google.com; dmarc=pass header.from=a.test reason=late",
            "mx.google.com; dmarc=pass header.from=a.test\0",
            "mx.google.com; dmarc=pass header.from=ä.test",
            "mx.google.com dmarc=pass header.from=a.test",
            "mx.google.com; =pass header.from=a.test",
        ] {
            assert_eq!(findings(field), Err(Unreadable), "{field}");
        }
    }

    #[test]
    fn a_property_written_twice_has_no_value() {
        let found = one("dmarc=pass header.from=a.test header.from=b.test");
        assert!(found.has("header.from"));
        assert_eq!(found.domain("header.from"), None);
    }

    #[test]
    fn a_user_is_no_domain() {
        let found = one("dkim=pass header.d=eve@a.test header.i=a.test");
        assert_eq!(found.domain("header.d"), None);
        assert_eq!(found.domain_of_user("header.i"), None);
    }

    #[test]
    fn results_inside_a_quoted_value_are_no_results() {
        let found = one("spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=a.test\"@evil.test");
        assert!(found.quotes_syntax());
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(field in any::<String>()) {
            let both = (authserv_id(&field), findings(&field));
            prop_assert!(both.1.is_err() || both.0.is_ok());
        }

        #[test]
        fn no_text_of_the_grammars_own_characters_makes_it_panic(
            tail in "[a-z=.;@/ ()\"\\\\\r\n1\\-]{0,60}",
        ) {
            let both = (authserv_id(&tail), findings(&format!("mx.google.com;{tail}")));
            prop_assert!(both.0.is_ok() || both.0.is_err());
        }
    }
}
